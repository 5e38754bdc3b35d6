"""Signatures as actions of the crate: who signed, in which role, over what, with which result.

The crate is in no manifest, so that it can have them; it is made anew from the files by `sign`,
which writes it, and by `verify`, which holds it against them.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from neutrality.runner import bundle, crate, members, provenance
from neutrality.verifier import statements, timestamps

_TOOL = "https://man.openbsd.org/ssh-keygen.1"
_FORMAT = "SSHSIG version 1"  # what can be known of the tool: PROTOCOL.sshsig of OpenSSH


def described(folder: Path) -> dict:
    """Return the crate of a bundle with the signatures that it has, as `crate.describe` does."""
    fixed = bundle.has_fixed_crate(folder)
    return crate.describe(folder, [] if fixed else entities(folder))


def write(folder: Path) -> None:
    """Write the crate of a signed bundle, where it has one that its manifest does not fix."""
    path = folder / bundle.CRATE
    if path.is_file() and not bundle.has_fixed_crate(folder):
        provenance.dump(described(folder), path)


def entities(folder: Path) -> list[dict]:
    """Return the entities of a bundle's signatures: actions, signers, and the tool they used.

    Of a signature that cannot be read there is none; its files are files of the crate as others.
    """
    found = {}
    for each in statements.read(folder):
        if not each.problem:
            found |= {entity["@id"]: entity for entity in _of(folder, each)}
    tool = {"@id": _TOOL, "@type": "SoftwareApplication", "name": "ssh-keygen -Y sign"}
    tool |= {"url": _TOOL, "softwareVersion": f"any that writes {_FORMAT}"}
    return [*found.values(), tool] if found else []


def _of(folder: Path, each: statements.Signed) -> list[dict]:
    """Return the action of a signature and its signer. Its time is an authority's or, where no
    timestamp is there, the day that the signer gives; without either there is none.
    """
    about = each.about
    stamp = folder / statements.FOLDER / f"{each.name}.{statements.TIMESTAMP}"
    stamped = timestamps.moment(stamp) if stamp.is_file() else ""
    when = stamped or about["date"]
    whose = (
        "an authority's timestamp" if stamped else "the signer's own word" if when else "no time"
    )
    over = about["over"] if isinstance(about["over"], dict) else {}
    signer = {
        "@id": f"#signer-{quote(about['principal'])}",
        "@type": "Person",
        "name": about["principal"],
        "jobTitle": about["role"],
    }
    action = {
        "@id": f"#signature-{each.name}",
        "@type": "CreateAction",
        "name": f"signature {about['order']}, of the {about['role']}",
        "description": f"signed as {about['role']}; the time: {whose}",
    }
    action |= {"endTime": when} if when else {}
    action |= provenance.refs(
        agent=[signer["@id"]],
        instrument=[_TOOL],
        object=[name for name in sorted(over) if members.added(name) and (folder / name).is_file()],
        result=statements.files(folder, [each.name])[1:],
    )
    return [action, signer]
