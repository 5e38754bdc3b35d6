"""Bad input to the first case is refused in one sentence that says where and what to do; the
last report stays.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import toy

from neutrality import cli
from neutrality.runner import bundle, checks, parameters
from neutrality.texts import messages

pytestmark = pytest.mark.slow  # the check of the whole case, or a run, in each test
ROOT = Path(__file__).parents[1]
CASE = ROOT / "params" / "china-mobile-hq"
FOOTPRINT = "grid_cn_china_2023_power_carbon_footprint_lifecycle"
FROM_MEMORY = {
    "quantity": "x",
    "value": "0.5",
    "gas": "CO2",
    "basis": "location_average",
    "status": "RECALLED",
    "source": "x",
}
HEAT = {
    "month": "2025-01",
    "source": "heat",
    "scope": "2",
    "line": "inventory",
    "amount": "9",
    "unit": "GJ",
}


@pytest.fixture
def home(tmp_path):
    """A copy of the case, and beside it a last good bundle."""
    case, last = tmp_path / "params" / CASE.name, tmp_path / "outputs" / CASE.name / "2025"
    shutil.copytree(CASE, case, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    last.mkdir(parents=True)
    (last / "report.en.html").write_text("the last good report")
    bundle.describe(last)
    return tmp_path


def untouched(home):
    """Say whether the last bundle is all there is in outputs, as it was, beside what was kept of a
    run that failed.
    """
    last = home / "outputs" / CASE.name / "2025"
    alone = {path.name for path in last.parent.iterdir()} - {"2025.failed"} == {"2025"}
    whole = sorted(toy.contents(last)) == ["manifest.json", "report.en.html"]
    return (
        alone
        and whole
        and (last / "report.en.html").read_text() == "the last good report"
        and not bundle.verify(last)
    )


def last_line(path):
    return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0


# What is done to a copy of the case


def table(name, change):
    def edit(case):
        rows = pd.read_csv(case / f"{name}.csv", dtype=str, keep_default_na=False)
        change(rows).to_csv(case / f"{name}.csv", index=False, lineterminator="\n")

    return edit


def cell(name, row, column, value):
    def change(rows):
        rows.loc[row - 2, column] = value  # heading = 1
        return rows

    return table(name, change)


def more(name, **cells):
    return table(name, lambda rows: pd.concat([rows, pd.DataFrame([cells])]).fillna(""))


def again(name, **changed):
    """Repeat the first row, with cells changed, at the end."""
    return table(name, lambda rows: pd.concat([rows, rows.iloc[[0]].assign(**changed)]))


def chosen(name, value):
    """Give a parameter in the last line of the YAML."""

    def edit(case):
        lines = (case / "2025.yaml").read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if not line.startswith(f"{name}:")]
        (case / "2025.yaml").write_text(
            "\n".join([*kept, f"{name}: {value}"]) + "\n", encoding="utf-8"
        )

    return edit


def repeated(line):
    def edit(case):
        with (case / "2025.yaml").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    return edit


def both(*edits):
    return lambda case: [edit(case) for edit in edits]


def thirteen_days(year, columns=()):
    """Take 312 hours (3.6 %) of a year away: the rows, or the cells of some columns."""

    def change(rows):
        hours = rows.index[rows["time"].str.startswith(year)][1000:1312]
        if not columns:
            return rows.drop(hours)
        rows.loc[hours, list(columns)] = ""
        return rows

    return table("energy", change)


METERS = ("main", "cooling", "heating_plant", "lighting", "equipment")
# edit, and what each sentence says in this order; {last} is the last line of the file that the
# sentence names
BAD = {
    "required file missing": (
        lambda case: (case / "weather.csv").unlink(),
        [
            (
                "weather.csv: no such table in china-mobile-hq; "
                "add it: it holds hourly outdoor air temperature"
            )
        ],
    ),
    "column missing": (
        table("activities", lambda rows: rows.drop(columns="unit")),
        ["activities.csv: column unit is missing; add it"],
    ),
    "column in another unit": (
        table("energy", lambda rows: rows.rename(columns={"cooling_kwh": "cooling_mwh"})),
        ["energy.csv, column cooling_mwh: .* multiply by 1000 and name the column cooling_kwh"],
    ),
    "instant twice": (
        cell("energy", 5, "time", "2023-01-01T00:00+08:00"),
        [
            (
                "energy.csv, row 5, column time: found '2023-01-01T00:00.08:00'; "
                "the same instant is in an earlier row; keep one"
            )
        ],
    ),
    "rows missing in the base year": (
        thirteen_days("2023"),
        [
            (
                f"energy.csv: {m}: 3.[4-9]% of the base year's hours lack "
                f".* column {m}_kwh first at 2023-.*2.0% may .*: fill them"
            )
            for m in METERS
        ],
    ),
    "rows missing in the reporting year": (
        thirteen_days("2025"),
        [
            (
                f"energy.csv: {m}: 3.[4-9]% of the hours .* column "
                f"{m}_kwh first at 2025-.* at most 2.0% .*: supply"
            )
            for m in METERS
        ],
    ),
    "cells empty in the base year": (
        thirteen_days("2023", ["cooling_kwh"]),
        [
            (
                "energy.csv: cooling: 3.[4-9]% .* column cooling_kwh first "
                "at 2023-.* at most 2.0% .*: fill them or change the year"
            )
        ],
    ),
    "cells empty in the reporting year": (
        thirteen_days("2025", ["main_kwh"]),
        [
            (
                "energy.csv: main: 3.[4-9]% .* column main_kwh "
                "first at 2025-.* at most 2.0% .*: supply the hours"
            )
        ],
    ),
    "base year without readings": (
        chosen("base_year", 2020),
        ["energy.csv: no hour of 2020; give the readings, or choose other years"],
    ),
    "energy below zero": (
        cell("energy", 5, "lighting_kwh", "-5"),
        [
            (
                "energy.csv, row 5, column lighting_kwh: found '-5'; "
                "it is 0 or more; a correction .* belongs in the hour"
            )
        ],
    ),
    "text in a number": (
        cell("energy", 7, "main_kwh", "1,234.5 kWh"),
        [
            (
                "energy.csv, row 7, column main_kwh: found '1,234.5 kWh'; "
                "expected a plain number such as 1234.5"
            )
        ],
    ),
    "factor unknown": (
        more("activities", **HEAT, factor_id="heat_defalt"),
        [
            (
                "activities.csv, row {last}: .*factor 'heat_defalt' is not known; "
                "did you mean 'heat_default'?"
            )
        ],
    ),
    "unit that no factor turns into emissions": (
        more("activities", **HEAT | {"unit": "L"}, factor_id="heat_default"),
        [
            (
                "activities.csv, row {last}: L with factor heat_default: "
                "L measures volume and GJ energy: .*give a unit of energy"
            )
        ],
    ),
    "factor from memory in the inventory": (
        both(
            more("factors", **FROM_MEMORY, id="heat_own", unit="tCO2/GJ"),
            more("activities", **HEAT, factor_id="heat_own"),
        ),
        [
            (
                "activities.csv, row {last}, column factor_id: "
                "RECALLED .*heat_own.* give the value with its source in factors.csv"
            )
        ],
    ),
    "factor from memory as grid factor": (
        both(
            more("factors", **FROM_MEMORY, id="grid_own", unit="kgCO2/kWh"),
            chosen("grid_factor_id", "grid_own"),
        ),
        [
            (
                r"2025.yaml, line {last} \(grid_factor_id\): "
                r"RECALLED .*grid_own.* or choose another factor"
            )
        ],
    ),
    "two GWP editions": (
        both(
            more(
                "factors",
                id="heat_own",
                quantity="x",
                value="0.1",
                unit="tCO2e/GJ",
                gas="CO2e",
                gwp_edition="AR4",
                status="SINGLE",
                source="x",
            ),
            more("activities", **HEAT, factor_id="heat_own"),
        ),
        [
            (
                "activities.csv, row {last}: factor heat_own is in AR4, "
                "this inventory in AR5: two GWP editions; use a factor of the same edition"
            )
        ],
    ),
    "life-cycle footprint as grid factor": (
        chosen("grid_factor_id", FOOTPRINT),
        [
            (
                rf"2025.yaml, line {{last}} \(grid_factor_id\): "
                rf"not for an inventory: {FOOTPRINT} .*; use the average of the"
            )
        ],
    ),
    "grid factor unknown": (
        chosen("base_grid_factor_id", "grid_cn_bejing_2021"),
        [r"2025.yaml, line {last} \(base_grid_factor_id\): .*did you mean 'grid_cn_beijing_2021'?"],
    ),
    "factor of uncovered kWh unknown in the base year": (
        both(
            chosen("uncovered_factor_id", "grid_cn_china_2023"),
            chosen("base_uncovered_factor_id", "nonsense"),
        ),
        [r"2025.yaml, line {last} \(base_uncovered_factor_id\): factor 'nonsense' is not known"],
    ),
    "another factor for uncovered kWh in one year only": (
        chosen("uncovered_factor_id", "grid_cn_china_2023"),
        [
            (
                "2025.yaml, .*uncovered_factor_id and base_uncovered_factor_id: "
                "one is given and the other is not"
            )
        ],
    ),
    "average beside green power, and no rule named": (
        chosen("green_rule", "none"),
        [
            (
                r"2025.yaml, line {last} \(green_rule\).*counts it twice. "
                r"Name the rule that prescribes it"
            )
        ],
    ),
    "wrong value in circulation": (
        more(
            "factors",
            **FROM_MEMORY | {"value": "0.5703", "status": "SINGLE"},
            id="grid_own",
            unit="kgCO2/kWh",
        ),
        [
            (
                "factors.csv, row {last}, column value: "
                "found 0.5703 .*the default of national ETS reporting for 2022"
            )
        ],
    ),
    "plant without its generation": (
        cell("certificates", 3, "profile", "wind_mars"),
        [
            "certificates.csv, row 3, profile: the profile 'wind_mars' is not a column of "
            "the table generation; add wind_mars_kwh",
        ],
    ),
    "announced claim misspelt": (
        cell("announced", 2, "claim_id", "avoided_gren_t"),
        [
            (
                "announced.csv, row 2, column claim_id: "
                "found 'avoided_gren_t', which is no claim; did you mean 'avoided_green_t'"
            )
        ],
    ),
    "technology misspelt": (
        cell("certificates", 3, "technology", "wimd"),
        [
            (
                "certificates.csv, row 3, technology: "
                "the technology 'wimd' is not known; did you mean wind"
            )
        ],
    ),
    "kWh sold as credits too": (
        cell("certificates", 3, "carbon_project_id", "0"),
        [
            "certificates.csv, row 3, carbon_project_id: the plant belongs to carbon project "
            "'0', whose credits are also in credits.csv",
        ],
    ),
    "company misspelt": (
        chosen("entity", "Chna Mobile Ltd"),
        [
            (
                r"2025.yaml, line {last} \(entity\): the table company has no "
                r"entity 'Chna Mobile Ltd'; did you mean 'China Mobile Ltd'"
            )
        ],
    ),
    "next plan without a fall": (
        chosen("next_target_year", "2030"),
        [
            (
                "2025.yaml, .*next_target_year 2030 wants a year after "
                "trend_target_year 2025 and a next_target_fall above 0, found 0"
            )
        ],
    ),
    "trend that ends before it begins": (
        chosen("trend_base_year", "2026"),
        ["2025.yaml, .*trend_base_year 2026 is not before trend_target_year 2025"],
    ),
    "province without factor": (
        chosen("province", "Tibet"),
        [
            (
                rf"2025.yaml, line {{last}} \(province\), "
                rf".*factor of Tibet for data year {year}: .* choose the national rule"
            )
            for year in (2023, 2021)
        ],
    ),
    "parameter misspelt": (
        repeated('matchng: "M"'),
        ["2025.yaml, line {last}: no notebook has a parameter 'matchng'; did you mean 'matching'?"],
    ),
    "parameter out of range": (
        chosen("confidence", 1.5),
        ["2025.yaml, line {last}: confidence is 1.5; it lies between 0.5 and 0.999"],
    ),
    "parameter of another type": (
        chosen("draws", "many"),
        ['2025.yaml, line {last}: draws is "many"; write a whole number'],
    ),
    "parameter twice": (
        repeated('matching: "M"'),
        [r"2025.yaml, line {last}: matching is given a second time, first in line \d+; keep one"],
    ),
    "time zone unknown": (
        chosen("timezone", "Asia/Shangai"),
        [
            (
                "2025.yaml, line {last}: timezone 'Asia/Shangai' is not known; "
                "did you mean 'Asia/Shanghai'?"
            )
        ],
    ),
    "time zone empty": (
        chosen("timezone", '""'),
        [r"2025.yaml, line {last} \(timezone\): timezone is empty; name the zone"],
    ),
    "scheme unknown": (
        chosen("scheme", "DB11/T 1861-2012"),
        [r"2025.yaml, line {last} \(scheme\): .*did you mean 'DB11/T 1861-2021'?"],
    ),
    "credit range is not the quantity": (
        cell("credits", 2, "quantity", "498"),
        [
            "credits.csv, row 2, quantity: quantity is 498, but .* contains 497 numbers; "
            "correct the one that differs from the registry",
        ],
    ),
    "credit blocks overlap": (
        table(
            "credits",
            lambda rows: rows.assign(
                serial=rows["serial"].str.replace("100000498-100000720", "100000497-100000719")
            ),
        ),
        ["credits.csv, row 3, serial: 100000497 to .* overlaps row 2 .*: correct the ranges"],
    ),
    "credit claimed in two years": (
        again("credits", claimed_year="2024"),
        [
            (
                "credits.csv, row {last}, serial: .*claimed for 2024, "
                "overlaps row 2, claimed for 2025; .* remove it from one"
            )
        ],
    ),
    "certificate not retired": (
        cell("certificates", 3, "retired_on", ""),
        [
            "certificates.csv, row 3, retired_on: claimed for 2025, but there is no "
            "retirement date; retire it first or do not claim",
        ],
    ),
    "certificate of somebody else": (
        cell("certificates", 4, "beneficiary", "Somebody Else"),
        [
            "certificates.csv, row 4, beneficiary: retired for 'Somebody Else', but the "
            "report is about 'ILLUSTRATIVE'; claim only",
        ],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_a_sentence_that_says_where_and_what_to_do(home, capsys, name):
    edit, expected = BAD[name]
    edit(home / "params" / CASE.name)
    code = cli.main(
        ["run", str(home / "params" / CASE.name / "2025.yaml"), "--outputs", str(home / "outputs")]
    )
    out, said = capsys.readouterr()
    assert (code, out) == (1, "")
    assert len(said.splitlines()) == len(expected), said
    said = said.replace(f"{CASE.name}: ", "")  # every sentence begins with its site
    for sentence, form in zip(said.splitlines(), expected, strict=True):
        assert messages.whole(sentence), messages.said(sentence, "zh")
        last = last_line(home / "params" / CASE.name / re.match(r"[\w.]+", form)[0])
        assert re.match(form.replace("{last}", str(last)), sentence), sentence
    assert untouched(home)


def test_all_problems_of_all_files_are_listed_at_once(home):
    case = home / "params" / CASE.name
    together = (
        "parameter misspelt",
        "energy below zero",
        "credit range is not the quantity",
        "certificate not retired",
        "factor unknown",
        "province without factor",
    )
    for name in together:
        BAD[name][0](case)
    (case / "announced.csv").rename(case / "anounced.csv")
    (case / "announcement.csv").unlink()  # its sentences assert figures of announced
    command = [
        sys.executable,
        "-m",
        "neutrality",
        "run",
        case / "2025.yaml",
        "--outputs",
        home / "outputs",
    ]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert (done.returncode, done.stdout) == (1, "")
    lines = [line.removeprefix(f"{CASE.name}: ") for line in done.stderr.splitlines()]
    heads = [re.match(r"[\w.]+(, (row|line) \d+)?", line)[0] for line in lines]
    yaml, activities = last_line(case / "2025.yaml"), last_line(case / "activities.csv")
    assert heads == [
        f"2025.yaml, line {yaml - 1}",
        "anounced.csv",
        "energy.csv, row 5",
        "certificates.csv, row 3",
        "credits.csv, row 2",
        f"activities.csv, row {activities}",
        *[f"2025.yaml, line {yaml}"] * 2,
    ]
    assert untouched(home)


# A case that is sound, and a run that is not


def notebooks_with(folder, number, source):
    """Copy the notebooks without their code, but for the parameters and one cell of one
    notebook.
    """
    folder.mkdir()
    for path in parameters.notebooks(ROOT / "notebooks"):
        notebook = nbformat.read(path, as_version=4)
        code = [
            c
            for c in notebook.cells
            if c.cell_type == "code" and "parameters" not in c.metadata.get("tags", [])
        ]
        for each in code:
            each.source, each.outputs = "", []
        if path.name.startswith(number):
            code[1].source = source
        nbformat.write(notebook, folder / path.name)
    return folder


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            "import os; open('half.csv', 'w').close(); os.kill(os.getpid(), 9)",
            "the kernel died; it was killed, or",
        ),
        ("open('half.csv', 'w').close(); {}['main_kwh']", "KeyError: 'main_kwh'"),
    ],
    ids=["killed kernel", "failing cell"],
)
def test_a_notebook_that_fails_is_named_with_cell_and_heading(home, capsys, source, reason):
    folder = notebooks_with(home / "notebooks", "01", source)
    yaml = str(home / "params" / CASE.name / "2025.yaml")
    code = cli.main(["run", yaml, "--outputs", str(home / "outputs"), "--notebooks", str(folder)])
    out, said = capsys.readouterr()
    assert code == 1 and re.fullmatch(
        r"the notebooks that were executed are kept in .*2025\.failed\n", out
    )
    assert re.match(rf"01_energy_baseline.ipynb, cell 3 under '.+': {re.escape(reason)}", said), (
        said
    )
    assert len(said.splitlines()) == 1
    assert untouched(home)


def children(pid):
    """Return the processes below one, by the kernel's own list."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    below = [int(each) for each in listed.read_text().split()] if listed.exists() else []
    return below + [deep for each in below for deep in children(each)]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="processes are listed under /proc on Linux only"
)
def test_ctrl_c_in_the_second_notebook_ends_the_kernel_and_leaves_the_last_report(home):
    began = home / "began"
    folder = notebooks_with(
        home / "notebooks", "02", f"import time; open({str(began)!r}, 'w').close(); time.sleep(60)"
    )
    command = [sys.executable, "-m", "neutrality", "run", home / "params" / CASE.name / "2025.yaml"]
    running = subprocess.Popen(
        [*command, "--outputs", home / "outputs", "--notebooks", folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a process group of its own, as a terminal gives
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.default_int_handler
        ),  # ignored in background jobs
    )
    while not began.exists():
        assert running.poll() is None, running.communicate()
        time.sleep(0.05)
    started = children(running.pid)
    assert (
        started and len(list((home / "outputs" / CASE.name).iterdir())) == 2
    )  # the last bundle and a stage
    os.killpg(running.pid, signal.SIGINT)
    out, said = running.communicate(timeout=20)
    assert running.returncode == 130
    assert re.fullmatch(r"1/5  01_energy_baseline  [\d.]+ s\n", out)
    assert re.fullmatch(
        r"02_green_power.ipynb, cell 3 under '.+': stopped; the last report is untouched\n", said
    ), said
    assert untouched(home)
    assert not [pid for pid in started if alive(pid)]


def test_the_case_itself_is_not_refused(home):
    assert checks.check(home / "params" / CASE.name / "2025.yaml") == []


def test_a_wrong_cell_does_not_hide_what_rules_refuse_in_other_rows(tmp_path):
    case = tmp_path / "china-mobile-hq"
    shutil.copytree(CASE, case)
    lines = (case / "activities.csv").read_text(encoding="utf-8").splitlines()
    amount = lines[0].split(",").index("amount")
    cells = lines[1].split(",")
    lines[1] = ",".join([*cells[:amount], "x", *cells[amount + 1 :]])
    heat = next(place for place, line in enumerate(lines) if "heat_default" in line)
    lines[heat] = lines[heat].replace("heat_default", "heat_defalt")
    (case / "activities.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    said = "\n".join(checks.check(case / "2025.yaml"))
    assert (
        "activities.csv, row 2, column amount: found 'x'" in said
        and f"activities.csv, row {heat + 1}: " in said
    )
    assert "'heat_defalt' is not known; did you mean 'heat_default'?" in said
