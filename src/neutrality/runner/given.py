"""What a notebook was given: the folders of its case and results, and the parameters that the
notebooks before it had.

A notebook's first code cell asks for its folders by `paths`. What it ran with is kept in
`out`/parameters, so that a later one which was given something else is refused.
"""

from __future__ import annotations

import ast
import csv
import json
from pathlib import Path

from neutrality import sheets

_INJECTED = "# Parameters"  # the line with which papermill begins the cell it puts in
_RECORDS = "parameters"  # folder of `out`: a file for each notebook
_BESIDE = Path("notebooks")  # from where the two paths are seen
_OUT = "out"


def paths(notebook: str, names: dict) -> tuple[Path, Path]:
    """Return the folders `case` and `out` of a notebook, after its parameters are compared with
    those of the notebooks before it.

    `names` is the notebook's `globals()`. Both paths are those seen from the folder of notebooks,
    from which papermill may be started or from the folder around it. ValueError where parameters
    were injected and no case was, where the case is no folder, or where a parameter differs from
    the one that an earlier notebook ran with: its name and both values.
    """
    cells = [cell for cell in names.get("In", []) if cell.strip()]
    _refuse_no_case(cells, names["case"])
    seen_from = _seen_from(names["case"])
    out = seen_from / names[_OUT]
    held = {name: names[name] for name in _declared(cells) if name in names}
    if held:
        _compare(notebook, _plain(held), out / _RECORDS)
    return seen_from / names["case"], out


def _refuse_no_case(cells: list[str], case: str) -> None:
    """Raise ValueError where papermill gave parameters and left the case as the notebook has it:
    they would be another site's.
    """
    injected = [cell for cell in cells if cell.startswith(_INJECTED)]
    if injected and "case" not in _assigned(injected[-1]):
        raise ValueError(
            f"parameters were given, but no case: the tables would be those of {case}; write the "
            "line `case: ../params/SITE` into the YAML, or give papermill -p case ../params/SITE"
        )


def _seen_from(case: str) -> Path:
    """Return the folder from which `case` is a folder; ValueError where it is none."""
    for folder in (Path(), _BESIDE):
        if (folder / case).is_dir():
            return folder
    raise ValueError(
        f"case is '{case}', and there is no such folder; write it as seen from the folder of "
        "notebooks, such as ../params/SITE"
    )


def _statements(cell: str) -> list[ast.stmt]:
    try:
        return ast.parse(cell).body
    except (SyntaxError, ValueError):  # a magic of IPython
        return []


def _assigned(cell: str) -> set[str]:
    return {
        target.id
        for each in _statements(cell)
        for target in getattr(each, "targets", [])
        if isinstance(target, ast.Name)
    }


def _declared(cells: list[str]) -> list[str]:
    """Return the names that parameters cells declare: cells of annotated assignments alone."""
    found = []
    for cell in cells:
        statements = _statements(cell)
        if statements and all(isinstance(each, ast.AnnAssign) for each in statements):
            found += [each.target.id for each in statements if isinstance(each.target, ast.Name)]
    return list(dict.fromkeys(found))


def _compare(notebook: str, held: dict, folder: Path) -> None:
    """Keep what a notebook was given; ValueError where an earlier one was given something else."""
    first: dict[str, tuple[str, object]] = {}
    differing = []
    for number, record in [*_earlier(notebook, folder), (notebook, held)]:
        for name, value in record.items():
            where, before = first.setdefault(name, (number, value))
            if value != before:
                differing.append(
                    f"{name} differs from the one {where} ran with: {_shown(before)} there, "
                    f"{_shown(value)} in {number}; run both with the same value"
                )
    if differing:
        raise ValueError("\n".join(differing))
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{notebook}.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerows([("name", "value"), *((n, _shown(v)) for n, v in held.items())])


def _plain(held: dict) -> dict:
    """Return the parameters that notebooks share, the case's path in one form."""
    shared = {name: value for name, value in held.items() if name != _OUT}
    return shared | {"case": Path(held["case"]).as_posix()}


def _earlier(notebook: str, folder: Path) -> list[tuple[str, dict]]:
    """Return the number and the parameters of each notebook that ran before, in order."""
    files = [path for path in sorted(folder.glob("*.csv")) if path.stem < notebook]
    return [
        (path.stem, {row.name: json.loads(row.value) for row in rows.itertuples(index=False)})
        for path in files
        for rows in [sheets.written(path)]
    ]


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
