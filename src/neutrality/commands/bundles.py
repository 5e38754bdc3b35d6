"""The commands verify, replay, sign and compare."""

from __future__ import annotations

import argparse
import os
import tempfile
from functools import partial
from pathlib import Path

from neutrality.commands import shared
from neutrality.portfolio import storage
from neutrality.verifier import received, signatures, told, verdicts, verify


def add(commands, common: list[argparse.ArgumentParser]) -> None:
    """Add verify, replay, sign and compare to the parser; `common` has their shared options."""
    _add_verify(commands, common)
    _add_replay(commands, common)
    _add_sign(commands, common)
    _add_compare(commands, common)


def _add_verify(commands, common: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "verify",
        parents=common,
        help="say whether a bundle agrees with itself, file by file and figure by figure",
        **shared.example("neutrality verify 2025.zip --signers allowed_signers"),
    )
    _add_bundle(parser)
    parser.set_defaults(command=_verify)


def _add_replay(commands, common: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "replay",
        parents=common,
        help="verify a bundle, then recompute every figure of it from its own inputs",
        **shared.example("neutrality replay 2025.zip --only 03"),
    )
    _add_bundle(parser)
    parser.add_argument(
        "--only", default="", metavar="03", help="one notebook alone, from the bundle's own tables"
    )
    parser.add_argument(
        "--trust",
        action="store_true",
        help="run the bundle's own notebooks too, where they differ from the release's",
    )
    parser.set_defaults(command=_replay)


def _add_bundle(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "bundle",
        metavar="BUNDLE",
        help="the folder of a report, its zip file, or s3://BUCKET/PREFIX/SITE/YEAR",
    )
    parser.add_argument(
        "--signers", type=Path, metavar="FILE", help="allowed_signers file: who may sign, by key"
    )
    parser.add_argument(
        "--timestamp-roots",
        type=Path,
        metavar="FILE",
        help="certificates (PEM) of the time-stamping authorities that you trust",
    )
    _add_json(parser)


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result for a machine")


def _add_sign(commands, common: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "sign",
        parents=common,
        help="sign a bundle over all signatures that it has",
        **shared.example(
            "neutrality sign outputs/site/2025 --key id_ed25519 --role analyst --principal a@b.cn"
        ),
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="the folder of a report")
    parser.add_argument(
        "--key", type=Path, required=True, help="OpenSSH key, private or, with an agent, public"
    )
    parser.add_argument("--role", required=True, help=", ".join(signatures.ROLES))
    parser.add_argument(
        "--principal",
        required=True,
        metavar="NAME",
        help="the signer as allowed_signers files name him, such as an e-mail address",
    )
    parser.add_argument("--date", default="", metavar="YYYY-MM-DD", help="default: none is said")
    parser.add_argument(
        "--timestamp", default="", metavar="URL", help="RFC 3161 authority that says when it was"
    )
    parser.set_defaults(command=_sign)


def _add_compare(commands, common: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "compare",
        parents=common,
        help="hold two bundles against each other: figures, causes, methods, parameters",
        **shared.example("neutrality compare outputs/site/2024 outputs/site/2025"),
    )
    for name, which in (("old", "earlier year, or before a correction"), ("new", "the other")):
        parser.add_argument(name, type=Path, metavar=name.upper(), help=f"folder or zip: {which}")
    _add_json(parser)
    parser.set_defaults(command=_compare)


def _verify(chosen: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        faults = _verified(chosen, _opened(chosen.bundle, scratch))
    if chosen.json:
        told.write(chosen.json, told.verified(faults))
    return 1 if faults else 0


def _opened(bundle: str, scratch: str) -> Path:
    """Return the folder of a bundle; a copy of it where it is on object storage."""
    if storage.is_address(bundle):
        bundle = storage.fetch_bundle(bundle, Path(scratch) / "copy" / Path(bundle).name)
    return received.opened(bundle, scratch)


def _verified(chosen: argparse.Namespace, folder: Path) -> list[verify.Fault]:
    """Print who signed a bundle and what in it disagrees, and return the latter."""
    mine = {"signers": chosen.signers, "roots": chosen.timestamp_roots}
    for path in filter(None, mine.values()):
        if not path.is_file():
            raise ValueError(f"{path}: no such file")
    faults = verify.verify(folder, **mine)
    said = [
        *signatures.sentences(folder, chosen.signers),
        *told.faults(faults, Path(chosen.bundle).name),
    ]
    shared.say(said, chosen.lang)
    return faults


def _replay(chosen: argparse.Namespace) -> int:
    from neutrality.verifier import replay  # with all that makes a report: verify goes without

    with tempfile.TemporaryDirectory() as scratch:
        folder = _opened(chosen.bundle, scratch)
        faults = _verified(chosen, folder)
        say = partial(shared.say, lang=chosen.lang)
        made = replay.replay(folder, Path(scratch) / "replay", say, chosen.only, chosen.trust)
    shared.say(told.replayed(made), chosen.lang)
    if chosen.json:
        told.write(chosen.json, told.verified(faults) | told.of_replay(made))
    return 1 if faults or made.worst == verdicts.DIFFERENT else 0


def _sign(chosen: argparse.Namespace) -> int:
    about = (chosen.role, chosen.principal, chosen.date, chosen.timestamp)
    made = signatures.sign(chosen.bundle, chosen.key, *about)
    said = f"signed by {chosen.principal} as {chosen.role}: {os.path.relpath(made)}"
    shared.say(said, chosen.lang)
    return 0


def _compare(chosen: argparse.Namespace) -> int:
    from neutrality.verifier import compare

    with tempfile.TemporaryDirectory() as scratch:
        both = [
            received.opened(given, Path(scratch) / name)
            for name, given in (("old", chosen.old), ("new", chosen.new))
        ]
        made = compare.compare(*both, Path(scratch) / "notebooks")
    shared.say(compare.lines(made), chosen.lang)
    if chosen.json:
        told.write(chosen.json, compare.as_json(made))
    return 0
