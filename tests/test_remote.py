"""The portfolio page of bundles on object storage: the figures, totals and exceptions that the same
bundles have in a folder, nothing listed, and no more of a bundle asked for than is read.
"""

import json
import re
from urllib.parse import unquote, urljoin

import buckets
import made_sites
import openpyxl
import pandas as pd
import pytest
from made_sites import YEAR

from neutrality import claims, cli
from neutrality.portfolio import overview, publishing, stated, storage, summary
from neutrality.report import methods

SITES = {"north": YEAR, "北 京#1": YEAR, "south": YEAR, "east": YEAR, "older": YEAR - 1}
DAMAGED = {"broken": ("claims.csv", YEAR), "east": ("claims.csv", YEAR - 1)}


def reworked(folder):
    """Write notebooks of which one is altered, and tables of what is worth a look."""
    made_sites.alter(folder)
    material = {"table": "credits", "row": "7", "zh": "发现", "en": "a finding"}
    failed = {"verdict": "fails", "statement_zh": "陈述", "statement_en": "a statement"}
    made_sites.put(folder.parent, "tables/material_findings", pd.DataFrame([material]))
    made_sites.put(folder.parent, "verdicts", pd.DataFrame([failed]))


def told(folder):
    """Write notebooks as released, and a table that says they were not."""
    for stem in methods.released()["notebook"].unique():
        methods.write_notebook(stem, folder, stem)
    cell = {"notebook": "01_energy_baseline", "cell": 3, "change": "altered_cell", "what": ""}
    made_sites.put(folder.parent, f"tables/{claims.ALTERED}", pd.DataFrame([cell]))


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """Sites of all kinds in a folder: one is damaged, one gone, one failed, two claim the same."""
    folder = tmp_path_factory.mktemp("here") / "reports"
    for number, (site, year) in enumerate(SITES.items()):
        about = {"gwp_edition": "AR6"} if number else {}
        notebooks = {"south": reworked, "east": told}.get(site)
        first = 1001 if number < 2 else 1000 * number
        made_sites.made(folder, site, year, "SINGLE", first, notebooks, about)
    for site in ("north", "east"):
        made_sites.made(folder, site, YEAR - 1, first=9001, location_t=1250.0, market_t=500.0)
    made_sites.made(folder, "broken", first=7001, location_t=1e6)
    listed = [{"site": site, "year": str(year), "state": "made"} for site, year in SITES.items()]
    listed += [{"site": site, "year": str(YEAR), "state": "made"} for site in ("broken", "gone")]
    failed = {"site": "lost", "year": str(YEAR), "state": "failed", "reason": "out of memory"}
    kept = {"site": "south", "year": str(YEAR), "state": "failed", "reason": "out of time"}
    text = json.dumps({"sites": [*listed, failed, kept]})
    (folder / summary.FILE).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def place(outputs):
    """The same at an address; in both, a file of some bundles is altered afterwards."""
    with buckets.served() as bucket:
        address = storage.below(bucket, "the reports")
        for folder in overview.bundles(outputs):
            home = storage.below(address, *folder.parts[-2:])
            made = storage.publish(folder, home)
            name, year = DAMAGED.get(folder.parent.name, ("", 0))
            if year == int(folder.name):
                with (folder / name).open("a", encoding="utf-8") as file:
                    file.write("\n")
                storage.upload(folder / name, storage.below(made, name))
        storage.upload(outputs / summary.FILE, storage.below(address, summary.FILE))
        yield address


@pytest.fixture(scope="module")
def there(place):
    """The overview of the bundles at the address and the page, and what was asked for; a listing or
    a deletion is refused.
    """
    from obstore.store import S3Store

    asked, get = [], S3Store.get
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(S3Store, "get", lambda store, name: asked.append(name) or get(store, name))
        buckets.refuse_listing(patched)
        known, (page, *_) = publishing.write(place, f"{place}/made")
    return known, storage.read(page), asked


def without_keys(text):
    return re.sub(r"/(\d{4})/[0-9a-f]{16}(?=/|$)", r"/\1", text)


def links(page, home=""):
    """Return where a page's links lead, each of which begins with `home`."""
    found = re.findall(r'href="([^"#]+)"', page)
    assert all(each.startswith(home) for each in found)
    return [each.removeprefix(home) for each in found]


def assert_same(there, here):
    for name in ("totals", "exceptions", "releases"):
        pd.testing.assert_frame_equal(getattr(there, name), getattr(here, name))
    sites = there.sites.assign(bundle=there.sites["bundle"].map(without_keys))
    pd.testing.assert_frame_equal(sites, here.sites)


@pytest.mark.slow
def test_bundles_at_an_address_give_what_they_give_in_a_folder(there, outputs):
    here, (path, *_) = publishing.write(outputs, outputs / "made")
    known, page, _ = there
    assert_same(known, here)
    assert without_keys(page) == path.read_text(encoding="utf-8") != page
    assert len(here.counted) == 4


