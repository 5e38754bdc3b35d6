"""A portfolio's page says what its bundles say: totals are sums of claims, what does not hold is
named and not counted, and nobody's text becomes HTML or a formula.
"""

import csv
import html
import json
import re
from importlib import resources

import made_sites
import openpyxl
import pandas as pd
import pytest
from made_sites import YEAR
from test_pages import CHROMIUM, TAGS, WIDTHS

from neutrality import cli, sheets
from neutrality.portfolio import overview, publishing, stated, wording
from neutrality.reference import units
from neutrality.runner import bundle
from neutrality.texts import labels

PLANTED = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("x","y")'


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """Four good sites, one with last year's bundle, one damaged, one that failed."""
    folder = tmp_path_factory.mktemp("portfolio") / "outputs"
    made_sites.made(folder, "north", first=1001, location_t=1000.0, market_t=400.0)
    made_sites.made(folder, "north", year=YEAR - 1, first=1001, location_t=1250.0, market_t=500.0)
    about = {"site_en": PLANTED, "site_zh": FORMULA, "gwp_edition": "AR6"}
    status = {"market_t": "ASSUMED"}
    made_sites.made(folder, "south", first=3001, location_t=300.0, status=status, about=about)
    made_sites.made(folder, "east", first=5001, location_t=20.5, market_t=20.25, area_m2=None)
    made_sites.made(folder, "west", first=1200, location_t=2000.0, about={"illustrative": True})
    damaged = made_sites.made(folder, "broken", first=7001, location_t=1e6)
    with (damaged / "claims.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    failed = {"site": "lost", "year": str(YEAR), "state": "refused", "file": "energy.csv"}
    failed |= {"row": 1446, "reason": f"energy.csv, row 1446: {PLANTED}"}
    kept = {"site": "east", "year": str(YEAR), "state": "failed", "reason": "out of memory"}
    good = {"site": "north", "year": str(YEAR), "state": "made", "reason": ""}
    text = json.dumps({"sites": [failed, kept, good]})
    (folder / "summary.json").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def made(outputs):
    return overview.made(outputs)


@pytest.fixture(scope="module")
def files(outputs, tmp_path_factory):
    to = tmp_path_factory.mktemp("to")
    return {path.suffix[1:]: path for path in publishing.write(outputs, to)[1]}


@pytest.fixture(scope="module")
def page(files):
    return files["html"].read_text(encoding="utf-8")


def claimed(outputs, id, names=("north", "south", "east", "west")):
    """Return a claim of each site as its bundle has it, read by no room of the package."""
    found = []
    for name in names:
        with (outputs / name / str(YEAR) / "claims.csv").open(encoding="utf-8") as file:
            rows = {row["id"]: row["value"] for row in csv.DictReader(file)}
        found += [float(rows[id])] if id in rows else []
    return found


def of_kind(made, kind):
    return made.exceptions[made.exceptions["kind"] == kind]


def test_totals_are_the_sums_of_the_claims_of_the_sites_counted(made, outputs):
    assert list(made.totals["id"]) == list(stated.TOTALS)
    for row in made.totals.itertuples():
        assert row.value == pytest.approx(sum(claimed(outputs, row.id)), rel=1e-12), row.id
        assert (row.sites, row.missing) == (4, "broken; lost")


def test_a_total_has_the_weakest_status_of_what_it_adds_up(made):
    status = made.totals.set_index("id")["status"]
    assert status["market_t"] == "ASSUMED" and status["location_t"] == "SINGLE"
    assert made.sites.set_index("site")["status"].to_dict() == {
        **{"broken": "", "lost": "", "south": "ASSUMED"},
        **dict.fromkeys(["north", "east", "west"], "SINGLE"),
    }


def test_a_damaged_bundle_is_named_and_gives_no_figure(made, page):
    (row,) = of_kind(made, "damaged").itertuples()
    assert (row.site, row.file) == ("broken", "claims.csv")
    assert row.en == "has changed since the bundle was made" != row.zh
    broken = made.sites.set_index("site").loc["broken"]
    assert broken[list(stated.TOTALS)].isna().all() and "1,000,000" not in page
    assert "broken/2025/report" not in page


def test_a_site_that_failed_stands_with_reason_file_and_row(made):
    (row,) = of_kind(made, "refused").itertuples()
    assert (row.site, row.file, row.row) == ("lost", "energy.csv", "1446")
    assert row.en == f"energy.csv, row 1446: {PLANTED}"
    (row,) = of_kind(made, "kept").itertuples()  # its earlier bundle is counted, and this said
    assert (row.site, row.en) == ("east", "out of memory")
    assert "east" in set(made.counted["site"])


def told(folder, *outcomes, earlier=()):
    """Write a summary of outcomes: site, state and reason of each."""
    held = {
        part: [
            {"site": name, "year": str(YEAR), "state": state, "reason": reason}
            for name, state, reason in listed
        ]
        for part, listed in (("sites", outcomes), ("earlier", earlier))
    }
    (folder / "summary.json").write_text(json.dumps(held), encoding="utf-8")


def test_each_state_without_a_report_is_a_kind_and_each_reason_has_its_place(tmp_path):
    made_sites.made(tmp_path, "kept", first=1)
    overlap = "{}/credits.csv, row {}: 1 to 9, overlaps {}/credits.csv, row {} (1 to 9)"
    told(
        tmp_path,
        ("cell", "failed", "03_offset_sizing.ipynb, cell 4 under 'How many?': ValueError: none"),
        ("rows", "refused", "energy.csv, row 7: empty\nmeters.csv, row 9, column unit: none"),
        ("late", "timed out", "the site had not ended after 5 s"),
        ("ended", "stopped", ""),
        ("kept", "stopped", ""),
        ("one", "refused", overlap.format("one", 2, "two", 3)),
        ("two", "refused", overlap.format("one", 2, "two", 3)),
        earlier=[("older", "failed", "out of memory")],
    )
    found, page = publishing.write(tmp_path)[0], tmp_path / "portfolio.html"
    rows = found.exceptions[["site", "kind", "file", "row"]].values.tolist()
    assert rows == [
        ["cell", "failed", "03_offset_sizing.ipynb", "4"],
        ["older", "failed", "", ""],
        ["rows", "refused", "energy.csv", "7"],
        ["rows", "refused", "meters.csv", "9"],
        ["late", "timed_out", "", ""],
        ["ended", "stopped", "", ""],
        ["one", "refused_twice", "credits.csv", "2"],
        ["two", "refused_twice", "credits.csv", "3"],
        ["kept", "kept", "", ""],
    ]
    assert 'class="alert"' not in page.read_text(encoding="utf-8")  # neither is counted


def test_a_case_whose_yaml_gives_no_year_is_an_exception_of_each(tmp_path):
    made_sites.made(tmp_path, "north", first=1)
    draft = {"site": "south", "year": "draft", "state": "refused", "reason": "draft.yaml: empty"}
    (tmp_path / "summary.json").write_text(json.dumps({"sites": [draft]}), encoding="utf-8")
    found = overview.made(tmp_path)
    assert found.year == YEAR and found.exceptions["site"].tolist() == ["south"]


def test_a_claim_of_two_sites_is_an_exception_of_both(made, page):
    rows = of_kind(made, "double_claim")
    assert set(rows["site"]) == {"north", "west"}
    (first,) = rows[
        rows["file"].str.startswith("certificates") & rows["en"].str.contains("to 1240")
    ].itertuples()
    assert first.row == "2" and "overlaps" in first.en and "重叠" in first.zh
    assert 'class="alert"' in page and "The totals still hold both" in page


def test_no_double_claim_no_alert(tmp_path):
    for name, first in (("a", 1), ("b", 1001)):
        made_sites.made(tmp_path, name, first=first)
        made_sites.made(tmp_path, name, year=YEAR - 1, first=first)  # the ledger of the same site
    known, (path, *_) = publishing.write(tmp_path)
    assert known.exceptions.empty and 'class="alert"' not in path.read_text(encoding="utf-8")


def test_change_is_on_last_years_bundle_else_on_the_base_year_and_says_which(made):
    sites = made.sites.set_index("site")
    north, west = sites.loc["north"], sites.loc["west"]
    assert (north["change_by"], north["change_year"]) == ("bundle", YEAR - 1)
    assert (north["change_location_t"], north["change_market_t"]) == (-250.0, -100.0)
    assert (west["change_by"], west["change_year"]) == ("base_year", made_sites.BASE)
    assert west["change_location_t"] == 2000.0 - 1200.0
    assert overview.change(made.counted, "market_t") == (-100.0, 500.0, 1)


def test_a_damaged_bundle_of_last_year_is_compared_with_nobody(tmp_path):
    made_sites.made(tmp_path, "a")
    before = made_sites.made(tmp_path, "a", year=YEAR - 1)
    (before / "report.en.html").write_text("changed")
    (row,) = overview.made(tmp_path, YEAR).sites.itertuples()
    assert row.change_by == "base_year"


def test_intervals_are_not_added_and_the_uncertainty_lies_between_two_ends(made, outputs):
    u_t = claimed(outputs, "residual_u_t")
    low, high = overview.residual_u_t(made.counted)
    assert low == pytest.approx(sum(u**2 for u in u_t) ** 0.5) and high == pytest.approx(sum(u_t))
    assert not {"low", "high"} & set(made.totals)


def test_intensity_of_all_is_all_tonnes_per_all_area(made):
    value, sites = overview.intensity(made.counted, "location_t")
    kg = units.KG_PER_T * (1000.0 + 300.0 + 2000.0)
    assert (value, sites) == (pytest.approx(kg / (3 * made_sites.M2)), 3)
    above = made.sites.set_index("site")["intensity_above"]
    assert above[["south", "north", "west"]].tolist() == [0.0, 50.0, 100.0]
    assert above[["east", "lost"]].isna().all()


def test_a_figure_in_another_unit_or_not_stated_is_missing_from_the_total(tmp_path):
    made_sites.made(tmp_path, "a")
    folder = made_sites.made(tmp_path, "b", first=1001, avoided_green_t=float("nan"))
    text = (folder / "claims.csv").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^(location_t,[^,]*),tCO2e", r"\1,ktCO2e", text)
    (folder / "claims.csv").write_text(text, encoding="utf-8")
    bundle.describe(folder)
    known = overview.made(tmp_path)
    totals = known.totals.set_index("id")
    assert totals.at["location_t", "value"] == 1000.0 and totals.at["location_t", "missing"] == "b"
    assert totals.at["avoided_green_t", "sites"] == 1 and totals.at["market_t", "sites"] == 2
    assert len(of_kind(known, "figure")) == 2


def test_altered_notebooks_and_another_release_are_named(tmp_path):
    made_sites.made(tmp_path, "a")
    folder = made_sites.made(tmp_path, "b", first=1001, notebooks=made_sites.alter)
    about = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    about["source_sha256"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(about), encoding="utf-8")
    known = overview.made(tmp_path)
    rows = of_kind(known, "altered")
    assert set(rows["site"]) == {"b"} and set(rows["file"]) == {"notebooks/03_offset_sizing.ipynb"}
    assert "residual = 1" in rows["en"].iloc[0]
    installed = known.releases.set_index("installed")["names"]
    assert installed[True] == ["a"] and installed[False] == ["b"]


def test_a_bundle_of_another_year_than_its_folder_is_not_counted(tmp_path):
    made_sites.made(tmp_path, "a")
    made_sites.made(tmp_path, "b", first=1001, about={"reporting_year": YEAR - 1})
    made_sites.made(tmp_path, "c", year=YEAR - 1, first=2001)
    known = overview.made(tmp_path)
    assert list(known.counted["site"]) == ["a"]
    assert dict(zip(known.exceptions["site"], known.exceptions["kind"], strict=True)) == {
        "b": "unreadable",
        "c": "no_bundle",
    }


def test_no_figure_and_no_text_of_a_site_keeps_the_page_from_being_made(tmp_path):
    made_sites.made(tmp_path, "a")
    for number, (site, value) in enumerate({"b": "inf", "c": "1e300"}.items(), start=1):
        about = {"site_en": "x\x1b[2J\ud800\n"}
        folder = made_sites.made(tmp_path, site, first=1000 * number, about=about)
        text = (folder / "claims.csv").read_text(encoding="utf-8")
        text = re.sub(r"(?m)^location_t,[^,]*", f"location_t,{value}", text)
        (folder / "claims.csv").write_text(text, encoding="utf-8")
        bundle.describe(folder)
    known, _ = publishing.write(tmp_path)
    assert known.totals.set_index("id").at["location_t", "value"] == 1000.0
    assert list(of_kind(known, "figure")["site"]) == ["b", "c"]


def test_a_summary_that_cannot_be_read_is_an_exception(tmp_path):
    made_sites.made(tmp_path, "a")
    (tmp_path / "summary.json").write_text('{"sites": [{"year": 2025}]}')
    (row,) = overview.made(tmp_path).exceptions.itertuples()
    assert (row.kind, row.file) == ("unreadable", "summary.json")


def test_without_a_good_bundle_there_is_a_page_and_no_total(tmp_path):
    folder = made_sites.made(tmp_path, "a")
    (folder / "manifest.json").unlink()
    known, (path, *_) = publishing.write(tmp_path)
    assert known.totals["value"].isna().all()
    assert "nan%" not in path.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="holds no bundle of 2031"):
        overview.made(tmp_path, 2031)


