"""Tables of a case added to: files are replaced whole, all of them or none."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import secrets
from pathlib import Path

import pandas as pd

from neutrality import sheets


def appended(path: Path, rows: pd.DataFrame) -> bytes:
    """Return a CSV with rows added at its end; columns it lacks are added, where rows have any text
    in them. Its lines, mark and line ends stay.
    """
    mark, old, lines = _lines(path)
    lines = lines or [list(rows.columns)]
    have = [head.strip() for head in lines[0]]
    # A column that no row has is NaN throughout, and adds none to the table.
    written = rows.astype("object").fillna("").astype("str")
    filled = written.apply(lambda cells: cells.str.strip().ne("").any())
    added = [name for name in rows if name not in have and filled[name]]
    lines[0] += added
    lines[1:] = [line + [""] * len(added) if line else line for line in lines[1:]]
    new = rows.reindex(columns=[*have, *added]).astype("object").fillna("")
    cells = sheets.defused(new).to_numpy().tolist()
    return _text(mark, old, [*filter(None, lines), *cells])


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
