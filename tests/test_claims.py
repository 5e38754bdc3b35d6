"""Claims keep every digit on their way through files, and bad ones are refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrality import claims
from neutrality.claims import Claim
from neutrality.reference import status


def claim(id="residual_t", value=1308.8, unit="tCO2e", **more):
    return Claim(id, value, unit, label_zh="剩余排放", label_en="residual", **more)


def table(tmp_path, made):
    claims.write(made, tmp_path / "00.csv", "00")
    return claims.read(tmp_path / "00.csv")


# Files


def test_a_claim_comes_back_as_it_was_made(tmp_path):
    made = [
        claim(
            value=np.float64(0.1) + 0.2,
            low=0.1,
            high=1 / 3,
            level=0.95,
            digits=2,
            basis="market-based",
            year=2025,
            status="SINGLE",
            inputs="market_t;coal_tce",
        ),
        claim("credits_needed", 1309, "credits"),
    ]
    read = table(tmp_path, made)
    assert list(read.index) == ["residual_t", "credits_needed"]
    first, second = read.loc["residual_t"], read.loc["credits_needed"]
    assert (first.value, first.high, first.year, first.digits) == (0.1 + 0.2, 1 / 3, 2025, 2)
    assert (first.basis, first.inputs, first.label_zh, first.notebook) == (
        "market-based",
        "market_t;coal_tce",
        "剩余排放",
        "00",
    )
    assert (
        np.isnan(second.low)
        and second.year is pd.NA
        and second.status == ""
        and second.value == 1309
    )


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_no_digit_is_lost_in_the_file(tmp_path_factory, value):
    path = tmp_path_factory.getbasetemp() / "one.csv"
    claims.write([claim(value=value)], path, "00")
    assert claims.read(path).loc["residual_t", "value"] == value


def test_the_same_claims_give_the_same_bytes_in_the_order_they_were_made(tmp_path):
    made = [claim("b_t"), claim("a_t", float("nan"))]
    claims.write(made, tmp_path / "1.csv", "02")
    claims.write(iter(made), tmp_path / "2.csv", "02")
    text = (tmp_path / "1.csv").read_bytes()
    assert text == (tmp_path / "2.csv").read_bytes() and b"\r" not in text
    assert text.decode().splitlines()[0] == (
        "id,value,unit,low,high,level,digits,basis,year,status,tolerance,notebook,inputs,label_zh,label_en"
    )
    assert [line[:4] for line in text.decode().splitlines()[1:]] == ["b_t,", "a_t,"]


def test_claims_that_cannot_be_stated_are_refused_together(tmp_path):
    bad = [
        claim("a"),
        claim("a"),
        claim("B-1"),
        claim("c", float("inf")),
        claim("d", 5.0, low=6.0, high=7.0),
        claim("e", status="SURE"),
    ]
    with pytest.raises(ValueError) as refusal:
        claims.write(bad, tmp_path / "01.csv", "01")
    said = str(refusal.value)
    for part in (
        "claim a: made twice",
        "claim B-1",
        "claim c: its value or range is infinite",
        "6.0 to 7.0",
        "'SURE' is none of CONFIRMED",
    ):
        assert part in said
    assert not (tmp_path / "01.csv").exists()


def test_join_takes_the_notebooks_in_order_and_refuses_one_figure_made_twice(tmp_path):
    claims.write([claim("b_t")], tmp_path / "01.csv", "01")
    claims.write([claim("a_t")], tmp_path / "02.csv", "02")
    joined = claims.join(tmp_path)
    assert list(joined.index) == ["b_t", "a_t"] and list(joined["notebook"]) == ["01", "02"]
    claims.write([claim("b_t")], tmp_path / "03.csv", "03")
    with pytest.raises(ValueError, match="claim b_t is made in 01.csv and 03.csv"):
        claims.join(tmp_path)


def test_join_before_any_notebook_ran_says_so(tmp_path):
    with pytest.raises(ValueError, match="run the notebooks before this one first"):
        claims.join(tmp_path)


def test_a_claims_file_without_a_column_or_with_an_id_twice_is_refused(tmp_path):
    claims.write([claim()], tmp_path / "01.csv", "01")
    lines = (tmp_path / "01.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "01.csv").write_text("\n".join([lines[0], lines[1], lines[1]]), encoding="utf-8")
    with pytest.raises(ValueError, match="row 3: claim residual_t stands twice"):
        claims.read(tmp_path / "01.csv")
    (tmp_path / "01.csv").write_text(
        "\n".join(line.rpartition(",")[0] for line in lines), encoding="utf-8"
    )
    with pytest.raises(ValueError, match="column label_en is missing"):
        claims.read(tmp_path / "01.csv")


# Numbers as text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1308.8, 0, "1,309"),
        (1308.5, 0, "1,309"),
        (1309.5, 0, "1,310"),
        (-1308.5, 0, "−1,309"),
        (0.145, 2, "0.15"),
        (-29.853, 1, "−29.9"),
        (-0.4, 0, "0"),
        (1234567.0, 0, "1,234,567"),
        (19995.0, -2, "20,000"),
        (-1e-7, 3, "0.000"),
        (float("nan"), 0, "—"),
    ],
)
def test_numbers_are_rounded_half_away_from_zero_as_they_read(value, digits, text):
    assert claims.format(claim(value=value, digits=digits)) == text


def test_weakest_status_is_what_a_figure_inherits():
    assert status.weakest(["SINGLE", "RECALLED", "CONFIRMED", ""]) == "RECALLED"
    assert status.weakest([]) == ""


def test_a_claim_is_named_by_its_id_and_takes_the_notebooks_year(tmp_path):
    claims.write(
        [Claim("savings_cooling_mwh", 1.0, "MWh"), Claim("location_t", 1.0, "tCO2e", year=2023)],
        tmp_path / "01.csv",
        "01",
        2025,
    )
    read = claims.read(tmp_path / "01.csv")
    assert read["label_zh"].tolist() == ["节电量：制冷", "排放总量（基于位置）"] and read[
        "year"
    ].tolist() == [2025, 2023]


def test_stored_claims_hold_every_digit_in_csv_and_xlsx(tmp_path):
    claims.write(
        [claim(value=1 / 3, low=0.1, high=1.0)], tmp_path / "claims" / "01.csv", "01", 2025
    )
    joined = claims.join(tmp_path / "claims")
    claims.store(joined, tmp_path)
    pd.testing.assert_frame_equal(claims.read(tmp_path / "claims.csv"), joined)
    assert pd.read_excel(tmp_path / "claims.xlsx").loc[0, "value"] == 1 / 3