def test_what_a_site_wrote_is_text_and_no_script(page):
    body = page.partition("<body")[2]
    assert body.count("<script") == 1 and PLANTED not in body and html.escape(PLANTED) in body


def test_the_page_asks_for_no_address_and_links_to_each_report(page, files, outputs):
    outside = r"https?:|=[\"']?//|url\((?!\"?data:)|@import|<link|<base| src(?:set)?="
    assert not re.findall(outside, page)
    links = [each for each in re.findall(r'href="([^"]+)"', page) if not each.startswith("#")]
    assert len(links) == 2 * 4  # in each language, of each site counted
    assert all((files["html"].parent / link).is_file() for link in links)
    anchors = set(re.findall(r' id="([^"]+)"', page))
    assert {link[1:] for link in re.findall(r'href="(#[^"]+)"', page)} <= anchors


def test_the_page_marks_illustrative_sites_and_mixed_rules(page):
    assert '<aside class="mark">' in page
    assert "The totals mix several editions of warming potentials: AR5, AR6." in page


def test_every_word_of_the_page_is_there_in_both_languages(page):
    rows = sheets.packaged("texts/portfolio.csv")
    assert not rows["id"].duplicated().any() and (rows[["zh", "en"]] != "").all(axis=None)
    assert page.count('<span lang="zh-Hans">') == page.count('<span lang="en">') > 100
    kinds = {f"kind_{kind}" for kind in overview.KINDS}
    assert kinds <= set(rows["id"])


