"""What verify and replay found, in lines for a person and in JSON for a machine."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from neutrality.report.methods import HEADLINES
from neutrality.verifier import verdicts
from neutrality.verifier.received import printable
from neutrality.verifier.verify import CHECKS, Fault

if TYPE_CHECKING:
    from neutrality.verifier.replay import Replay

_SHOWN = 20  # claims that came out otherwise, and faults of one check; JSON has all


def faults(found: list[Fault], name: str) -> list[str]:
    """Return a line for each disagreement, by check, or one that says what agrees."""
    if not found:
        return [f"{printable(name)}: agrees with itself ({', '.join(CHECKS)})"]
    lines = [f"{printable(name)}: {len(found)} disagreement(s)"]
    for check, count in Counter(each.check for each in found).items():
        shown = [each for each in found if each.check == check][:_SHOWN]
        lines += [": ".join(filter(None, [check, each.file, each.said])) for each in shown]
        lines += [f"{check}: and {count - _SHOWN} more"] if count > _SHOWN else []
    return lines


def replayed(made: Replay) -> list[str]:
    """Return a replay in lines: headline claims, all that came out otherwise, and counts."""
    table = made.claims
    shown = table[table["id"].isin(HEADLINES) | (table["verdict"] != verdicts.SAME)]
    lines = [_row(row) for row in shown.head(_SHOWN + len(HEADLINES)).itertuples()]
    if len(shown) > len(lines):
        lines.append(f"and {len(shown) - len(lines)} more; --json has all")
    lines += [f"altered notebook: {line}" for line in made.altered]
    lines += [f"by the bundle's own notebooks: {line}" for line in made.effect]
    return [*lines, _counted("claims", table["verdict"]), _counted("files", made.files.values())]


def _row(row) -> str:
    """Return one claim in a line: id, verdict, both values, and where the difference began."""
    values = " / ".join("-" if _is_none(v) else f"{v:,.6g}" for v in (row.bundle, row.replayed))
    line = f"{row.id:28} {row.verdict:17} {values} {row.unit}"
    return printable(f"{line}; begins in {row.split}" if row.split else line)


def _is_none(value: float | None) -> bool:
    return value is None or math.isnan(value)


def _counted(what: str, found) -> str:
    counts = Counter(found)
    kinds = (verdicts.SAME, verdicts.WITHIN, verdicts.DIFFERENT)
    parts = [f"{counts[kind]} {kind}" for kind in kinds if counts[kind]]
    return f"{sum(counts.values())} {what}: {', '.join(parts)}"


def verified(found: list[Fault]) -> dict:
    """Return the disagreements as a table for JSON."""
    return {"faults": [each._asdict() for each in found]}


def of_replay(made: Replay) -> dict:
    """Return a replay as a table for JSON; a value that there is none of is null."""
    rows = made.claims.astype(object).where(made.claims.notna(), None).to_dict("records")
    about = {"worst": made.worst, "claims": rows, "files": made.files}
    return about | {"altered": made.altered, "effect": made.effect}


def write(path: Path, table: dict) -> None:
    """Write a result as JSON."""
    text = json.dumps(table, indent=1, ensure_ascii=False, allow_nan=False, default=_plain) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def _plain(value: object) -> object:
    """Return a number of numpy or pandas as Python's own."""
    return None if value is pd.NA else value.item()
