"""Awkward files as they lie on disk: the same truth, or refused by row and what was found."""

import pytest
from awkward import Awkward, Clean, Refused
from awkward_files import FILES

from neutrality.files import layout, opening
from neutrality.files.numbers import decimal_mark, numbers


def found(path):
    """Return the tables of a file, hidden sheets included."""
    return [table for sheet in opening.read(path).sheets for table in layout.tables(sheet)]


def value_columns(table):
    """Return the columns that hold numbers more often than not."""
    held = [numbers(table.body[column]) for column in table.body]
    return [
        column
        for column, each in zip(table.body, held, strict=True)
        if each.values.notna().sum() * 2 > table.body[column].notna().sum()
    ]


def read(path):
    """Return the tables, refusing cells that are no numbers, as whoever takes a column does."""
    tables = found(path)
    for table in tables:
        mark = decimal_mark(table.body) or None
        for column in value_columns(table):
            for row, cell in numbers(table.body[column], mark).faulty.items():
                raise ValueError(f"{path.name}, row {row}: found {cell}")
    return tables


def check(table, clean: Clean):
    assert tuple(table.body.index) == clean.rows
    assert tuple(table.totals.index) == clean.totals
    kinds = dict(zip(table.left["row"], table.left["kind"], strict=True))
    assert {row: kinds.get(row) for row in clean.left} == clean.left
    column = {name: n for n, name in enumerate(table.headings)}
    mark = decimal_mark(table.body) or None
    for name, truth in clean.values.items():
        held = numbers(table.body[column[name]], mark)
        assert held.faulty.empty and not held.ambiguous
        assert [None if value != value else value for value in held.values] == truth, name
    assert {name: table.units[column[name]] for name in clean.units} == clean.units
    for name, truth in clean.texts.items():
        near = [pytest.approx(each) if isinstance(each, float) else each for each in truth]
        assert table.body[column[name]].tolist() == near


@pytest.mark.parametrize("trap", FILES, ids=lambda trap: trap.name)
def test_awkward_file_gives_its_truth_or_is_refused(trap: Awkward, tmp_path):
    path = trap.make(tmp_path)
    if isinstance(trap.truth, Refused):
        with pytest.raises(ValueError) as refused:
            read(path)
        assert [word for word in trap.truth.words if word not in str(refused.value)] == []
        return
    tables = read(path)
    assert len(tables) == len(trap.truth)
    for table, clean in zip(tables, trap.truth, strict=True):
        check(table, clean)


@pytest.mark.parametrize("trap", FILES, ids=lambda trap: trap.name)
def test_every_row_is_in_the_body_in_totals_or_told_as_left(trap: Awkward, tmp_path):
    path = trap.make(tmp_path)
    if isinstance(trap.truth, Refused):
        pytest.skip("is refused")
    for sheet in opening.read(path).sheets:
        held = []
        for table in layout.tables(sheet):
            lines = {*table.heading_rows, table.unit_row} - {0}
            held += [*table.body.index, *table.left["row"], *lines]
            assert {*table.totals.index} <= {*table.left["row"]}
        assert sorted(held) == list(sheet.cells.index)


def test_characters_whose_bytes_are_phonetic_letters_too_stay_chinese(tmp_path):
    """The bytes of 时 in GBK are UTF-8 for a letter of the phonetic alphabet."""
    path = tmp_path / "matrix.csv"
    hours = ",".join(f"{hour}时" for hour in range(1, 25))
    path.write_bytes(f"日期,{hours}\n2025/01/01,{','.join('1' * 24)}\n".encode("gb18030"))
    assert opening.read(path).sheets[0].cells.iloc[0].tolist()[:2] == ["日期", "1时"]
    path.write_bytes("时,kWh\n1,2\n".encode("gb18030"))
    with pytest.raises(ValueError, match="read as '时'"):
        opening.read(path)
    path.write_bytes("Время,λ,Ω\n1,2,3\n".encode())
    assert opening.read(path).sheets[0].cells.iloc[0].tolist()[:2] == ["Время", "λ"]
