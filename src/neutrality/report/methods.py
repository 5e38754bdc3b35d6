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
from functools import cache
from math import nan
from pathlib import Path

import pandas as pd

from neutrality import claims, sheets
from neutrality.texts import findings, labels

HEADLINES = ("location_t", "market_t", "avoided_green_t", "residual_t", "credits_needed")
BENCH = "06_verification"  # the verifier's notebook: it stands beside the others, no part of a run
STATED_BY = 3  # the first notebooks of the release, which state all of these
VALUES = "altered_values"  # table of the headlines beside the release's
_COLUMNS = ["notebook", "cell", "change", "what", "lowers"]
_CELLS = ["notebook", "cell", "parameters", "source"]
# In a parameter's comment: [low..high] or {a, b}, as runner/parameters reads them.
_LIMITS = re.compile(r"#\s*(\[[^\]]*\]|\{[^}]*\})")
_SHOWN = 90  # characters of an altered line
_NO_VALUE = " = ..."  # how `_statements` ends a declared parameter


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


def write_notebook(stem: str, folder: Path, name: str) -> Path:
    """Write one of the release's notebooks, its code cells alone; return its path."""
    held = released().query("notebook == @stem")
    code = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {"tags": ["parameters"]} if row.parameters else {},
            "execution_count": None,
            "outputs": [],
            "source": row.source,
        }
        for number, row in enumerate(held.itertuples(), start=1)
    ]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    about = {"kernelspec": kernel, "language_info": {"name": "python"}}
    held = {"cells": code, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.ipynb"
    path.write_text(json.dumps(held, ensure_ascii=False), encoding="utf-8", newline="\n")
    return path


def altered(
    notebooks: list[Path], defaults: bool = True, known: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return a row for each cell in which the notebooks differ from the release; none is the rule.

    Without `defaults` the parameters may have other values: by hand, a case is chosen there.
    `known` are cells to compare with in place of the release's, columns as `cells` has them.
    Columns: notebook, cell, change (an id of labels.csv), what (the first line that differs), and
    lowers: the notebook whose claims are then assumed, or * for all.
    """
    cells_of = released() if known is None else known
    rows, known = [], dict(iter(cells_of.groupby("notebook", sort=False)))
    for path in notebooks:
        if path.stem in known:
            rows += _differences(known[path.stem], cells(path), defaults)
        else:
            rows.append((path.stem, "", "notebook_added", "", "*"))
    there = {path.stem for path in notebooks}
    rows += [(stem, "", "notebook_left_out", "", "*") for stem in known if stem not in there]
    return altered_rows(rows)


def altered_rows(found: list[tuple]) -> pd.DataFrame:
    """Return rows of `altered` as its table."""
    return pd.DataFrame(found, columns=_COLUMNS)


def _differences(release: pd.DataFrame, used: pd.DataFrame, defaults: bool) -> list[tuple]:
    """Return the rows of `altered` for one notebook."""
    old, new = (
        [_meaning(cell.source, cell.parameters, defaults) for cell in held.itertuples()]
        for held in (release, used)
    )
    if sum(old, ()) == sum(new, ()):  # cells that were split, joined or only commented
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
    if before is not None and after is not None:
        change, what = "cell_altered", _first_other(before.source, after.source)
    elif _meaning(here.source, here.parameters):
        change, what = "cell_left_out" if after is None else "cell_added", here.source
    else:
        return None
    return (here.notebook, here.cell, change, _one_line(what), here.notebook[:2])


def _one_line(code: str) -> str:
    """Return the first line of a cell's code as a table shows it."""
    line = code.strip().partition("\n")[0][:_SHOWN]
    return "".join(each if each.isprintable() else " " for each in line)


def _first_other(before: str, after: str) -> str:
    """Return the first line of a cell that it did not hold before, comments last.

    >>> _first_other("a = 1  # one", "a = 2  # more"), _first_other("a = 1", "a = 1 # x")
    ('a = 2', 'a = 1 # x')
    """
    for lines in (_lines, str.splitlines):
        held = lines(before)
        if other := [line for line in lines(after) if line not in held]:
            return other[0]
    return after


def _lines(source: str) -> list[str]:
    """Return the lines of a cell's code as Python itself would write them, without comments."""
    try:
        return ast.unparse(ast.parse(source)).splitlines()
    except (SyntaxError, ValueError):
        return source.splitlines()


@cache
def _meaning(source: str, parameters: str, defaults: bool = True) -> tuple[str, ...]:
    """Return what a cell does, statement by statement, and the limits of its parameters."""
    limits = _LIMITS.findall(source) if parameters else []
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError):  # a magic of IPython
        return (source.strip(),)
    for each in statements if parameters and not defaults else []:
        each.value = None
    return (*(ast.dump(each) for each in statements), *limits)


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


def compared(values: pd.DataFrame) -> list[str]:
    """Return a line for each headline of `beside`, for the command line."""
    return [
        f"{row.id}: {labels.quantity(row.value, row.digits, row.unit, 'en')}; by the release's "
        f"method {labels.quantity(row.release, row.digits, row.unit, 'en')}"
        for row in values.itertuples()
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
        t_co2e=used - release,
    )


def altered_cells(out: Path, folder: Path = Path()) -> pd.DataFrame:
    """Return the altered cells of the notebooks that made the results in `out`.

    A run has left them there. By hand, in JupyterLab, the notebooks of `folder` are compared as
    they were last saved, and the cells that were run with those saved; the result is left in `out`
    as a run would, without the values.
    """
    path = out / "tables" / f"{claims.ALTERED}.csv"
    numbered = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    by_hand = [path for path in numbered if path.stem != BENCH]
    if by_hand and not (out / "tables" / f"{VALUES}.csv").exists():
        unsaved = altered_rows([row for each in by_hand for row in _unsaved(out, each)])
        tell(out, pd.concat([altered(by_hand, defaults=False), unsaved], ignore_index=True))
    if not path.exists():
        return pd.DataFrame(columns=_COLUMNS)
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _unsaved(out: Path, notebook: Path) -> list[tuple]:
    """Return a row of `altered` for each cell that was run by hand and is in no saved notebook.

    `claims.state` leaves what was run. Values of parameters may differ, in their cell or in one
    that papermill injects.
    """
    path = out / claims.RAN / f"{notebook.stem[:2]}.csv"
    if not path.exists():
        return []
    saved, rows = cells(notebook), []
    held = {line for source in saved["source"] for line in _statements(source)}
    given = {line.partition(":")[0] for line in held if line.endswith(_NO_VALUE)}
    for source in pd.read_csv(path, dtype=str, keep_default_na=False)["source"]:
        new = [line for line in _statements(source) if line not in held]
        if new := [line for line in new if line.partition(" = ")[0] not in given]:
            rows.append((notebook.stem, "", "cell_unsaved", _one_line(new[0]), notebook.stem[:2]))
    return rows


def _statements(source: str) -> list[str]:
    """Return the statements of a cell as Python would write them, without values of parameters.

    >>> _statements("a = 1; b: int = 2  # [0..]")
    ['a = 1', 'b: int = ...']
    """
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError):  # a magic of IPython
        return [source.strip()]
    for each in statements:
        if isinstance(each, ast.AnnAssign):
            each.value = ast.Constant(...)
    return [ast.unparse(each) for each in statements]
