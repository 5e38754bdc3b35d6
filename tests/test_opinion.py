"""The verifier's bench: tonnes come out again from the inputs, what was made wrong is found at its
size, and the draft says no more than the evidence allows."""

import shutil

import numpy as np
import pandas as pd
import pytest

from neutrality import sheets
from neutrality.report import disclosures
from neutrality.verifier import bench, opinion, recalculation, sampling
from neutrality.verifier.verify import Fault

GIVEN = {
    "reporting_year": 2025,
    "scheme": "DB11/T 1861-2021",
    "materiality_percent": 5.0,
    **{f"{name}_{lang}": name for name in ("entity", "site") for lang in ("zh", "en")},
}
CLEAN = {"known_t": 0.0, "projected_t": 0.0, "limit_t": 40.0, "rows": 0}
NOBODY = {"zh": "", "en": ""}


def reported(*rows):
    columns = ["table", "row", "rule", "severity", "zh", "en", "t_co2e"]
    return pd.DataFrame([(*row[:4], "中", "e", row[4]) for row in rows], columns=columns)


def sheet(*rows):
    names = ["table", "row", "what", "t_co2e", "recalculated_t", "difference_t"]
    return pd.DataFrame(rows, columns=names)


def test_findings_are_ranked_by_severity_and_size():
    found = opinion.findings(
        [Fault("manifest", "claims.csv", "has changed")],
        sheet(
            ("activities", 2, "heat", 10.0, 110.0, 100.0),
            ("activities", 3, "gas", 10.0, 9.0, -1.0),
            ("activities", 4, "petrol", 10.0, 10.0, 0.0),
            ("energy", 5, "bill", 10.0, np.nan, np.nan),
            ("energy", 6, "month", 10.0, 9.0, -1.0),
        ),
        reported(
            ("energy", 0, "stuck", "odd", np.nan),
            ("certificates", 0, "double_count", "odd", 70.0),
            ("credits", 0, "registry_unchecked", "unchecked", 1309.0),
            ("credits", 0, "programme_unchecked", "unchecked", np.nan),
        ),
        65.0,
        "stuck; programme_unchecked",
    )
    assert list(zip(found["severity"], found["rule"], strict=True)) == [
        ("nonconformity", "manifest"),
        ("material", "difference"),
        ("material", "double_count"),
        ("misstatement", "difference"),
        ("open", "registry_unchecked"),
        ("open", "by_hand"),
        ("observation", "filled"),
        ("settled", "stuck"),
        ("settled", "programme_unchecked"),
    ]
    assert found.loc[1, "en"] == (
        "heat: recalculated from the inputs it is 110.0 tCO₂e, the report has 10.0 tCO₂e"
    )


@pytest.mark.parametrize(
    ("severities", "amounts", "illustrative", "kind", "reason"),
    [
        ([], {}, False, "unmodified", None),
        (["observation", "settled", "misstatement"], {"known_t": 3.0}, False, "unmodified", None),
        (["open"], {}, False, "modified", "why_open"),
        (["material"], {}, False, "modified", "why_material"),
        ([], {"limit_t": 65.0}, False, "modified", "why_limit"),
        (["open"], {"known_t": 65.0}, False, "adverse", "why_known"),
        (["open"], {"known_t": 65.0, "rows": 2}, False, "disclaimed", "why_by_hand"),
        (["nonconformity"], {}, False, "disclaimed", "why_faults"),
        ([], {}, True, "disclaimed", "why_illustrative"),
    ],
)
def test_the_opinion_says_no_more_than_the_evidence_allows(
    severities, amounts, illustrative, kind, reason
):
    found = pd.DataFrame({"severity": severities})
    allowed = opinion.kind(found, CLEAN | amounts, 65.0, illustrative)
    assert allowed[0] == kind and (reason is None or reason in [id for id, _ in allowed[1]])
    drafted = opinion.draft(allowed, "limited", GIVEN, 1309.0, 65.0, NOBODY).set_index("item")
    assert list(drafted.index) == ["assurance_level", "verification_materiality", "opinion"]
    assert (drafted["evidence"] == "").all() and (drafted != None).all(axis=None)  # noqa: E711


def test_levels_of_assurance_differ_in_what_is_said():
    texts = {
        level: opinion.draft((opinion.UNMODIFIED, []), level, GIVEN, 1309.0, 65.4, NOBODY)
        .set_index("item")
        .loc["opinion"]
        for level in opinion.LEVELS
    }
    assert "is materially correct" in texts["reasonable"]["en"]
    assert "nothing shows" in texts["limited"]["en"]
    assert "公允反映" in texts["reasonable"]["zh"] and "未发现证据表明" in texts["limited"]["zh"]
    with pytest.raises(ValueError, match="choose one of reasonable, limited"):
        opinion.draft((opinion.UNMODIFIED, []), "full", GIVEN, 1.0, 1.0, NOBODY)


