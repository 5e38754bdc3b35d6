"""Who signed a bundle, in which role and order: analyst, reviewer, verifier.

A signature is over a small statement, and the statement holds the role, the signer's name and the
SHA-256 of the manifest and of every earlier signature: nobody signs without the work of those
before, and none of these can be altered, renamed or taken out unseen. Only the last one can be
taken out, for nothing is signed over it: who expects a verifier's looks for it.

Two commands check one without this package:

    ssh-keygen -Y verify -f SIGNERS -I PRINCIPAL -n neutrality-bundle \\
        -s signatures/reviewer-2.sig < signatures/reviewer-2.json
    sha256sum manifest.json signatures/analyst-1.*
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from neutrality.runner import bundle
from neutrality.texts import hints
from neutrality.verifier import actions, sshsig, statements, timestamps
from neutrality.verifier.received import printable
from neutrality.verifier.statements import (
    FOLDER,
    ROLES,
    SIGNATURE,
    STATEMENT,
    TIMESTAMP,
    Signed,
)


def sign(
    folder: Path, key: Path, role: str, principal: str, date: str = "", timestamp: str = ""
) -> Path:
    """Sign a bundle in a role, over all signatures it has; return the new signature's path. The
    bundle's crate then has the signature as an action (`actions`).

    `folder` is a bundle's own folder; `principal` names the signer as allowed_signers files do.
    `date` (YYYY-MM-DD) is the signer's word; no clock is read. `timestamp` is the address of an
    RFC 3161 authority. Raises ValueError, and writes nothing, where the bundle does not agree with
    its manifest or an earlier signature is wrong, where the role is out of order, where the key or
    the name signed in another role, and where the key cannot be used.
    """
    folder = Path(folder)
    _refuse(folder, role, principal, date)
    before = list(statements.read(folder))
    name = f"{role}-{len(before) + 1}"
    about = {
        "role": role,
        "principal": principal,
        "order": len(before) + 1,
        "date": date,
        "over": statements.hashes(folder, [each.name for each in before]),
    }
    statement = statements.text(about)
    signature = sshsig.sign(statement, key)
    new = Signed(name, about, statement, signature)
    if wrong := [said for _, said in _out_of_order([*before, new])]:
        raise ValueError("\n".join(wrong))
    stamped = timestamps.fetch(signature, timestamp) if timestamp else b""
    written = _write(folder / FOLDER / name, statement, signature, stamped)
    actions.write(folder)
    return written


def _write(stem: Path, statement: bytes, signature: bytes, stamped: bytes) -> Path:
    stem.parent.mkdir(exist_ok=True)
    written = {STATEMENT: statement, TIMESTAMP: stamped, SIGNATURE: signature}
    for extension, content in written.items():
        if content:
            stem.with_suffix(f".{extension}").write_bytes(content)
    return stem.with_suffix(f".{SIGNATURE}")


def _refuse(folder: Path, role: str, principal: str, date: str) -> None:
    """Raise ValueError with what keeps a bundle from being signed so."""
    if not folder.is_dir():
        raise ValueError(f"{folder}: is no folder; unpack a zip file, sign the folder, zip it anew")
    if role not in ROLES:
        known = ", ".join(ROLES)
        raise ValueError(f"--role {role}: choose one of {known}{hints.did_you_mean(role, ROLES)}")
    if not statements.is_principal(principal):
        raise ValueError(
            f"--principal {printable(principal)}: has a blank or one of , * ? ! #; give the name "
            "that stands in allowed_signers files, such as an e-mail address"
        )
    if date and not statements.is_date(date):
        raise ValueError(f"--date {printable(date)}: is no day; write YYYY-MM-DD")
    wrong = bundle.verify(folder, every=True)
    wrong += [f"{file}: {said}" for file, said in faults(folder)]
    if wrong:
        raise ValueError("\n".join(["the bundle cannot be signed:", *map(printable, wrong)]))


def faults(
    folder: Path, signers: Path | None = None, roots: Path | None = None
) -> Iterator[tuple[str, str]]:
    """Yield file and sentence for what is wrong with the signatures of a bundle.

    With an allowed_signers file also for each that it does not vouch for, and where there is none
    at all; with the certificates of time-stamping authorities (PEM), for a timestamp they did not
    give. ValueError where a file of the reader's own is missing.
    """
    for path in filter(None, (signers, roots)):
        if not Path(path).is_file():
            raise ValueError(f"{path}: no such file")
    folder = Path(folder)
    found = list(statements.read(folder))
    if signers is not None and not found:
        yield FOLDER, "nobody signed this bundle"
    for each in found:
        file = f"{FOLDER}/{each.name}.{SIGNATURE}"
        if each.problem:
            yield file, each.problem
            continue
        wrong = _wrong(folder, each, found, signers)
        yield from ((file, said) for said in filter(None, wrong))
        stamp = folder / FOLDER / f"{each.name}.{TIMESTAMP}"
        if stamp.is_file() and (said := timestamps.fault(each.signature, stamp, roots)):
            yield f"{FOLDER}/{stamp.name}", said
    yield from _out_of_order([each for each in found if not each.problem])


def _wrong(folder: Path, each: Signed, found: list[Signed], signers: Path | None) -> list[str]:
    """Return what is wrong with one signature: made by whom, and over what."""
    earlier = [other.name for other in found if _order(other.name) < each.about["order"]]
    principal = each.about["principal"]
    if signers is None:
        said = sshsig.fault(each.statement, each.signature)
    else:
        said = sshsig.vouched(each.statement, each.signature, signers, principal)
    said = f"not signed by {principal}: {said}" if said else ""
    over, there = each.about["over"], statements.hashes(folder, earlier)
    if over == there:
        return [said]
    over = over if isinstance(over, dict) else {}
    other = sorted(path for path in over.keys() | there.keys() if over.get(path) != there.get(path))
    return [said, f"was made over another {', '.join(other)} than the bundle has"]


def _order(name: str) -> int:
    return int(name.rpartition("-")[2])


def _out_of_order(found: list[Signed]) -> Iterator[tuple[str, str]]:
    """Yield where numbers have a gap, roles are out of order, or one signer has two roles."""
    highest, roles = -1, {}
    for number, each in enumerate(found, start=1):
        file, role = f"{FOLDER}/{each.name}.{SIGNATURE}", each.about["role"]
        rank = ROLES.index(role)
        if each.about["order"] != number:
            yield file, f"is number {each.about['order']}, but {number - 1} stand before it"
        if rank > highest + 1:
            yield file, f"the {role} signs over the {ROLES[rank - 1]}'s signature; there is none"
        if rank < highest:
            yield file, f"the {role} signs before the {ROLES[highest]}, not after"
        highest = max(highest, rank)
        for kind, who in (("key", _key(each)), ("name", each.about["principal"])):
            if roles.setdefault((kind, who), role) != role:
                yield file, f"the {role} has the {kind} of the {roles[kind, who]}: {who}"


def _key(each: Signed) -> str:
    """Return the fingerprint of the key that signed, or the signature's name where it is none."""
    try:
        return sshsig.parsed(each.signature).fingerprint
    except ValueError:
        return each.name


def sentences(folder: Path, signers: Path | None = None) -> list[str]:
    """Return who signed a bundle, in order, and whether anybody vouches for the key; what is wrong
    is said by `faults`.
    """
    said = []
    for each in statements.read(Path(folder)):
        if each.problem:
            continue
        about, dated = each.about, each.about["date"] or "no date given"
        stamp = Path(folder) / FOLDER / f"{each.name}.{TIMESTAMP}"
        dated += f", stamped {timestamps.said(stamp)}" if stamp.is_file() else ""
        who = f"{about['order']}. {about['role']}: {about['principal']} ({dated})"
        said.append(printable(f"{who}, key {_key(each)}; {_trust(each, signers)}"))
    return said or ["nobody signed this bundle: its manifest could have been made anew"]


def _trust(each: Signed, signers: Path | None) -> str:
    """Return whether a signature holds, and whether anybody vouches for its key."""
    if signers is not None:
        principal = each.about["principal"]
        lack = sshsig.vouched(each.statement, each.signature, signers, principal)
        return lack or f"vouched for by {Path(signers).name}"
    lack = sshsig.fault(each.statement, each.signature)
    return lack or "nobody vouches for this key: give --signers"
