"""Claims keep every digit on their way through files, and bad ones are refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrality import claims, register
from neutrality.claims import Claim
from neutrality.reference import status


def claim(id="residual_t", value=1308.8, unit="tCO2e", **more):
    return Claim(id, value, unit, label_zh="剩余排放", label_en="residual", **more)


def table(tmp_path, made):
    claims.write(made, tmp_path / "00.csv")
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
            notebook="03",
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
        "03",
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
    claims.write([claim(value=value)], path)
    assert claims.read(path).loc["residual_t", "value"] == value


def test_the_same_claims_give_the_same_bytes_in_the_order_they_were_made(tmp_path):
    made = [claim("b_t"), claim("a_t", float("nan"))]
    claims.write(made, tmp_path / "1.csv")
    claims.write(iter(made), tmp_path / "2.csv")
    text = (tmp_path / "1.csv").read_bytes()
    assert text == (tmp_path / "2.csv").read_bytes() and b"\r" not in text
    assert text.decode().splitlines()[0] == (
        "id,value,unit,low,high,level,digits,basis,year,status,notebook,inputs,label_zh,label_en"
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
        claims.write(bad, tmp_path / "01.csv")
    said = str(refusal.value)
    for part in (
        "claim a: stated twice",
        "claim B-1",
        "claim c: its value or range is infinite",
        "6.0 to 7.0",
        "'SURE' is none of CONFIRMED",
    ):
        assert part in said
    assert not (tmp_path / "01.csv").exists()


def test_join_takes_the_notebooks_in_order_and_refuses_one_figure_made_twice(tmp_path):
    claims.write([claim("b_t")], tmp_path / "01.csv")
    claims.write([claim("a_t")], tmp_path / "02.csv")
    joined = claims.join(tmp_path)
    assert list(joined.index) == ["b_t", "a_t"]
    claims.write([claim("b_t")], tmp_path / "03.csv")
    with pytest.raises(ValueError, match="claim b_t is made in 01.csv and 03.csv"):
        claims.join(tmp_path)


def test_join_before_any_notebook_ran_says_so(tmp_path):
    with pytest.raises(ValueError, match="run the earlier notebooks first"):
        claims.join(tmp_path)


def test_a_claims_file_without_a_column_or_with_an_id_twice_is_refused(tmp_path):
    claims.write([claim()], tmp_path / "01.csv")
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


def test_stored_claims_hold_every_digit_in_csv_and_xlsx(tmp_path):
    claims.write([claim(value=1 / 3, low=0.1, high=1.0)], tmp_path / "claims" / "01.csv")
    joined = claims.join(tmp_path / "claims")
    claims.store(joined, tmp_path)
    pd.testing.assert_frame_equal(claims.read(tmp_path / "claims.csv"), joined)
    book = pd.read_excel(tmp_path / "claims.xlsx", index_col=0)
    assert book.loc["residual_t", "value"] == 1 / 3


# Stating


def stating(tmp_path, notebook="05", illustrative=False, **statuses):
    """A context of a case without tables, in which earlier notebooks stated `statuses`."""
    earlier = [
        Claim(id, 1.0, "x", status=status, inputs="energy") for id, status in statuses.items()
    ]
    claims.write(earlier, tmp_path / "out" / "claims" / "00.csv")
    (tmp_path / "case").mkdir(exist_ok=True)
    return claims.Context(notebook, tmp_path / "case", tmp_path / "out", illustrative, 2025, 2023)


def closing(**more):
    """The claims that notebook 05 must state."""
    return {"counterfactual_t": 3.0, "savings_t": (1.0, 0.5, 2.0, 0.9), "bridge_gap_t": -0.0} | more


BEFORE = dict.fromkeys(
    (
        "counterfactual_mwh",
        "electricity_mwh",
        "grid_factor",
        "location_t",
        "savings_mwh",
        "market_t",
    ),
    "CONFIRMED",
) | {"avoided_green_t": "SINGLE", "uncovered_factor_t": "", "residual_t": "ASSUMED"}


def test_the_register_gives_unit_digits_names_and_inputs(tmp_path):
    context = stating(tmp_path, **BEFORE)
    claims.state(context, **closing(sink_on_mu=9.8, forest_ha=133.3))
    made = claims.read(tmp_path / "out" / "claims" / "05.csv")
    saved = made.loc["savings_t"]
    assert (saved.unit, saved.digits, saved.year, saved.level) == ("tCO2e", 0, 2025, 0.9)
    assert (saved.inputs, saved.label_zh) == (
        "savings_mwh;grid_factor",
        "节电量折合吨数（相对无节能情景）",
    )
    assert "-0.0" not in (tmp_path / "out" / "claims" / "05.csv").read_text(encoding="utf-8")


def test_status_is_the_weakest_of_the_inputs_in_whatever_order_claims_are_stated(tmp_path):
    context = stating(tmp_path, **BEFORE)
    shown = claims.state(context, sink_on_mu=9.8, forest_ha=133.3, coal_tce=1.0, **closing())
    status = claims.read(tmp_path / "out" / "claims" / "05.csv")["status"]
    assert status["forest_ha"] == "CONFIRMED"  # mu_per_ha
    assert status["sink_on_mu"] == "ASSUMED"  # of residual_t and forest_ha
    assert status["coal_tce"] == "SINGLE"  # of avoided_green_t and co2_per_tce_266
    assert status["bridge_gap_t"] == "SINGLE"  # by counterfactual_t, and avoided_green_t
    assert shown.index[0] == "sink_on_mu"


def test_tables_of_an_illustrative_case_are_assumed_and_others_have_no_status(tmp_path):
    for illustrative, expected in ((True, "ASSUMED"), (False, "")):
        context = stating(tmp_path, illustrative=illustrative, **BEFORE)
        claims.state(context, **closing(led_share=100.0))
        made = claims.read(tmp_path / "out" / "claims" / "05.csv")
        assert made.at["led_share", "status"] == expected


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"residual_tt": 1.0}, "claim 'residual_tt' has no row .* did you mean 'residual_t'"),
        ({"credits_needed": 1.0}, "claim credits_needed: .* gives it to notebook 03"),
        ({"coal_tce": float("inf")}, "claim coal_tce: its value or range is infinite"),
        ({"coal_tce": (1.0, 2.0, 3.0, 0.9)}, "its range 2.0 to 3.0 does not hold its value 1.0"),
    ],
)
def test_what_the_register_does_not_hold_is_refused(tmp_path, values, said):
    context = stating(tmp_path, **BEFORE)
    with pytest.raises(ValueError, match=said):
        claims.state(context, **closing(**values))
    assert not (tmp_path / "out" / "claims" / "05.csv").exists()


def test_a_required_claim_that_nobody_states_is_refused(tmp_path):
    stated = closing()
    del stated["savings_t"]
    with pytest.raises(ValueError, match="claim savings_t: notebook 05 must state it"):
        claims.state(stating(tmp_path, **BEFORE), **stated)


def test_an_input_that_leads_nowhere_is_refused(tmp_path):
    known = {id: status for id, status in BEFORE.items() if id != "location_t"}
    with pytest.raises(ValueError, match="'location_t' is no claim, table, factor, coefficient"):
        claims.state(stating(tmp_path, **known), **closing())


def test_claims_that_rest_on_each_other_are_refused(tmp_path, monkeypatch):
    entries = register.entries()
    loop = {"coal_tce": "led_share", "led_share": "coal_tce"}
    looped = {
        id: replace(entry, inputs=loop.get(id, entry.inputs)) for id, entry in entries.items()
    }
    monkeypatch.setattr(register, "entries", lambda: looped)
    with pytest.raises(ValueError, match="rest on each other: coal_tce, led_share"):
        claims.state(stating(tmp_path, **BEFORE), **closing(coal_tce=1.0, led_share=1.0))
