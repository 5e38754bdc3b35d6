"""Serial numbers: the published ones, the two forms of Verra's, the Gold Standard's, and that no
field is lost.
"""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledgers import serial

from neutrality.ledger import serials

SERIAL = serials.EXAMPLES["VCS"]


def fields(text):
    """The fields of a serial as they are written, in their order."""
    found = next(filter(None, (form.fullmatch(text) for form in serials.FORMS.values())))
    return [part for part in found.groups() if part is not None]


def read(text):
    return serials.parsed(pd.Series([text])).iloc[0]


def test_published_serial_holds_187_credits():
    found = read(SERIAL)
    assert (
        found["quantity"],
        found["project_id"],
        found["country"],
        found["scope"],
        found["certified"],
    ) == (187, 3005, "CN", "13", "0")
    assert (found["vintage_start"], found["vintage_end"]) == (
        pd.Timestamp("2022-01-01"),
        pd.Timestamp("2022-10-31"),
    )


def test_older_serial_of_twelve_fields_is_read():
    text = "8040-449402275-449402275-VCU-042-MER-PE-14-1360-01072013-30062014-1"
    found = read(text)
    assert (found["quantity"], found["project_id"], found["programme"], found["certified"]) == (
        1,
        1360,
        "VCS",
        "1",
    )
    assert len(fields(text)) == 12 and len(fields(SERIAL)) == 13


@pytest.mark.parametrize(
    ("text", "quantity", "year"),
    [
        ("GS1-1-KE-GS11603-16-2025-30256-110-5463", 5354, 2025),
        ("GS1-1-CR-GS2913-22-2025-30184-3-3", 1, 2025),
        ("GS1-1-CL-GS12065-12-2023-30073-1-117192", 117192, 2023),
    ],
)
def test_gold_standards_own_rows_hold_their_quantity(text, quantity, year):
    found = read(text)
    assert (found["programme"], found["quantity"]) == ("GS", quantity)
    assert found["vintage_start"].year == found["vintage_end"].year == year


def test_issuances_of_gold_standard_count_apart_and_verras_batches_together():
    spaces = serials.parsed(
        pd.Series(
            [
                "GS1-1-KE-GS1-16-2025-1-1-9",
                "GS1-1-KE-GS1-16-2025-2-1-9",
                serial(1, 9),
                serial(5, 9, batch=901),
            ]
        )
    )["space"]
    assert spaces.nunique() == 3 and spaces[2] == spaces[3]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nan",
        SERIAL[:-2],
        SERIAL + "-0",
        SERIAL.replace("31102022", "31022022"),
        serial(9, 8),
        "GS1-1-KE-GS1-16-2025-1-9-1",
        "CCER-2024-0001",
        SERIAL.replace("VCU", "VCX"),
        SERIAL.replace("-CN-", "-CHN-"),
        serial(vintage=("01012023", "31122022")),
        SERIAL.replace("-0", "-O"),
    ],
)
def test_what_is_no_valid_serial_is_left_out(text):
    assert serials.parsed(pd.Series([text])).empty


number, code = (
    st.integers(0, 10**9).map(str),
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2),
)
day = st.dates().map(lambda date: f"{date:%d%m%Y}").filter(lambda text: len(text) == 8)
verra = st.tuples(
    number,
    number,
    number,
    st.sampled_from(["VCS-VCU", "VCU"]),
    number,
    st.sampled_from(["VER", "MER", "APX"]),
    code,
    st.sampled_from(["1", "3", "14", "13;15"]),
    number,
    day,
    day,
    st.sampled_from("01"),
)
gold = st.tuples(
    st.just("GS1-1"),
    code,
    number.map("GS{}".format),
    number,
    st.integers(2000, 2100).map(str),
    number,
    number,
    number,
)


@given(st.one_of(verra, gold).map("-".join))
def test_the_fields_of_a_serial_joined_are_the_serial(text):
    assert "-".join(fields(text)) == text and len(fields(text)) in (12, 13, 9)


@given(st.integers(1, 10**9), st.integers(0, 10**6))
def test_a_block_holds_its_last_number_less_its_first_and_one(start, more):
    assert read(serial(start, start + more))["quantity"] == more + 1