def test_the_report_refuses_the_draft_until_it_stands_in_a_document():
    verifier = {"zh": "某机构", "en": "A body"}
    drafted = opinion.draft((opinion.UNMODIFIED, []), "limited", GIVEN, 1309.0, 65.4, verifier)
    with pytest.raises(ValueError, match="opinion is printed only with the document"):
        disclosures.refuse(drafted, [])
    signed = drafted.assign(evidence="verification statement 17")
    disclosures.refuse(signed, [])
    assert (disclosures.shown(signed)["opinion"]["content_en"] != "").all()


def test_every_sentence_of_the_draft_is_in_both_languages():
    texts = sheets.packaged("texts/opinions.csv")
    assert (texts[["zh", "en"]] != "").all(axis=None) and texts["id"].is_unique
    named = [f"severity_{each}" for each in opinion.SEVERITIES]
    assert set(named) <= set(texts["id"])


def test_of_the_first_case_every_bill_and_block_comes_out_again(first_bundle):
    read = bench.opened(first_bundle, first_bundle, "")
    whole = recalculation.population(read.folder, read.inputs, read.given)
    again = recalculation.sheet(whole, read.inputs, read.given)
    value = read.claims["value"]
    by = again.groupby("table")["t_co2e"].sum()
    net_t = by["activities"] + by["energy"] - by["certificates"]
    assert net_t == pytest.approx(value["residual_t"], abs=1e-6)
    other = again[again["difference_t"] != 0]
    assert set(other["table"]) == {"energy"}  # hours that were filled for a gap
    filled = pd.read_csv(first_bundle / "tables" / "readings.csv")
    kwh = filled.query("meter == 'main' and year == 2025")["substituted_kwh"].sum()
    assert -other["difference_t"].sum() == pytest.approx(kwh * value["grid_factor"] / 1000)
    assert read.faults == [] and "nobody signed" in read.signed[0]


def test_a_finding_on_the_base_year_is_as_severe_as_its_size_there():
    told = reported(("factors", 0, "base_factor_old", "odd", float("nan")))
    for base_t, severity in ((-80.0, opinion.MATERIAL), (-8.0, opinion.OBSERVATION)):
        found = opinion.findings([], sheet(), told.assign(base_t_co2e=base_t), 65.4)
        assert found.iloc[0][["severity", "t_co2e"]].tolist() == [severity, base_t]


def test_a_row_that_was_made_wrong_is_found_at_its_size(first_bundle, tmp_path):
    folder = shutil.copytree(first_bundle, tmp_path / "2025")
    path = folder / "tables" / "emitted.csv"
    emitted = sheets.written(path)
    at = emitted[(emitted["source"] == "district_heat") & (emitted["month"] == "2025-01")].index
    emitted.loc[at, "t_co2e"] = "104.655"  # 100 t less than 1,860.5 GJ at 0.11 t
    emitted.to_csv(path, index=False)
    read = bench.opened(folder, tmp_path, "")
    whole = recalculation.population(read.folder, read.inputs, read.given)
    planned = sampling.plan(whole, 65.4, 0.95, 0.2, 2.0, seed=1)
    again = recalculation.sheet(planned[planned["why"] != ""], read.inputs, read.given)
    amounts = sampling.misstatement_t(planned.join(again["difference_t"]), 0.95)
    found = opinion.findings(read.faults, again, bench.reported(read), 65.4)
    worst = found[found["rule"] == "difference"].iloc[0]
    assert worst["severity"] == "material" and worst["t_co2e"] == pytest.approx(100.0)
    assert amounts["known_t"] >= 100.0
    assert opinion.kind(found, amounts, 65.4, False)[0] == opinion.DISCLAIMED  # faults, too
    corrected = found[found["severity"] != opinion.NONCONFORMITY]
    assert opinion.kind(corrected, amounts, 65.4, False)[0] == opinion.ADVERSE


def test_a_folder_that_is_neither_is_refused(tmp_path):
    (tmp_path / "claims").mkdir()
    with pytest.raises(ValueError, match="needs that of its inputs"):
        bench.opened(tmp_path, tmp_path, str(tmp_path / "2025.yaml"))
    with pytest.raises(ValueError, match="no such file or folder"):
        bench.opened(tmp_path / "nowhere", tmp_path, "")


def test_blocks_are_counted_by_their_numbers_to_the_last_digit():
    first, last = "12345678901234567890123400000001", "12345678901234567890123400000211"
    ends = {"serial_from": [first, "none"], "serial_to": [last, "none"]}
    blocks = pd.DataFrame(ends | {"instrument": "GEC", "quantity": [211, 5], "kwh": [2.11e5, 5e3]})
    assert recalculation._by_serials(blocks).to_dict() == {0: 211_000.0}
