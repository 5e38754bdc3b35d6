"""Files as people have them, into a case: the truth they were made from is in its tables."""

import hashlib

import numpy as np
import pandas as pd
import pytest
import shanghai
import yaml
from awkward import rows_in, unsaid, workbook
from awkward_readings import LOAD, WEEK, bills, csv, stamped

from neutrality import cli
from neutrality.case import tables, writing
from neutrality.commands import files
from neutrality.energy import bill_checks, periods, site_load
from neutrality.intake import importing
from neutrality.intake.mapping import Question
from neutrality.runner import new

ZONE = shanghai.ZONE


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a new case, the files, their truth, and what the imports said."""
    folder = tmp_path_factory.mktemp("shanghai")
    told = {"timezone": ZONE}
    case = new.new("shanghai-campus", folder / "params", shanghai.YEAR, told=told)
    truth = shanghai.truth(until=f"{shanghai.YEAR}-03-15")
    files = shanghai.make(folder, truth)
    said = {name: importing.import_file(case, path, ZONE) for name, path in files.items()}
    return case, files, truth, said


@pytest.fixture
def case(tmp_path):
    (tmp_path / "case").mkdir()
    return tmp_path / "case"


def take(case, make):
    return importing.import_file(case, make(case.parent), ZONE)


def held(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.slow
def test_registers_by_the_hour_are_the_hours_they_were_made_from(made):
    case, _, truth, _ = made
    energy = tables.read(case, "energy", ZONE).tz_convert(ZONE).tz_localize(None)
    year = truth.main.index.year == shanghai.YEAR
    for name, kwh in (
        ("main", truth.main),
        ("lighting", truth.lighting),
        ("meter_1", truth.floor_1),
    ):
        assert np.allclose(energy[f"{name}_kwh"], kwh[year], atol=0.011), name  # register: 0.01 kWh
    named = tables.read(case, "labels").set_index("id")
    assert named.loc["meter_1", "zh"] == "1F办公区"


def test_bills_are_taken_with_their_read_dates_beside_the_main_meter(made):
    case, _, truth, said = made
    rows = tables.read(case, "meters", ZONE).query("meter == 'grid_bills'")
    assert rows["amount"].tolist() == truth.billed.round().tolist()
    assert periods.local(rows["start"], ZONE).tolist() == list(shanghai.READS[:-1])
    assert periods.local(rows["end"], ZONE).tolist() == list(shanghai.READS[1:])
    text = "\n".join(said["bills"])
    assert "totals are our sums" in text and "RMB in 2025; the highest demand is" in text
    parts = rows[["sharp_peak", "peak", "flat", "valley"]].sum(axis=1)
    assert parts.tolist() == rows["amount"].tolist()
    kwh = rows["amount"].astype(int)
    assert rows["demand_kw"].tolist() == (260 + kwh % 40).tolist()
    assert rows["cost"].tolist() == pytest.approx((kwh * 0.78).round(2).tolist())
    assert set(rows["currency"]) == {"RMB"}
    # One bill lies between the first hour and the last.
    later = "\n".join(said["submeters"])
    assert "are now grid_bills" in later and "1 bill(s) compared with the main meter" in later


def test_heat_and_gas_go_into_the_inventory_by_days(made):
    case, _, truth, _ = made
    rows = tables.read(case, "activities").set_index(["source", "month"])["amount"]
    heat = {f"{at:%Y-%m}": gj for at, gj in truth.heat_gj.items()}
    assert rows["district_heat"].to_dict() == heat
    assert rows["natural_gas"].sum() == pytest.approx(truth.gas_m3.sum(), abs=1e-4)
    # Two months' bill: 31 and 28 days of 59.
    assert rows["natural_gas", f"{shanghai.YEAR}-01"] == pytest.approx(900 * 31 / 59, abs=1e-6)


def test_weather_in_utc_stands_at_the_hours_it_was_measured(made):
    case, _, truth, _ = made
    outdoor_c = tables.read(case, "weather", ZONE)["outdoor_c"].tz_convert(ZONE).tz_localize(None)
    assert (outdoor_c == truth.outdoor_c).all()


def test_the_files_are_kept_with_their_hashes(made):
    case, files, _, _ = made
    raw = case / "import" / "raw"
    assert held(raw) == {path.name: path.read_bytes() for path in files.values()}
    taken = {}
    for mapping in (case / "import").glob("*.yaml"):
        taken |= yaml.safe_load(mapping.read_text(encoding="utf-8"))["taken"]
    assert taken == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files.values()
    }


def test_a_second_run_takes_nothing_twice(made):
    case, files, _, _ = made
    before = held(case)
    for path in files.values():
        said = "\n".join(importing.import_file(case, path, ZONE))
        assert "nothing new" in said
    assert held(case) == before


def test_overlapping_readings_are_taken_once_and_the_rest_added(case):
    take(case, csv(("时间", stamped(WEEK[:96])), ("总表(kWh)", LOAD[:96]), name="a1.csv"))
    said = take(case, csv(("时间", stamped(WEEK[72:])), ("总表(kWh)", LOAD[72:]), name="a2.csv"))
    assert "72 hour(s) added; 24 value(s) were there already" in "\n".join(said)
    energy = tables.read(case, "energy", ZONE)["main_kwh"]
    assert energy.tolist() == LOAD


def test_hours_go_into_a_new_case_whose_other_tables_are_templates(tmp_path):
    case = new.new("tower", tmp_path / "params", shanghai.YEAR)
    said = take(case, csv(("时间", stamped(WEEK)), ("总表(kWh)", LOAD), name="a.csv"))
    assert "168 hour(s) added" in "\n".join(said)
    assert (case / "energy.csv").read_text("utf-8-sig").splitlines()[0] == "time,main_kwh"


def test_another_value_for_the_same_hour_is_refused_with_both_rows(case):
    take(case, csv(("时间", stamped(WEEK)), ("总表(kWh)", LOAD), name="a1.csv"))
    before = held(case)
    with pytest.raises(ValueError, match="row 2: main has 21 kWh .* energy.csv, row 2 has 23"):
        take(case, csv(("时间", stamped(WEEK)), ("总表(kWh)", [21.0, *LOAD[1:]]), name="a2.csv"))
    assert held(case) == before


def test_a_hidden_column_is_taken_and_named(case):
    def fill(book):
        rows_in(
            book, ["时间", "总表(kWh)", "照明(kWh)"], *zip(stamped(WEEK), LOAD, LOAD, strict=True)
        )
        book.active.column_dimensions["C"].hidden = True

    said = "\n".join(take(case, workbook("hidden.xlsx", fill)))
    assert "1 hidden column(s) were read too: C" in said and not unsaid(said.splitlines())


def test_a_bill_that_contradicts_the_table_is_refused_with_both_rows(case):
    take(case, bills("2025-01-01,2025-01-31,1200", name="a1.csv"))
    with pytest.raises(ValueError, match=r"row 2: main has 1,300 .* meters.csv, row 2 has 1,200"):
        take(case, bills("2025-01-01,2025-01-31,1300", name="a2.csv"))


def test_a_question_is_kept_in_the_mapping_and_its_answer_is_used_next_year(case):
    heading = "起始日期,截止日期,用电量"
    with pytest.raises(ValueError, match="in which unit"):
        take(case, bills("2025-01-01,2025-01-31,1.2", heading=heading, name="b2025.csv"))
    (path,) = (case / "import").glob("*.yaml")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"unit": "?"', '"unit": "MWh"'), encoding="utf-8")
    take(case, bills("2025-01-01,2025-01-31,1.2", heading=heading, name="b2025.csv"))
    take(case, bills("2026-01-01,2026-01-31,1.3", heading=heading, name="b2026.csv"))
    rows = tables.read(case, "meters", ZONE)
    assert rows[["amount", "unit"]].values.tolist() == [[1.2, "MWh"], [1.3, "MWh"]]
    taken = yaml.safe_load(path.read_text(encoding="utf-8"))["taken"]
    assert list(taken) == ["b2025.csv", "b2026.csv"]


def test_an_answer_at_the_terminal_is_used_and_kept(case):
    asked = []

    def ask(question):
        asked.append(question.asks)
        return "kWh"

    make = bills("2025-01-01,2025-01-31,1200", heading="起始日期,截止日期,用电量")
    importing.import_file(case, make(case.parent), ZONE, ask)
    assert len(asked) == 1 and tables.read(case, "meters", ZONE)["unit"].tolist() == ["kWh"]


def test_a_unit_that_changes_under_the_same_headings_is_refused(case, tmp_path):
    head = "时间,总表\n{}\n"
    rows = "".join(f"{at},{kwh}\n" for at, kwh in zip(stamped(WEEK), LOAD, strict=True))
    first, second = tmp_path / "c1.csv", tmp_path / "c2.csv"
    first.write_text(head.format(",kWh") + rows, encoding="utf-8")
    second.write_text(head.format(",MWh") + rows, encoding="utf-8")
    importing.import_file(case, first, ZONE)
    with pytest.raises(ValueError, match="is in MWh, and was in kWh"):
        importing.import_file(case, second, ZONE)


def test_bills_that_came_first_step_aside_for_hours(case):
    take(case, bills("2025-03-03,2025-03-09,9999", "2025-03-10,2025-03-16,9", name="bills.csv"))
    said = take(case, csv(("时间", stamped(WEEK)), ("总表(kWh)", LOAD), name="hours.csv"))
    rows = tables.read(case, "meters", ZONE)
    assert rows["meter"].tolist() == ["grid_bills", "grid_bills"]
    assert "1 of 1 bills differ from the main meter" in "\n".join(said)


def test_megawatt_hours_under_kilowatt_hours_are_found_by_the_bills(case):
    take(
        case,
        csv(("时间", stamped(WEEK)), ("总表(kWh)", [kwh / 1000 for kwh in LOAD]), name="h.csv"),
    )
    said = take(
        case, bills(f"2025-03-03,2025-03-09,{sum(LOAD)}", "2025-03-10,2025-03-16,9", name="b.csv")
    )
    assert f"billed {sum(LOAD):,.0f} kWh, metered 6 kWh" in "\n".join(said)


def test_bills_within_the_tolerance_are_no_finding():
    hours = pd.date_range("2025-01-01", "2025-02-01", freq="h", inclusive="left", tz=ZONE)
    energy = pd.DataFrame({"main_kwh": 10.0}, hours.tz_convert("UTC"))
    row = {"meter": "grid_bills", "energy": "electricity", "unit": "MWh", "amount": 7.44}
    row |= {
        "start": hours[0],
        "end": hours[-1] + pd.Timedelta(hours=1),
        "quality": "",
        "source": "",
    }
    rows = pd.DataFrame([row], [2])
    for name in ("start", "end"):
        rows[name] = rows[name].dt.tz_convert("UTC")
    load, _ = site_load.readings(energy, rows, ZONE)
    assert bill_checks.findings(load, rows, 2.0) == []
    (found,) = bill_checks.findings(load, rows.assign(amount=7.44 * 1.03), 2.0)
    assert found.kwh == pytest.approx(0.03 * 7440) and "row 2" in found.en and "第 2 行" in found.zh


def test_check_shows_bills_that_differ_and_no_file_of_import_is_a_stray(made, capsys):
    case, *_ = made
    path = case / "import" / "raw" / "meters (1).csv"
    path.write_text("a,b\n")
    rows = (case / "meters.csv").read_text(encoding="utf-8-sig")
    (case / "meters.csv").write_text(rows.replace(",44879.0,", ",54879.0,"), encoding="utf-8-sig")
    cli.main(["check", str(case / f"{shanghai.YEAR}.yaml")])
    (case / "meters.csv").write_text(rows, encoding="utf-8-sig")
    path.unlink()
    said = capsys.readouterr().out
    assert "1 of 1 bills differ from the main meter by more than 2 %" in said
    assert "meters (1)" not in said and "import" not in said


def three_weeks(seed: int = 3):
    """Return hours and a load with working days, for stamps that begin and end within a day."""
    hours = pd.date_range("2025-03-01", periods=24 * 21, freq="h")
    work = (hours.hour >= 8) & (hours.hour < 18)
    return hours, (work * 50.0 + np.random.default_rng(seed).normal(20, 5, len(hours))).round(2)


def test_stamps_of_rows_by_meter_are_told_by_any_meter_that_the_case_has(case):
    hours, kwh = three_weeks()
    take(case, csv(("时间", stamped(hours)), ("照明(kWh)", kwh), name="lighting.csv"))
    part = pd.DataFrame({"时间": stamped(hours[5:-7] + pd.Timedelta(hours=1))})
    both = [part.assign(表名=name, **{"电量(kWh)": kwh[5:-7] * 3}) for name in ("总表", "插座")]
    table = pd.concat(both).sort_values("时间", kind="stable")
    said = take(case, csv(*((name, table[name].tolist()) for name in table), name="part.csv"))
    assert "stamps: end" in "\n".join(said) and "change with those of lighting" in "\n".join(said)


def test_stamps_are_asked_for_where_meters_contradict_each_other_or_tell_little(case):
    hours, kwh = three_weeks()
    columns = ("总表(kWh)", kwh), ("照明(kWh)", np.roll(kwh, -1))
    take(case, csv(("时间", stamped(hours)), *columns, name="all.csv"))
    part = ("时间", stamped(hours[5:-7]))
    with pytest.raises(ValueError, match="start or end.*contradict each other"):
        take(case, csv(part, ("插座(kWh)", kwh[5:-7]), name="a.csv"))
    flat = np.random.default_rng(4).normal(20, 5, len(hours) - 12).round(2)
    with pytest.raises(ValueError, match="start or end.*no other meter tells"):
        take(case, csv(part, ("空调(kWh)", flat), name="b.csv"))


def test_stamps_are_told_by_another_meter_of_the_site(case):
    rng = np.random.default_rng(3)
    hours = pd.date_range("2025-03-01", periods=24 * 21, freq="h")
    work = ((hours.hour >= 8) & (hours.hour < 18)) * 50.0 + rng.normal(20, 5, len(hours))
    take(case, csv(("时间", stamped(hours)), ("总表(kWh)", work.round(2)), name="main.csv"))
    part = hours[5:-7]  # no whole days: neither the first nor the last stamp tells
    made = csv(
        ("时间", stamped(part + pd.Timedelta(hours=1))),
        ("照明(kWh)", (work[5:-7] / 3).round(2)),
        name="part.csv",
    )
    said = "\n".join(take(case, made))
    assert "stamps: end" in said and "change with those of main (r = " in said
    assert "change with those of main" in (case / "import" / "part.yaml").read_text(
        encoding="utf-8"
    )
    energy = tables.read(case, "energy", ZONE)
    both = energy.dropna()
    assert np.allclose(both["lighting_kwh"] * 3, both["main_kwh"], atol=0.02)


def test_accounts_of_one_site_are_summed_where_the_mapping_says_so(case):
    heading = "户号,起始日期,截止日期,用电量(kWh)"
    rows = ["31001,2025-01-01,2025-01-31,100", "31002,2025-01-01,2025-01-31,50"]
    with pytest.raises(ValueError, match="2 accounts of electricity"):
        take(case, bills(*rows, heading=heading))
    (path,) = (case / "import").glob("*.yaml")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('": "?"', '": "main"'), encoding="utf-8")
    take(case, bills(*rows, heading=heading))
    assert tables.read(case, "meters", ZONE)["amount"].tolist() == [150.0]


def test_heat_that_was_typed_is_not_counted_again(case):
    (case / "activities.csv").write_text(
        "month,source,scope,line,amount,unit,factor_id\n"
        "2025-01,steam,2,inventory,30,GJ,heat_default\n"
    )
    made = bills("2025-01-01,2025-01-31,30", heading="起始日期,截止日期,用热量(GJ)", name="热.csv")
    with pytest.raises(ValueError, match="row 2: 2025-01 has 30 GJ of 'steam'"):
        take(case, made)


def test_a_later_bill_completes_a_month_that_was_made_by_days(case):
    heading = "起始日期,截止日期,用热量(GJ)"
    take(
        case,
        bills(
            "2025-01-01,2025-01-10,10", "2025-01-11,2025-01-20,10", heading=heading, name="热1.csv"
        ),
    )
    said = take(case, bills("2025-01-21,2025-02-09,40", heading=heading, name="热2.csv"))
    rows = tables.read(case, "activities").set_index("month")["amount"]
    assert rows.to_dict() == {"2025-01": 42.0, "2025-02": 18.0}
    assert "in part only: 2025-02 (9 of 28 days)" in "\n".join(said)


def test_a_disk_that_fails_leaves_every_table_as_it_was(case, monkeypatch):
    take(case, bills("2025-01-01,2025-01-31,1200", name="a1.csv"))
    before, replace = held(case), writing.Path.replace
    count = iter(range(100))

    def failing(self, target):
        if next(count) == 1:
            raise OSError("no space left")
        return replace(self, target)

    monkeypatch.setattr(writing.Path, "replace", failing)
    with pytest.raises(OSError, match="no space left"):
        take(case, bills("2025-02-01,2025-02-28,1100", name="a2.csv"))
    assert held(case) == before


def test_a_person_chooses_by_number_or_word_and_may_end_the_questions(monkeypatch):
    question = Question(("stamps",), "start or end?", ("start", "end"))
    answers = iter(["", "neither", "2"])
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    assert files._ask(question, "en") == "end"

    def ended(_):
        raise EOFError

    monkeypatch.setattr("builtins.input", ended)
    with pytest.raises(ValueError, match="nothing was taken"):
        files._ask(question, "en")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("file: [", "line 1"),
        ("file: 'x*.csv'\ntables: 3\n", "tables"),
        ("file: 'x*.csv'\ntables: []\nunknown: 1\n", "unknown"),
    ],
)
def test_a_broken_mapping_is_refused_by_its_place(case, content, said):
    (case / "import").mkdir()
    (case / "import" / "x.yaml").write_text(content)
    with pytest.raises(ValueError, match=said):
        take(case, bills("2025-01-01,2025-01-31,1200"))


def test_the_command_line_says_what_was_taken_and_what_not(made, capsys, tmp_path):
    case, files, _, _ = made
    assert cli.main(["import", str(case), str(files["heat"]), str(files["gas"])]) == 0
    assert "heat_meter 980.75 GJ" in capsys.readouterr().out
    other = tmp_path / "notes.csv"
    other.write_text("a,b\n1,2\n")
    assert cli.main(["import", str(case), str(other)]) == 1
    assert "neither readings, outdoor temperature" in capsys.readouterr().err
    assert cli.main(["import", str(tmp_path / "none"), str(other)]) == 1
    assert "no such folder of a case" in capsys.readouterr().err
    for broken in (tmp_path / "none.csv", tmp_path):
        assert cli.main(["import", str(case), str(broken)]) == 1
        assert broken.name in capsys.readouterr().err
    (tmp_path / "2025.yaml").write_text("timezone: Asia/Shangai\n")
    assert cli.main(["import", str(tmp_path), str(other)]) == 1
    assert "found Asia/Shangai" in capsys.readouterr().err


def test_mean_temperatures_of_days_are_no_hours(case):
    days = pd.date_range("2025-01-01", periods=20).strftime("%Y-%m-%d")
    path = case.parent / "weather.csv"
    pd.DataFrame({"日期": days, "平均气温(℃)": 4.5}).to_csv(path, index=False)
    with pytest.raises(ValueError, match="24 hours apart; give the hourly outdoor temperature"):
        importing.import_file(case, path, ZONE)
    assert not (case / "weather.csv").exists()


PARTS = (
    "抄表起,抄表止,峰,平,谷,电量合计(kWh)\n"
    "2025-01-01,2025-01-31,100,200,50,{}\n2025-02-01,2025-02-28,110,210,60,380\n"
)


@pytest.mark.parametrize(("total", "taken"), [(350, True), (340, False)])
def test_parts_of_the_day_have_the_unit_of_the_amount_that_they_come_to(case, total, taken):
    """Only where they do so in every row; else their unit is asked for."""
    path = case.parent / "bills.csv"
    path.write_text(PARTS.format(total), encoding="utf-8")
    if taken:
        importing.import_file(case, path, ZONE)
        assert tables.read(case, "meters", ZONE)["peak"].tolist() == [100, 110]
    else:
        with pytest.raises(ValueError, match="in which unit are the values of 峰"):
            importing.import_file(case, path, ZONE)


def test_what_an_import_says_and_asks_is_said_in_chinese(tmp_path, capsys):
    case = new.new("site", tmp_path / "params", 2025, told={"timezone": ZONE})
    path = tmp_path / "bills.csv"
    for total, said in ((340, "用的是什么单位？"), (350, "时间按 Asia/Shanghai 的时钟")):
        path.write_text(PARTS.format(total), encoding="utf-8")
        cli.main(["import", str(case), str(path), "--lang", "zh"])
        shown = "".join(capsys.readouterr())
        assert said in shown and "are the values" not in shown
        for mapping in (case / "import").glob("*.yaml"):
            mapping.unlink()
