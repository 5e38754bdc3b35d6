"""What the folder of outputs holds: the notebooks' results by hand, and the published reports.

The index notebook shows it, so that nobody reads a figure that an older run has left.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd

from neutrality import claims
from neutrality.report import methods
from neutrality.runner import bundle, parameters
from neutrality.texts import labels

_STAGES = ["notebook", "state", "claims", "written", "edited_cells"]
_HEADLINES = ["claim", "zh", "en", "value_zh", "value_en", "status"]
_REPORTS = ["report", "made", "state"]


def stages(lab: Path | str, folder: Path | str) -> pd.DataFrame:
    """Return a row for each numbered notebook of a folder, by the claims that it left in `lab`.

    state is "not run", "run", or "older than" the first earlier notebook that was run since;
    claims how many it stated; written when (local time); edited_cells how many of its code cells,
    as last saved, differ from the release's, values of parameters aside.
    """
    found = parameters.notebooks(folder)
    edited = methods.altered(found, defaults=False)["notebook"].value_counts()
    rows, ended = [], {}
    for path in found:
        made = Path(lab) / "claims" / f"{path.stem[:2]}.csv"
        state, count, written = "not run", 0, ""
        if made.exists():
            at = made.stat().st_mtime_ns
            later = next((stem for stem, other in ended.items() if other > at), "")
            state, ended[path.stem] = f"older than {later}" if later else "run", at
            count, written = len(claims.read(made)), _local(made)
        rows.append((path.stem, state, count, written, int(edited.get(path.stem, 0))))
    return pd.DataFrame(rows, columns=_STAGES)


def headlines(lab: Path | str) -> pd.DataFrame:
    """Return the headline claims in `lab` as printed, with names in both languages and status.

    Empty where no notebook has stated one.
    """
    folder, rows = Path(lab) / "claims", []
    known = claims.join(folder) if any(folder.glob("*.csv")) else pd.DataFrame()
    for id in [each for each in methods.HEADLINES if each in known.index]:
        each = known.loc[id]
        values = [
            labels.quantity(each.value, each.digits, each.unit, lang) for lang in ("zh", "en")
        ]
        rows.append((id, each.label_zh, each.label_en, *values, each.status))
    return pd.DataFrame(rows, columns=_HEADLINES)


def reports(outputs: Path | str) -> pd.DataFrame:
    """Return a row for each published report: site/year, when made (local time), and its state.

    state is "whole", or the first file that is no longer as the run left it.
    """
    rows = []
    for manifest in sorted(Path(outputs).glob("[!.]*/[!.]*/manifest.json")):
        changed = bundle.verify(manifest.parent)
        name = manifest.parent.relative_to(outputs).as_posix()
        rows.append((name, _local(manifest), changed[0] if changed else "whole"))
    return pd.DataFrame(rows, columns=_REPORTS)


def _local(path: Path) -> str:
    """Return when a file was written, by the machine's clock."""
    return datetime.fromtimestamp(path.stat().st_mtime).strftime("%Y-%m-%d %H:%M")
