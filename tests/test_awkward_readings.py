"""Each awkward file of readings gives its truth in the case's tables, or is refused."""

import pandas as pd
import pytest
from awkward import Refused, unsaid
from awkward_readings import READINGS, SHANGHAI, Hours, Outdoor, Rows
from awkward_traps import TRAPS

from neutrality.case import tables
from neutrality.intake import importing, moments


@pytest.mark.slow
@pytest.mark.parametrize("trap", [*READINGS, *TRAPS], ids=lambda each: each.name)
def test_the_truth_is_found_or_the_file_is_refused(trap, tmp_path):
    case = tmp_path / "case"
    case.mkdir()
    path, truth = trap.make(tmp_path), trap.truth
    zone = getattr(truth, "zone", SHANGHAI)
    if isinstance(truth, Refused):
        with pytest.raises(ValueError) as refused:
            importing.import_file(case, path, zone)
        missing = [word for word in truth.words if word not in str(refused.value)]
        assert not missing, f"{missing} not in: {refused.value}"
        assert unsaid(str(refused.value).splitlines()) == []
        assert not list(case.glob("*.csv"))
        return
    lines = importing.import_file(case, path, zone)
    assert unsaid(lines) == []
    said = "\n".join(lines)
    missing = [word for word in getattr(truth, "said", ()) if word not in said]
    assert not missing, f"{missing} not in: {said}"
    {Hours: _hours, Rows: _rows, Outdoor: _outdoor}[type(truth)](case, truth)


def _hours(case, truth: Hours):
    table = pd.read_csv(case / "energy.csv", index_col="time")
    for meter, wanted in truth.kwh.items():
        for at, kwh in wanted.items():
            found = table[f"{meter}_kwh"].get(at)
            assert found == pytest.approx(kwh) if kwh is not None else pd.isna(found), (meter, at)
    for meter, total in truth.total.items():
        assert table[f"{meter}_kwh"].sum() == pytest.approx(total)


def _rows(case, truth: Rows):
    table = pd.read_csv(case / "meters.csv", keep_default_na=False)
    found = list(
        table[["meter", "start", "end", "amount", "unit"]].itertuples(index=False, name=None)
    )
    assert found == truth.rows
    if truth.quality:
        assert tuple(table["quality"]) == truth.quality
    assert {name: table[name].tolist() for name in truth.beside} == truth.beside
    tables.read(case, "meters", SHANGHAI)


def _outdoor(case, truth: Outdoor):
    table = pd.read_csv(case / "weather.csv", index_col="time")["outdoor_c"]
    assert {at: table[at] for at in truth.outdoor_c} == truth.outdoor_c


def test_days_that_could_be_months_are_asked_for():
    days = pd.Series([f"{day:02}/01/2025" for day in range(1, 13)])
    assert moments.moments(days).ambiguous  # 1 to 12 January, or the first of each month
    longer = pd.Series([f"{day:02}/01/2025" for day in range(1, 14)])
    assert moments.moments(longer).order == "day first"