@pytest.mark.slow
def test_the_page_of_another_year_is_of_all_sites_that_the_summary_names(place, outputs):
    here = overview.made(outputs, YEAR - 1)
    assert_same(publishing.write(place, f"{place}/made", YEAR - 1)[0], here)
    assert list(here.counted["site"]) == ["north", "older"]


def test_what_is_damaged_gone_or_failed_is_named_and_not_counted(there):
    known, *_ = there
    states = known.sites.set_index("site")["state"].to_dict()
    assert states == {
        **dict.fromkeys(["north", "北 京#1", "south", "east"], stated.COUNTED),
        **{"broken": "damaged", "gone": "no_bundle", "older": "no_bundle", "lost": "failed"},
    }
    kinds = known.exceptions.groupby("site")["kind"].agg(set).to_dict()
    assert kinds == {
        **{"broken": {"damaged"}, "gone": {"no_bundle"}, "older": {"no_bundle"}},
        **{"lost": {"failed"}, "south": {"kept", "altered", "material", "fails"}},
        **dict.fromkeys(["north", "北 京#1"], {"double_claim"}) | {"east": {"altered"}},
    }
    by = known.sites.set_index("site")["change_by"]
    assert (by["north"], by["east"]) == ("bundle", "base_year")  # last year's of east is altered


def test_nothing_is_listed_and_nothing_asked_for_that_is_not_read(there):
    *_, asked = there
    assert not [name for name in asked if name.endswith(".html")]
    assert [name for name in asked if "/2024/" in name and "north/" in name] == [
        each for each in asked if re.fullmatch(r"north/2024/(manifest.json|.*/claims.csv)", each)
    ]
    assert len(asked) == len(set(asked)) > 50


def test_by_command_the_page_lies_at_the_address_and_links_to_each_report(place, capsys):
    assert cli.main(["portfolio", place, "--lang", "en"]) == 0
    first, *files = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{YEAR}: 8 sites, 4 in the totals, ")
    assert files == [f"{place}/portfolio.{kind}" for kind in ("html", "xlsx", "parquet")]
    linked = [unquote(each) for each in links(storage.read(files[0]))]
    assert len(linked) == 2 * 4
    with storage._store(place) as store:
        for name in ("portfolio.html", *linked):
            assert store.get(name).attributes["Content-Type"] == "text/html"


@pytest.mark.slow
def test_from_elsewhere_reports_are_linked_by_path_or_address(place, there, tmp_path):
    _, (page, *_) = publishing.write(place, f"{buckets.BUCKET}/pages/all")
    assert {urljoin("https://reports/pages/all/x", each) for each in links(storage.read(page))} == {
        f"https://reports/the%20reports/{each}" for each in links(there[1], "../")
    }
    _, (page, book, _) = publishing.write(place, tmp_path)
    assert links(page.read_text(encoding="utf-8"), f"{place.replace(' ', '%20')}/") == links(
        there[1], "../"
    )
    cells = openpyxl.load_workbook(book).worksheets[1]["A"]
    (linked,) = [each.hyperlink.target for each in cells if each.value == "north"]
    assert linked.startswith(f"{place}/north/{YEAR}/") and storage.read(linked)


def test_without_a_summary_or_a_bundle_there_is_no_page(place, tmp_path, capsys):
    said = {
        "s3://reports/nothing": "s3://reports/nothing/summary.json：不是批量运行的结果摘要",
        f"{place}/": "the reports：没有 1999 年的报告；",
    }
    for address, text in said.items():
        assert cli.main(["portfolio", address, "--year", "1999", "--lang", "zh"]) == 1
        assert capsys.readouterr().err.startswith(text)
    assert cli.main(["portfolio", str(tmp_path), "--to", place, "--lang", "zh"]) == 1
    assert capsys.readouterr().err.startswith(f"{place}：从该处无法链接到本机文件夹中的报告；")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"sites": [{"site": "a"}]}'])
def test_a_summary_that_is_none_is_refused(place, text):
    address = f"{place}/other"
    storage.write(f"{address}/{summary.FILE}", text)
    with pytest.raises(ValueError, match="summary.json: is no summary of a batch"):
        publishing.write(address)


def manifest_of(*names):
    return json.dumps({"files": dict.fromkeys(names, {"sha256": "", "size": 0})})


@pytest.mark.parametrize(
    "manifest",
    [
        "{",
        '{"files": 7}',
        manifest_of("claims.csv"),
        manifest_of("notebooks/../../../x.ipynb", "notebooks/\ud800.ipynb"),
    ],
)
def test_a_manifest_that_is_none_damages_its_site_alone(place, manifest):
    address = f"{place}/more"
    listed = [{"site": site, "year": YEAR} for site in ("a", "../b")]
    storage.write(f"{address}/{summary.FILE}", json.dumps({"sites": listed}))
    storage.write(f"{address}/a/{YEAR}/manifest.json", manifest)
    known, _ = publishing.write(address)
    assert known.sites.set_index("site")["state"].to_dict() == {"a": "damaged", "../b": "no_bundle"}
