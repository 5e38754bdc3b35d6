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

import datetime
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from neutrality.runner import bundle
from neutrality.texts import hints
from neutrality.verifier import sshsig, timestamps
from neutrality.verifier.received import MANIFEST, printable

ROLES = ("analyst", "reviewer", "verifier")  # each signs over those before
FOLDER = bundle.SIGNATURES
_STATEMENT, _SIGNATURE, _TIMESTAMP = "json", "sig", "tsr"
_MAX_BYTES = 20_000  # of a statement: one over 99 others has fewer
# No blank and no pattern: allowed_signers files separate by the one and read the other.
_PRINCIPAL = re.compile(r"[^\s,*?!\"#]{1,200}")
_KEYS = {"role", "principal", "order", "date", "over"}


class Signed(NamedTuple):
    """One signature of a bundle, as read; `problem` says why it cannot be."""

    name: str  # of its files in the bundle, without extension
    about: dict
    statement: bytes
    signature: bytes
    problem: str = ""


def sign(
    folder: Path, key: Path, role: str, principal: str, date: str = "", timestamp: str = ""
) -> Path:
    """Sign a bundle in a role, over all signatures it has; return the new signature's path.

    `folder` is a bundle's own folder; `principal` names the signer as allowed_signers files do.
    `date` (YYYY-MM-DD) is the signer's word; no clock is read. `timestamp` is the address of an
    RFC 3161 authority. Raises ValueError, and writes nothing, where the bundle does not agree with
    its manifest or an earlier signature is wrong, where the role is out of order, where the key or
    the name signed in another role, and where the key cannot be used.
    """
    folder = Path(folder)
    _refuse(folder, role, principal, date)
    before = list(_read(folder))
    name = f"{role}-{len(before) + 1}"
    about = {
        "role": role,
        "principal": principal,
        "order": len(before) + 1,
        "date": date,
        "over": _hashes(folder, [each.name for each in before]),
    }
    statement = _text(about)
    signature = sshsig.sign(statement, key)
    new = Signed(name, about, statement, signature)
    if wrong := [said for _, said in _out_of_order([*before, new])]:
        raise ValueError("\n".join(wrong))
    stamped = timestamps.fetch(signature, timestamp) if timestamp else b""
    return _write(folder / FOLDER / name, statement, signature, stamped)


def _write(stem: Path, statement: bytes, signature: bytes, stamped: bytes) -> Path:
    stem.parent.mkdir(exist_ok=True)
    written = {_STATEMENT: statement, _TIMESTAMP: stamped, _SIGNATURE: signature}
    for extension, content in written.items():
        if content:
            stem.with_suffix(f".{extension}").write_bytes(content)
    return stem.with_suffix(f".{_SIGNATURE}")


def _refuse(folder: Path, role: str, principal: str, date: str) -> None:
    """Raise ValueError with what keeps a bundle from being signed so."""
    if not folder.is_dir():
        raise ValueError(f"{folder}: is no folder; unpack a zip file, sign the folder, zip it anew")
    if role not in ROLES:
        known = ", ".join(ROLES)
        raise ValueError(f"--role {role}: choose one of {known}{hints.did_you_mean(role, ROLES)}")
    if not _is_principal(principal):
        raise ValueError(
            f"--principal {printable(principal)}: has a blank or one of , * ? ! #; give the name "
            "that stands in allowed_signers files, such as an e-mail address"
        )
    if date and not _is_date(date):
        raise ValueError(f"--date {printable(date)}: is no day; write YYYY-MM-DD")
    wrong = bundle.verify(folder, every=True)
    wrong += [f"{file}: {said}" for file, said in faults(folder)]
    if wrong:
        raise ValueError("\n".join(["the bundle cannot be signed:", *map(printable, wrong)]))


def _is_principal(text: object) -> bool:
    plain = isinstance(text, str) and _PRINCIPAL.fullmatch(text) is not None
    return plain and printable(text) == text


def _is_date(text: object) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except (TypeError, ValueError):
        return False


def _text(about: dict) -> bytes:
    """Return the one way in which a statement is written: what two readers take differently is
    none.
    """
    return (json.dumps(about, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _files(folder: Path, names: list[str]) -> list[str]:
    """Return the paths of the manifest and of the files of some signatures, in the bundle."""
    extensions = (_STATEMENT, _SIGNATURE, _TIMESTAMP)
    paths = [f"{FOLDER}/{name}.{extension}" for name in names for extension in extensions]
    return [MANIFEST, *(path for path in paths if (folder / path).is_file())]


def _hashes(folder: Path, names: list[str]) -> dict[str, str]:
    """Return the SHA-256 of the manifest and of some signatures, by path."""
    return {
        path: hashlib.sha256((folder / path).read_bytes()).hexdigest()
        for path in _files(folder, names)
    }


def _read(folder: Path) -> Iterator[Signed]:
    """Yield the signatures of a bundle in their order."""
    stems = {path.stem for path in (folder / FOLDER).glob("*") if bundle.is_signature(path.name)}
    for name in sorted(stems, key=lambda stem: (int(stem.rpartition("-")[2]), stem)):
        try:
            content = [
                _bytes(folder / FOLDER / f"{name}.{each}") for each in (_STATEMENT, _SIGNATURE)
            ]
            yield Signed(name, _about(name, content[0]), *content)
        except ValueError as error:
            yield Signed(name, {}, b"", b"", str(error))


def _bytes(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise ValueError(f"{path.name} is missing")
    if path.stat().st_size > _MAX_BYTES:
        raise ValueError(f"{path.name} has more than {_MAX_BYTES:,} bytes; none has so many")
    return path.read_bytes()


def _about(name: str, statement: bytes) -> dict:
    """Return a statement, read; ValueError where it is not one as `sign` writes them."""
    try:
        about = json.loads(statement)
        plain = isinstance(about, dict) and about.keys() == _KEYS and _text(about) == statement
    except (ValueError, RecursionError) as error:
        raise ValueError("its statement is no JSON") from error
    if not plain or type(about["order"]) is not int:
        raise ValueError("its statement is not written as one is")
    if f"{about['role']}-{about['order']}" != name:
        raise ValueError(f"its statement is of {about['role']}-{about['order']}")
    if not _is_principal(about["principal"]):
        raise ValueError("its statement names nobody")
    if about["date"] != "" and not _is_date(about["date"]):
        raise ValueError("its statement has a date that is none")
    return about


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
    found = list(_read(folder))
    if signers is not None and not found:
        yield FOLDER, "nobody signed this bundle"
    for each in found:
        file = f"{FOLDER}/{each.name}.{_SIGNATURE}"
        if each.problem:
            yield file, each.problem
            continue
        wrong = _wrong(folder, each, found, signers)
        yield from ((file, said) for said in filter(None, wrong))
        stamp = folder / FOLDER / f"{each.name}.{_TIMESTAMP}"
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
    over, there = each.about["over"], _hashes(folder, earlier)
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
        file, role = f"{FOLDER}/{each.name}.{_SIGNATURE}", each.about["role"]
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
    for each in _read(Path(folder)):
        if each.problem:
            continue
        about, dated = each.about, each.about["date"] or "no date given"
        stamp = Path(folder) / FOLDER / f"{each.name}.{_TIMESTAMP}"
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
