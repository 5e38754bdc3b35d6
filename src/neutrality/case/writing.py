"""Tables of a case added to: files are replaced whole, all of them or none."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import secrets
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import compute

from neutrality import sheets
from neutrality.case import alike


def merged(path: Path, rows: pd.DataFrame, changed: pd.DataFrame | None = None) -> bytes:
    """Return a CSV with cells changed and rows added at its end; columns it lacks are added, where
    they have any text. Its other cells, mark and line ends stay.

    `changed` has the new cells by row (line of the file, heading = 1) and column, NaN where a cell
    stays as it is.
    """
    mark, old, lines = _lines(path)
    lines = [line for line in lines if line] or [list(rows.columns)]
    have = [head.strip() for head in lines[0]]
    changed = pd.DataFrame() if changed is None else changed.astype("object")
    absent = [each.drop(columns=have, errors="ignore") for each in (rows, changed)]
    have += dict.fromkeys(_filled(absent[0]) + _filled(absent[1]))
    lines[0] += have[len(lines[0]) :]
    lines[1:] = [line + [""] * (len(have) - len(line)) for line in lines[1:]]
    shown = sheets.defused(changed)
    for name in shown:
        at, column = have.index(name), shown[name].dropna()
        for row, cell in column.items():
            lines[row - 1][at] = cell
    new = [_as_written(cells) for _, cells in rows.reindex(columns=have).items()]
    end = "\r\n" if "\r\n" in old else "\n"
    return _text(mark, old, lines) + (_joined(new, end) + end if len(rows) else "").encode("utf-8")


def _joined(columns: list[pa.Array], end: str) -> str:
    """Return the lines of a table, without the end of the last one."""
    lines = compute.binary_join_element_wise(*columns, pa.scalar(",", pa.large_string()))
    whole = pa.LargeListArray.from_arrays([0, len(lines)], lines)
    return compute.binary_join(whole, pa.scalar(end, pa.large_string()))[0].as_py()


def _as_written(cells: pd.Series) -> pa.Array:
    """Return the cells of a column as a CSV has them, "" for none, quoted where they need it."""
    if cells.dtype not in ("str", "int64"):  # 1 and 1.0 are alike, but not as they are written
        cells = cells.astype("object").astype("str")
    return pa.array(alike.of_different(cells, _quoted), pa.large_string())


def _quoted(cells: pd.Series) -> pd.Series:
    texts = sheets.defused(cells.astype("str").fillna("").to_frame("cell"))["cell"]
    special = texts.str.contains('[,"\r\n]')
    return texts.mask(special, '"' + texts[special].str.replace('"', '""') + '"')


def fresh(rows: pd.DataFrame) -> bytes:
    """Return rows as a new CSV, with the mark by which Excel knows UTF-8."""
    shown = sheets.defused(rows.astype("object").fillna("")).to_numpy().tolist()
    return _text("\ufeff", "", [list(rows.columns), *shown])


def _filled(rows: pd.DataFrame) -> list[str]:
    """Return the columns that have text in any row: one that no row has adds none to a table."""
    return [
        name for name in rows if any(str(each).strip() for each in rows[name].dropna().unique())
    ]


def _lines(path: Path) -> tuple[str, str, list[list[str]]]:
    """Return a CSV's byte order mark, its text, and its lines as cells."""
    raw = path.read_bytes() if path.exists() else b""
    mark, old = "\ufeff" if raw.startswith(b"\xef\xbb\xbf") else "", raw.decode("utf-8-sig")
    return mark, old, list(csv.reader(io.StringIO(old, newline="")))


def _text(mark: str, old: str, lines: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n" if "\r\n" in old else "\n").writerows(lines)
    return (mark + text.getvalue()).encode("utf-8")


def replace(files: dict[Path, bytes]) -> None:
    """Replace files by new contents, each complete on disk before the first takes its name; where
    one cannot be, those already replaced get their old contents back.
    """
    made, kept = {}, {}
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            made[path] = path.with_name(f".{path.name}.new-{secrets.token_hex(8)}")
            with made[path].open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for path, new in made.items():
            kept[path] = path.read_bytes() if path.exists() else None
            new.replace(path)
    except BaseException:
        _restore(kept)
        raise
    finally:
        for new in made.values():
            new.unlink(missing_ok=True)


def _restore(kept: dict[Path, bytes | None]) -> None:
    for path, content in kept.items():
        with contextlib.suppress(OSError):
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)
