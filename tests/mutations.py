"""Damage to every table of the first case, made by a script: 1,500 mutations and more.

Each is one kind of damage at one place of one table, the same on every run. `python
tests/mutations.py` prints what became of them; tests/mutations.csv holds the kinds, and which of
them may no longer change a total in silence.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import random
import signal
import tempfile
import traceback
import zlib
from collections.abc import Callable
from pathlib import Path

import attacks
import pandas as pd
from evaluator import evaluate

KINDS_TABLE = Path(__file__).with_name("mutations.csv")
_PLACES = 3  # of each kind, in the other tables
_HANG_S = 60  # seconds of computing (not of waiting) after which a case counts as hanging
Rows = list[list[str]]

KINDS: dict[str, Callable[[bytes, random.Random], bytes | None]] = {}


def mutations() -> list[tuple[str, str, int]]:
    """Return table, kind and place of each mutation, in order."""
    return [
        (table, kind, place)
        for table in attacks.TABLES
        for kind in _LARGE.get(table, list(KINDS))
        for place in range(1 if table in _LARGE else _PLACES)
    ]


def damaged(table: str, kind: str, place: int) -> bytes | None:
    """Return the bytes of a damaged table; None where it has no cell of that kind."""
    chance = random.Random(zlib.crc32(f"{table} {kind} {place}".encode()))
    raw = (attacks.CASE / f"{table}.csv").read_bytes()
    made = KINDS[kind](raw, chance)
    return None if made == raw else made


# Kinds of damage


def _rows(change: Callable[[Rows, random.Random], bool | None]):
    """Return a kind of damage to the rows of a table; False from `change` makes none."""

    def damage(raw: bytes, chance: random.Random) -> bytes | None:
        rows = list(csv.reader(io.StringIO(raw.decode("utf-8"))))
        if change(rows, chance) is False:
            return None
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        return text.getvalue().encode("utf-8")

    return damage


def _cell(spelt: Callable[[str], str], fits: Callable[[str], object] = bool):
    """Return a kind of damage to one cell that `fits`."""

    def change(rows: Rows, chance: random.Random) -> bool:
        for _ in range(200):
            row = chance.randrange(1, len(rows))
            column = chance.randrange(len(rows[row]))
            if fits(rows[row][column]):
                rows[row][column] = spelt(rows[row][column])
                return True
        return False

    return _rows(change)


def _head(spelt: Callable[[str], str]):
    """Return a kind of damage to one name of the heading."""

    def change(rows: Rows, chance: random.Random) -> None:
        column = chance.randrange(len(rows[0]))
        rows[0][column] = spelt(rows[0][column])

    return _rows(change)


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _dated(cell: str) -> bool:
    return cell[:2] == "20" and cell[4:5] == "-"


def _row_deleted(rows: Rows, chance: random.Random) -> None:
    del rows[chance.randrange(1, len(rows))]


def _row_duplicated(rows: Rows, chance: random.Random) -> None:
    row = chance.randrange(1, len(rows))
    rows.insert(row, list(rows[row]))


def _rows_swapped(rows: Rows, chance: random.Random) -> None:
    one, other = chance.randrange(1, len(rows)), chance.randrange(1, len(rows))
    rows[one], rows[other] = rows[other], rows[one]


def _row_short(rows: Rows, chance: random.Random) -> None:
    rows[chance.randrange(1, len(rows))].pop()


def _row_long(rows: Rows, chance: random.Random) -> None:
    rows[chance.randrange(1, len(rows))].append("5")


def _row_shifted(rows: Rows, chance: random.Random) -> None:
    row = rows[chance.randrange(1, len(rows))]
    row.insert(0, row.pop())


def _row_remarked(rows: Rows, chance: random.Random) -> None:
    row = rows[chance.randrange(1, len(rows))]
    row[0] = f"#{row[0]}"


def _column_deleted(rows: Rows, chance: random.Random) -> None:
    column = chance.randrange(len(rows[0]))
    for row in rows:
        del row[column]


def _column_duplicated(rows: Rows, chance: random.Random) -> None:
    column = chance.randrange(len(rows[0]))
    for row in rows:
        row.append(row[column])


def _heads_swapped(rows: Rows, chance: random.Random) -> None:
    one, other = chance.sample(range(len(rows[0])), 2)
    rows[0][one], rows[0][other] = rows[0][other], rows[0][one]


def _column_of_zeros(rows: Rows, chance: random.Random) -> bool:
    columns = [at for at, cell in enumerate(rows[1]) if _number(cell)]
    if not columns:
        return False
    column = chance.choice(columns)
    for row in rows[1:]:
        row[column] = "0"
    return True


def _swap(old: str, new: str):
    return lambda cell: cell.translate(str.maketrans(old, new))


_WIDE = _swap("0123456789", "０１２３４５６７８９")
_CYRILLIC = _swap("aceopxyBCEHKMOPT", "асеорхуВСЕНКМОРТ")
KINDS |= {
    "cell_blank": _cell(lambda cell: ""),
    "cell_nan": _cell(lambda cell: "nan", _number),
    "cell_inf": _cell(lambda cell: "inf", _number),
    "cell_1e308": _cell(lambda cell: "1e308", _number),
    "cell_negative": _cell(lambda cell: f"-{cell}", _number),
    "cell_thousandfold": _cell(lambda cell: f"{float(cell) * 1000:.10g}", _number),
    "cell_by_thousand": _cell(lambda cell: f"{float(cell) / 1000:.10g}", _number),
    "cell_zero": _cell(lambda cell: "0", _number),
    "cell_decimal_comma": _cell(lambda cell: cell.replace(".", ","), lambda c: "." in c),
    "cell_thousands": _cell(lambda cell: f"1,{cell}", _number),
    "cell_unit": _cell(lambda cell: f"{cell} kWh", _number),
    "cell_percent": _cell(lambda cell: f"{cell}%", _number),
    "cell_text": _cell(lambda cell: "about five", _number),
    "cell_o_for_zero": _cell(lambda cell: cell.replace("0", "O"), lambda c: "0" in c),
    "cell_full_width": _cell(_WIDE, lambda c: any(map(str.isdigit, c))),
    "cell_cyrillic": _cell(_CYRILLIC, lambda c: c != _CYRILLIC(c)),
    "cell_zero_width": _cell(lambda cell: f"{cell[:1]}\u200b{cell[1:]}"),
    "cell_no_break_space": _cell(lambda cell: f"{cell}\u00a0"),
    "cell_spaces": _cell(lambda cell: f"  {cell} "),
    "cell_emoji": _cell(lambda cell: f"{cell}😀"),
    "cell_control": _cell(lambda cell: f"{cell}\x07"),
    "cell_formula": _cell(lambda cell: '=HYPERLINK("x")'),
    "cell_long": _cell(lambda cell: cell * 500),
    "cell_line_break": _cell(lambda cell: f"{cell}\nx"),
    "cell_en_dash": _cell(lambda cell: cell.replace("-", "–"), lambda c: "-" in c),
    "date_slashes": _cell(lambda cell: cell.replace("-", "/"), _dated),
    "date_dots": _cell(lambda cell: cell.replace("-", "."), _dated),
    "date_day_first": _cell(lambda c: "/".join(c[:10].split("-")[::-1]), _dated),
    "date_excel_number": _cell(lambda cell: "45658", _dated),
    "date_two_digits": _cell(lambda cell: cell[2:], _dated),
    "date_year_before": _cell(lambda c: f"{int(c[:4]) - 1}{c[4:]}", _dated),
    "date_year_after": _cell(lambda c: f"{int(c[:4]) + 1}{c[4:]}", _dated),
    "date_month_13": _cell(lambda cell: f"{cell[:5]}13{cell[7:]}", _dated),
    "row_deleted": _rows(_row_deleted),
    "row_duplicated": _rows(_row_duplicated),
    "rows_swapped": _rows(_rows_swapped),
    "row_short": _rows(_row_short),
    "row_long": _rows(_row_long),
    "row_shifted": _rows(_row_shifted),
    "row_remarked": _rows(_row_remarked),
    "column_deleted": _rows(_column_deleted),
    "column_duplicated": _rows(_column_duplicated),
    "column_of_zeros": _rows(_column_of_zeros),
    "heads_swapped": _rows(_heads_swapped),
    "head_renamed": _head(lambda name: f"my_{name}"),
    "head_unit": _head(lambda name: f"{name.rpartition('_')[0] or name}_mwh"),
    "head_blank": _head(lambda name: ""),
    "head_capitals": _head(str.upper),
    "head_spaces": _head(lambda name: f" {name} "),
    "head_number": _head(lambda name: f"{name}.1"),
    "file_empty": lambda raw, chance: b"",
    "file_heading_only": lambda raw, chance: raw.partition(b"\n")[0] + b"\n",
    "file_bom": lambda raw, chance: b"\xef\xbb\xbf" + raw,
    "file_utf16": lambda raw, chance: raw.decode("utf-8").encode("utf-16"),
    "file_gb18030": lambda raw, chance: raw.decode("utf-8").encode("gb18030"),
    "file_semicolons": lambda raw, chance: raw.replace(b",", b";"),
    "file_tabs": lambda raw, chance: raw.replace(b",", b"\t"),
    "file_crlf": lambda raw, chance: raw.replace(b"\n", b"\r\n"),
    "file_nul": lambda raw, chance: raw[:100] + b"\0" + raw[100:],
    "file_half": lambda raw, chance: raw[: chance.randrange(50, len(raw))],
    "file_gzipped": lambda raw, chance: gzip.compress(raw, mtime=0),
    "file_quote_opened": lambda raw, chance: _inserted(raw, chance, b'"'),
    "file_random_bytes": lambda raw, chance: _inserted(raw, chance, b"\xff\xfe\x80"),
}


def _inserted(raw: bytes, chance: random.Random, what: bytes) -> bytes:
    at = chance.randrange(len(raw))
    return raw[:at] + what + raw[at:]


# Tables of 17,520 rows take a second each: some kinds only, at one place.
_LARGE = {"energy": list(KINDS)[::4], "weather": list(KINDS)[1::8]}


# What becomes of them


class Hangs(Exception):
    """A case takes longer than any should."""


def _stop(number, frame):
    raise Hangs


def tried(every: int = 1) -> pd.DataFrame:
    """Return table, kind, place, outcome, rules, moved_t and said of every n-th mutation.

    The outcomes are those of the attacks, and traceback and hang.
    """
    results = []
    before = signal.signal(signal.SIGVTALRM, _stop)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            case = attacks.Case(Path(scratch) / "case")
            honest = evaluate(case.yaml)
            for table, kind, place in mutations()[::every]:
                if (made := damaged(table, kind, place)) is not None:
                    told = _told(case, table, made, honest)
                    results.append((table, kind, place, *told))
    finally:
        signal.signal(signal.SIGVTALRM, before)
    columns = ["table", "kind", "place", *attacks.Told._fields]
    return pd.DataFrame(results, columns=columns)


def _told(case: attacks.Case, table: str, made: bytes, honest) -> attacks.Told:
    """Return what became of the case with one table damaged; the table is put back."""
    path = case.folder / f"{table}.csv"
    path.unlink()
    path.write_bytes(made)
    signal.setitimer(signal.ITIMER_VIRTUAL, _HANG_S)
    try:
        return attacks.told(evaluate(case.yaml), honest)
    except Hangs:
        return attacks.Told("hang", [], 0.0, 0)
    except Exception:  # whatever it is, it is no refusal
        return attacks.Told("traceback", [], 0.0, 0, traceback.format_exc().strip()[-300:])
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        path.unlink()
        path.write_bytes((attacks.CASE / f"{table}.csv").read_bytes())


def counts(table: pd.DataFrame) -> pd.DataFrame:
    """Return the number of mutations by kind and outcome."""
    return pd.crosstab(table["kind"], table["outcome"])


def wrong(table: pd.DataFrame) -> pd.DataFrame:
    """Return the mutations that changed a total, or what was retired, and nothing told.

    Fewer certificates or credits are no wrong: who claims less needs no reason.
    """
    less = table["kind"].eq("row_deleted") & table["table"].isin(["certificates", "credits"])
    return table[table["outcome"].isin(["accepted", "worse"]) & ~less]


def closed() -> list[str]:
    """Return the kinds that may not change a total in silence."""
    return pd.read_csv(KINDS_TABLE).query("closed == 'yes'")["kind"].tolist()


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--every", type=int, default=1, help="every n-th mutation only")
    asked.add_argument("--close", action="store_true", help="mark the kinds that are closed")
    given = asked.parse_args()
    table = tried(given.every)
    print(counts(table).to_string())
    print(table["outcome"].value_counts().to_string())
    bad = [wrong(table), table[table["outcome"].isin(["traceback", "hang"])]]
    print(pd.concat(bad).drop(columns="rules").to_string(max_colwidth=150))
    if given.close:
        open_kinds = set(wrong(table)["kind"])
        marks = ["no" if kind in open_kinds else "yes" for kind in KINDS]
        held = pd.DataFrame({"kind": list(KINDS), "closed": marks})
        held.to_csv(KINDS_TABLE, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