def test_the_same_bundles_give_the_same_bytes(outputs, files):
    folder = files["html"].parent.with_name("again")  # as far from the reports: links are relative
    for path in publishing.write(outputs, folder, YEAR)[1]:
        assert path.read_bytes() == files[path.suffix[1:]].read_bytes(), path.name
    assert len(list(folder.iterdir())) == 3  # nothing is left of the writing


def test_in_excel_no_cell_is_a_formula_and_the_totals_are_there(files, made):
    book = openpyxl.load_workbook(files["xlsx"])
    assert [sheet.title.split()[-1] for sheet in book][:3] == ["Totals", "Sites", "Exceptions"]
    assert not [c for sheet in book for row in sheet for c in row if c.data_type == "f"]
    totals = {row[0].value: row[1].value for row in book.worksheets[0].iter_rows(min_row=2)}
    known = {
        " / ".join(wording.words(row.id).values()): row.value for row in made.totals.itertuples()
    }
    assert totals == pytest.approx(known)
    sites = book.worksheets[1]
    south = next(row for row in sites.iter_rows(min_row=2) if row[0].value == "south")
    assert south[1].value == f"'{FORMULA}" and south[0].hyperlink.target.endswith("report.en.html")
    assert sites.freeze_panes == "B2" and sites.auto_filter.ref.startswith("A1:")


