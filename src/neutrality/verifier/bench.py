"""What the verifier's notebook reads: a bundle, or the working folder of notebooks run by hand."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from neutrality import claims
from neutrality.case import tables
from neutrality.reference import units
from neutrality.report import bridge
from neutrality.verifier import recalculation, received, signatures, verify
from neutrality.verifier.received import MANIFEST


class Opened(NamedTuple):
    """A report's results, the inputs behind them, and what both are known to disagree in."""

    folder: Path
    inputs: Path
    given: dict  # every parameter by name
    faults: list[verify.Fault]
    signed: list[str]  # who signed, in sentences
    claims: pd.DataFrame  # by id


def opened(bundle: Path | str, scratch: Path | str, working: str, signers: str = "") -> Opened:
    """Return a bundle, folder or zip, verified; or a working folder, which nobody can verify.

    A folder without a manifest is one in which notebooks were run by hand: `working` then names the
    YAML beside the tables that they read. `signers` is the reader's allowed_signers file, or "".
    Raises ValueError where neither is there.
    """
    path = Path(bundle)
    if path.is_dir() and not (path / MANIFEST).is_file() and (path / "claims").is_dir():
        chosen = Path(working)
        if not chosen.is_file():
            raise ValueError(f"{working}: no such YAML; a working folder needs that of its inputs")
        made = (
            path,
            chosen.parent,
            recalculation.given(chosen),
            [],
            ["a working folder: nobody signs it"],
        )
    else:
        folder = received.opened(path, scratch)
        vouched = Path(signers) if signers else None
        faults = verify.verify(folder, signers=vouched)
        said = signatures.sentences(folder, vouched)
        made = (
            folder,
            folder / "inputs",
            recalculation.given(folder / "params.yaml"),
            faults,
            said,
        )
    return Opened(*made, claims.join(made[0] / "claims"))


def materiality_t(read: Opened, percent: float) -> float:
    """Return the materiality: a share of the residual emissions [tCO2e]."""
    return float(read.claims.at["residual_t", "value"]) * percent / units.PERCENT


def reported(read: Opened) -> pd.DataFrame:
    """Return the report's own findings, with tonnes where only energy was known."""
    return bridge.sized(tables.joined_findings(read.folder), read.claims)


def write(out: Path | str, **made: pd.DataFrame) -> list[str]:
    """Write tables as CSV into a folder that is no bundle's; return their names."""
    for name, table in made.items():
        tables.write(table, Path(out) / f"{name}.csv")
    return [f"{name}.csv" for name in made]
