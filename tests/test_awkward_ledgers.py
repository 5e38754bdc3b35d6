"""Awkward lists of certificates and exports of credits: of each row the truth, or why not."""

import awkward_certificates
import awkward_credits
import pytest
from awkward import unsaid
from awkward_ledgers import Ledger

from neutrality.case import tables
from neutrality.ledger import certificate_lists, certificate_periods, ledger_files, registry
from neutrality.texts import messages

TRAPS = [*awkward_certificates.TRAPS, *awkward_credits.TRAPS]


def imported(trap: Ledger, folder):
    """Return what an import of the file by its headings did, as the command does it."""
    (folder / "case").mkdir()
    path = trap.make(folder)
    if certificate_lists.is_list(path):
        return "certificates", certificate_lists.import_list(folder / "case", path, 2025, trap.who)
    if not registry.is_export(path):
        raise ValueError("no list and no export")
    return "credits", registry.import_export(folder / "case", path, 2025, trap.who)


def periods(rows, table):
    """Return month, or first and last, of certificates; of credits those of their vintage."""
    if table == "certificates":
        return certificate_periods.with_periods(rows)["month"].tolist()
    ends = (rows[name].dt.strftime("%Y-%m") for name in ("vintage_start", "vintage_end"))
    return ["/".join(pair) for pair in zip(*ends, strict=True)]


@pytest.mark.slow
@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_each_row_is_taken_as_it_is_or_left_with_its_reason(trap: Ledger, tmp_path):
    if trap.refused:
        with pytest.raises(ValueError) as refused:
            imported(trap, tmp_path)
        assert [word for word in trap.refused if word not in str(refused.value)] == []
        assert messages.whole(str(refused.value))
        return
    table, made = imported(trap, tmp_path)
    left = dict(zip(made.left["row"], made.left["why"], strict=True))
    found = dict(
        zip(
            made.taken.index,
            zip(made.taken["quantity"], periods(made.taken, table), strict=True),
            strict=True,
        )
    )
    assert (found, sorted(left)) == (trap.taken, sorted(trap.left)), left
    assert {row: left[row] for row, word in trap.left.items() if word not in left[row]} == {}
    lines = ledger_files.summary(made, "list.csv", table)
    assert unsaid(lines) == []
    said = "\n".join(made.remarks)
    assert [word for word in trap.remarks if word not in said] == [], said
    for column, value in trap.holds.items():
        assert str(made.taken[column].iloc[0]).removesuffix(" 00:00:00") == value
    if trap.holds:
        assert tables.problems(tmp_path / "case", table) == []