def test_in_excel_years_and_levels_are_no_amounts_and_ids_have_their_names(files):
    sites, exceptions = openpyxl.load_workbook(files["xlsx"]).worksheets[1:3]
    heads = {cell.value.splitlines()[1]: at for at, cell in enumerate(sites[1])}
    south = next(row for row in sites.iter_rows(min_row=2) if row[0].value == "south")
    for head, form in (("Year", "0"), ("Level of the interval", "0%"), ("Floor area", "#,##0")):
        assert south[heads[head]].number_format == form, head
    assert south[heads["State"]].value == "计入合计 / in the totals"
    row = next(row for row in exceptions.iter_rows(min_row=2) if row[0].value == "lost")
    assert row[1].value == "检查未通过 / Refused by the check" and row[5].value == 1446


def test_parquet_has_a_row_a_site_and_the_units_in_its_columns(files, made):
    table = pd.read_parquet(files["parquet"])
    assert list(table["site"]) == ["broken", "east", "lost", "north", "south", "west"]
    assert table["market_t"].sum() == made.totals.set_index("id").at["market_t", "value"]


def test_every_column_of_the_tables_has_a_name_of_its_own(made, files):
    for sheet in openpyxl.load_workbook(files["xlsx"]):
        heads = [cell.value for cell in sheet[1]]
        assert len(set(heads)) == len(heads) and all("\n" in head for head in heads)
    assert wording.words("nothing_of_the_kind")["en"] == "Nothing of the kind"


