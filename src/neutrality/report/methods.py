"""Where the notebooks that made a report differ from the release's, and what that changes.

The release is `reference/notebook_cells.csv`, the code cells of the notebooks as `make refresh`
last ran them. Only what a cell does is compared: comments, blank lines and Markdown are no method,
the limits in a parameter's comment are. `claims` lowers the status of what an altered notebook
states.
"""

from __future__ import annotations

import ast
import difflib
import json
import re
from math import nan
from pathlib import Path

import pandas as pd

from neutrality import claims, sheets
from neutrality.texts import findings, labels

HEADLINES = ("location_t", "market_t", "avoided_green_t", "residual_t", "credits_needed")
VALUES = "altered_values"  # table of the headlines beside the release's
_COLUMNS = ["notebook", "cell", "change", "what", "lowers"]
_CELLS = ["notebook", "cell", "parameters", "source"]
# In a parameter's comment: [low..high] or {a, b}, as runner/parameters reads them.
_LIMITS = re.compile(r"#\s*(\[[^\]]*\]|\{[^}]*\})")
_SHOWN = 90  # characters of an altered line


def cells(notebook: Path) -> pd.DataFrame:
    """Return notebook, cell (number and id), parameters ("yes" where tagged), source of its code.

    Raises ValueError for a file that is no notebook.
    """
    try:
        held = json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]
        code = [cell for cell in held if cell["cell_type"] == "code"]
        rows = [
            (
                Path(notebook).stem,
                f"{number} ({cell['id']})" if "id" in cell else str(number),
                "yes" if "parameters" in cell["metadata"].get("tags", []) else "",
                "".join(cell["source"]),
            )
            for number, cell in enumerate(code, start=1)
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{Path(notebook).name}: is not a Jupyter notebook of format 4") from error
    return pd.DataFrame(rows, columns=_CELLS)


def released() -> pd.DataFrame:
    """Return the code cells of the release's notebooks, in order; columns as `cells` has them."""
    return sheets.packaged("reference/notebook_cells.csv")


def altered(notebooks: list[Path]) -> pd.DataFrame:
    """Return a row for each cell in which the notebooks differ from the release; none is the rule.

    Columns: notebook, cell, change (an id of labels.csv), what (the first line that differs), and
    lowers: the notebook whose claims are then assumed, or * for all.
    """
    rows, known = [], dict(iter(released().groupby("notebook", sort=False)))
    for path in notebooks:
        if path.stem in known:
            rows += _differences(known[path.stem], cells(path))
        else:
            rows.append((path.stem, "", "notebook_added", "", "*"))
    there = {path.stem for path in notebooks}
    rows += [(stem, "", "notebook_left_out", "", "*") for stem in known if stem not in there]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _differences(release: pd.DataFrame, used: pd.DataFrame) -> list[tuple]:
    """Return the rows of `altered` for one notebook."""
    old, new = ([_meaning(cell) for cell in held.itertuples()] for held in (release, used))
    if sum(old, []) == sum(new, []):  # cells that were split, joined or only commented
        return []
    found, matcher = [], difflib.SequenceMatcher(None, old, new, autojunk=False)
    for _, i, i_end, j, j_end in [each for each in matcher.get_opcodes() if each[0] != "equal"]:
        for at in range(max(i_end - i, j_end - j)):
            before = release.iloc[i + at] if i + at < i_end else None
            after = used.iloc[j + at] if j + at < j_end else None
            if change := _change(before, after):
                found.append(change)
    return found


def _change(before: pd.Series | None, after: pd.Series | None) -> tuple | None:
    """Return one row of `altered`; None where a cell without code was added or left out."""
    here = before if after is None else after
    change = "cell_altered"
    if before is None or after is None:
        change = "cell_left_out" if after is None else "cell_added"
        if not _meaning(here):
            return None
    held = [] if before is None or after is None else _lines(before.source)
    lines = [line for line in _lines(here.source) if line not in held]
    what = "".join(each if each.isprintable() else " " for each in (lines or [""])[0])
    return (here.notebook, here.cell, change, what[:_SHOWN], here.notebook[:2])


def _lines(source: str) -> list[str]:
    """Return the lines of a cell's code as Python itself would write them, without comments."""
    try:
        return ast.unparse(ast.parse(source)).splitlines()
    except (SyntaxError, ValueError):
        return [line.strip() for line in source.splitlines() if line.strip()]


def _meaning(cell) -> list[str]:
    """Return what a cell does, statement by statement, and the limits of its parameters."""
    limits = _LIMITS.findall(cell.source) if cell.parameters else []
    try:
        return [ast.dump(each) for each in ast.parse(cell.source).body] + limits
    except (SyntaxError, ValueError):  # a magic of IPython
        return [cell.source.strip()]


def sentences(changed: pd.DataFrame) -> list[str]:
    """Return a line for each row of `altered`, for the command line.

    >>> row = ("03_offset_sizing", "3 (03-05)", "cell_altered", "a = b / 2", "03")
    >>> sentences(pd.DataFrame([row], columns=_COLUMNS))
    ['03_offset_sizing, cell 3 (03-05): cell altered: a = b / 2']
    """
    return [
        ", cell ".join(filter(None, [row.notebook, row.cell]))
        + f": {labels.label(row.change, 'en').lower()}"
        + (f": {row.what}" if row.what else "")
        for row in changed.itertuples()
    ]


def beside(stated: pd.DataFrame, shipped: pd.DataFrame) -> pd.DataFrame:
    """Return the headline claims as stated and by the release's method: both values, unit, names.

    `stated` and `shipped` are claims by id; a value that is not there is left empty.
    """
    rows = []
    for id in HEADLINES:
        held = next((known.loc[id] for known in (stated, shipped) if id in known.index), None)
        if held is None:
            continue
        values = [k.at[id, "value"] if id in k.index else nan for k in (stated, shipped)]
        rows.append((id, *values, *held[["unit", "digits", "label_zh", "label_en"]]))
    names = ["id", "value", "release", "unit", "digits", "name_zh", "name_en"]
    return pd.DataFrame(rows, columns=names)


def tell(out: Path, changed: pd.DataFrame, values: pd.DataFrame | None = None) -> None:
    """Leave in the folder `out` what the report says of altered notebooks, or nothing of it.

    Written are tables/altered_cells.csv, tables/altered_values.csv where `values` (of `beside`)
    are given, and a finding with the tonnes.
    """
    files = {
        out / "tables" / f"{claims.ALTERED}.csv": changed if len(changed) else None,
        out / "tables" / f"{VALUES}.csv": values,
        out / "findings" / "00.csv": findings.table(_found(changed, values)),
    }
    for path, table in files.items():
        if table is None or table.empty:
            path.unlink(missing_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _found(changed: pd.DataFrame, values: pd.DataFrame | None) -> list[findings.Finding]:
    if changed.empty:
        return []
    cells = "; ".join(dict.fromkeys(changed["notebook"]))
    residual = None if values is None else values.set_index("id").reindex(["residual_t"]).iloc[0]
    if residual is None or pd.isna(residual["value"]) or pd.isna(residual["release"]):
        return findings.in_table(claims.ALTERED, "method_altered_unsized", notebooks=cells)
    used, release = (float(residual[name]) for name in ("value", "release"))
    return findings.in_table(
        claims.ALTERED,
        "method_altered",
        notebooks=cells,
        used_t=used,
        release_t=release,
        less_t=release - used,
    )


def told(out: Path, folder: Path = Path()) -> pd.DataFrame:
    """Return the altered cells of the notebooks that made the results in `out`.

    A run has left them there. By hand, in JupyterLab, the notebooks of `folder` are compared as
    they were last saved, and the result is left in `out` as a run would, without the values.
    """
    path, by_hand = out / "tables" / f"{claims.ALTERED}.csv", sorted(folder.glob("0?_*.ipynb"))
    if by_hand and not (out / "tables" / f"{VALUES}.csv").exists():
        tell(out, altered(by_hand))
    if not path.exists():
        return pd.DataFrame(columns=_COLUMNS)
    return pd.read_csv(path, dtype=str, keep_default_na=False)