def test_the_command_says_what_it_made(outputs, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["portfolio", str(outputs), "--to", "made", "--lang", "en"]) == 0
    first, *paths = capsys.readouterr().out.splitlines()
    assert first.startswith("2025: 6 sites, 4 in the totals, ")
    assert paths == [f"made/portfolio.{kind}" for kind in ("html", "xlsx", "parquet")]
    assert cli.main(["portfolio", str(outputs), "--year", "1999", "--lang", "zh"]) == 1
    assert capsys.readouterr().err == "outputs：没有 1999 年的报告；可用 neutrality run 生成\n"


@pytest.fixture(scope="module")
def browser():
    driver = pytest.importorskip("playwright.sync_api", reason="test extra not installed")
    if not CHROMIUM:
        pytest.skip("no chromium, chromium-browser or google-chrome on the PATH")
    with driver.sync_playwright() as playing:
        opened = playing.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.slow
@pytest.mark.parametrize("lang", labels.LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_meets_what_axe_core_can_tell_of_wcag(browser, files, width, lang):
    axe = pytest.importorskip("axe_playwright_python", reason="axe-core: test extra not installed")
    window = browser.new_page(viewport={"width": width, "height": 844})
    asked = []
    window.on("request", lambda request: asked.append(request.url))
    window.goto(files["html"].as_uri())
    window.check(f"#{lang}")
    other = labels.LANG_TAG["en" if lang == "zh" else "zh"]
    assert not window.locator(f"main [lang={other}]:visible").count()
    assert window.evaluate("document.documentElement.scrollWidth") <= width
    window.evaluate((resources.files(axe) / "axe.min.js").read_text(encoding="utf-8"))
    told = window.evaluate("(tags) => axe.run(document, {runOnly: tags})", TAGS)
    assert [[each["id"], each["nodes"][0]["html"]] for each in told["violations"]] == []
    assert len(told["passes"]) > 15
    assert [each for each in asked if not each.startswith(("data:", "file:"))] == []
    window.close()


@pytest.mark.slow
def test_tables_sort_and_filter_in_a_browser_and_are_whole_without_a_script(browser, files):
    window = browser.new_page()
    window.goto(files["html"].as_uri())
    window.check("#en")
    first = "#table tbody tr:visible th"

    def order():
        names = window.locator(first).all_inner_texts()
        return [name.splitlines()[0] for name in names]

    largest = order()
    assert largest[0] == "west tower" and largest[1] == "north tower"
    head = window.locator("#table thead th").nth(1)
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending" and order()[:4] == largest[:4]
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert order()[:4] == largest[3::-1] and set(order()[4:]) == {"broken", "lost"}  # blanks last
    window.fill("#search", "NORTH")
    assert order() == ["north tower"] and "1 of 6 sites shown" in window.inner_text("[role=status]")
    window.fill("#search", "")
    window.check("#only")
    assert "south" not in " ".join(order()) and "broken" in order()
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(files["html"].as_uri())
    assert plain.locator("#table tbody tr").count() == 6
    assert not plain.locator("form").is_visible() and not plain.locator("th button").count()


def test_a_real_bundle_is_counted_as_released(first_bundle, tmp_path):
    known, (path, *_) = publishing.write(first_bundle.parents[1], tmp_path)
    (row,) = known.counted.itertuples()
    claims = pd.read_csv(first_bundle / "claims.csv").set_index("id")["value"]
    assert row.residual_t == claims["residual_t"]
    assert row.measured_t + row.billed_t + row.estimated_t + row.assumed_t == pytest.approx(
        claims["location_t"]
    )
    assert set(known.exceptions["kind"]) == {"fails"} and known.releases["installed"].all()
    assert row.name_zh in path.read_text(encoding="utf-8")
