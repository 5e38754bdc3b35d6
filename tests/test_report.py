"""The report: no digit of its own, two languages that say the same, and files that are the same
each time.
"""

import base64
import re
import shutil
import subprocess
import zipfile
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import docx
import matplotlib.image
import pypdfium2
import pytest
import typst
from fontTools.ttLib import TTFont

from neutrality import claims, register
from neutrality.claims import Claim
from neutrality.report import exhibits, pages, report, templates
from neutrality.texts import fonts, labels
from neutrality.verifier import printed

META = {
    "illustrative": True,
    "reporting_year": 2025,
    "base_year": 2023,
    "scheme": "DB11/T 1861-2021",
    "entity_zh": "某通信公司",
    "entity_en": "A telecom company",
    "site_zh": "总部大楼",
    "site_en": "headquarters building",
    "boundary_zh": "总部大楼运营：范围1和范围2",
    "boundary_en": "operation of the building: scope 1 and scope 2",
    "certificate_issuer_zh": "北京绿色交易所",
    "certificate_issuer_en": "Beijing Green Exchange",
    "residual_mix_zh": "中国尚未公布剩余电力结构",
    "residual_mix_en": "No residual mix is published for China",
    "certificate_number": "No. 001 (2026)",
    "gwp_edition": "AR5",
    "confidence": 0.95,
    "matching": "Y",
    "sensitivity_zh": "全国，剔除市场化非化石电量",
    "sensitivity_en": "China without market-traded non-fossil power",
}
OFFICE = shutil.which("soffice")
GOLDEN = claims.read(Path(__file__).parent / "golden" / "claims.csv")
OF_OTHER_CASES = {"uncovered_factor": 0.6096, "building_beyond_guide": 10.0}
CLAIMS = GOLDEN["value"].to_dict() | OF_OTHER_CASES
TABLES = {
    "inventory": """\
year,view,scope,source,gas_family,line,t_co2e
2025,location,2,grid_electricity,CO2,inventory,2904.96
2025,location,2,district_heat,CO2,inventory,1092.5
2025,location,1,natural_gas,CO2,inventory,96.1
2025,market,2,grid_electricity,CO2,inventory,119.96
2025,market,2,district_heat,CO2,inventory,1092.5
2025,market,1,natural_gas,CO2,inventory,96.1
2023,market,1,natural_gas,CO2,inventory,99
""",
    "gases": """\
year,view,gas_family,t_co2e
2025,location,CO2,4075.2
2025,location,HFC,18.4
2025,market,CO2,1290.2
2025,market,HFC,18.4
""",
    "attribution": """\
view,source,base_t,weather_t,occupancy_t,measures_t,other_t,green_t,factor_t,reporting_t,change_t
both,district_heat,1300.0,-140.0,0.0,0.0,-67.5,0.0,0.0,1092.5,-207.5
location,grid_electricity,3370.2,-119.5,0.0,-114.4,-217.1,0.0,-14.2,2904.96,-465.24
""",
    "energy_change": """\
source,unit,resolution,model,heating_c,base_amount,reporting_amount,weather_amount,activity_amount,measures_amount,other_amount
district_heat,GJ,months,degree_days_heating_only,18.0,8397.3,6804.3,-1045.0,0,0,-548.0
""",
    "change_steps": """\
step,t_co2e,base_share,low_t,high_t,total
base_inventory,4762.4,1.0,,,True
measures_effect,-114.4,-0.024,-193.7,-35.0,False
""",
    "reconciled": """\
view,who,lmdi_t,attribution_t,difference_t
market,weather,-157.8,-234.4,76.6
""",
    "green_blocks": """\
technology,province,instrument,kwh
wind,Inner Mongolia,green_power_trade,3322000
solar,Gansu,GEC,1780000
""",
    "tiers": """\
view,tier,instrument,technology,kwh,factor_kg_per_kwh,t_co2
location,sub_national,,,5230400,0.5554,2904.96
market,certificates,GEC,solar,5014400,0.0,0.0
market,grid_average,,,216000,0.5554,119.96
market,surplus,,,87600,,
""",
    "criteria": """\
criterion,name_zh,name_en,answer,why_zh,why_en
1,携带直接排放率属性,carries the direct emission rate,met,均不燃烧燃料,burns nothing
2,该属性的唯一凭证,the only instrument with this claim,not decidable,未写明,not said
""",
    "matching": """\
period,load_kwh,matched_kwh,uncovered_kwh,surplus_kwh,matched_share,same_region_share,deliverable_share
h,5230400,3860000,1370400,1154400,0.738,0.522,0.434
Y,5230400,5014400,216000,87600,0.959,0.53,0.46
""",
    "switchboard": """\
id,value,unit,name_zh,name_en,used,usable,asked_by_zh,asked_by_en,avoided_t,market_t,credits,implied_mwh
grid_cn_beijing_2023,0.5554,kgCO2/kWh,北京 2023 年,Beijing 2023,True,True,JS/T 303-2026,JS/T 303-2026,2785,1308.6,1309,5014.4
grid_cn_china_2023,0.5306,kgCO2/kWh,全国 2023 年,China 2023,False,True,,,2660.6,1303.2,1304,5248.8
footprint,0.5777,kgCO2e/kWh,碳足迹,footprint,False,False,,,2896.8,,,4820.8
""",
    "savings_tonnes": """\
meter,predicted_kwh,metered_kwh,savings_kwh,low_kwh,high_kwh,savings_t
cooling,2100000,1700000,400000,340000,460000,222
lighting,1200000,940000,260000,,,144
""",
    "placebo": """\
method,buildings,covered_percent,covered_low_percent,covered_high_percent,half_width_percent
band,57,87.7,78.8,93.2,11.0
""",
    "savings_month": """\
month,meter,savings_kwh
1,cooling,400000
1,lighting,260000
""",
    "readings": """\
meter,year,measured_kwh,estimated_kwh,substituted_kwh,substituted_hours
main,2025,5230000,0,400,6
""",
    "fit": """\
meter,r2,cv_rmse,nmbe,cv_rmse_limit,nmbe_limit,within
main,0.98,0.075,0.002,0.3,0.1,True
""",
    "measures": """\
measure,end_use,since,description_zh,description_en,savings_kwh
chiller_ai,cooling,2024-04-15,制冷站寻优,Chiller plant tuned,400000
""",
    "credits_listed": """\
serial,quantity,project_id,project_name,methodology,vintage_start,retired_on,beneficiary
99001-1-1309-VCS-VCU-000-VER-CN-14-0-01012022-31122022-0,1309,0,ILLUSTRATIVE,VM0010,2022-01-01,2026-01-14,ILLUSTRATIVE
""",
    "residual": """\
source,t_co2e,relative_standard_uncertainty
district_heat,1092.5,0.058
natural_gas,96.1,0.058
grid_electricity,119.96,0.32
""",
    "stress": """\
kind,name_zh,name_en,credits
stress,若 29.4% 无效,if 29.4% were void,1855
stress,若仅 16% 为真实减排（Probst 等 2024）,if only 16% were real (Probst et al. 2024),8182
""",
    "intensity": """\
quantity_zh,quantity_en,basis,change_percent,verdict,latest_year,latest_change_percent,latest_verdict,breakeven,unit,digits
碳排放,Emissions,revenue,,not decidable,2024,-29.9,fails,28.0,Mt,1
能耗（当量值）,Energy (calorific value),volume,,not decidable,2024,-52.3,holds,8474548.2,tce,0
""",
    "drivers": """\
basis,driver,effect_mt
revenue,activity,10.4
revenue,intensity,-12.1
""",
    "targets": """\
entity,year,metric,name_zh,name_en,value,unit,verdict,status,source
China Mobile Group,2025,target_ghg_cap,碳排放总量上限,Cap on emissions,56.0,MtCO2,not decidable,CONFIRMED,trade news
""",
    "distances": """\
entity,name_zh,name_en,reached,reached_year,distance,required_percent,verdict,unit,digits
China Mobile Group,碳排放总量上限,Cap on emissions,55.0,2025,-1.0,0.0,holds,Mt,1
""",
    "pathways": """\
basis,from_year,from_percent,to_year,to_percent,required_percent,so_far_percent
revenue,2024,-29.9,2025,-40,-14.5,-8.5
""",
    "contradictions": """\
entity,year,metric,name_zh,name_en,used_value,used_unit,used_source,other_value,other_unit,other_source,difference_percent
Verizon,2016,ghg_scope2,范围二排放,Scope 2 emissions,5259727,tCO2e,2017 report,5529727,tCO2e,2018 report,5.13
""",
    "standard_coal": """\
year,convention,rebuilt_tce,published_tce,difference_percent
2017,calorific,2189531,2191379,-0.084
""",
    "carrier_drivers": """\
entity,view,basis,year,driver,who,effect_mt,chained_mt,ratio
China Telecom Corp,as_published,revenue,2019,carrier_mix,company,0.2173,0.2175,1.0175
""",
    "peers": """\
entity,boundary,quantity,basis,unit,first_year,last_year,value,change_percent,status
China Tower,listed company,carbon,revenue,t/RMB million,2022,2022,9.23,,SINGLE
""",
    "building": """\
year,basis,kwh,normalised_kwh,location_kg,market_kg
2025,m2,95.9,99.0,68.2,21.8
""",
    "building_drivers": """\
view,driver,who,effect_t,ratio
market,green_power,company,-2785,0.4
""",
    "coefficients_used": """\
quantity,value,unit,status,source
Area: mu per hectare,15,mu/ha,CONFIRMED,definition
""",
    "factors_used": """\
id,name_zh,name_en,value,unit,data_year,status,source
grid,北京,Beijing,0.5554,kgCO2/kWh,2023,CONFIRMED,"MEE & NBS, Announcement 2025 No. 47"
""",
    "findings": """\
table,row,rule,severity,zh,en
credits,2,registry,unchecked,未能在登记系统中核对,Not looked up in the registry
""",
    "signoff": """\
item,name_zh,name_en,content_zh,content_en,evidence,date,signature
prepared_by,编制,Prepared,某某，能源经理,"Jane Doe, energy manager",,,
verified_by,核查,Verified,,,,,
""",
    "opinion": """\
item,name_zh,name_en,content_zh,content_en,evidence
opinion,核查意见,Opinion,,,
""",
    "not_given": """\
topic,item,name_zh,name_en,asked_by
opinion,opinion,核查意见,Opinion,ISO 14064-1:2018
""",
    "not_given_listed": """\
topic,asked_by,items_zh,items_en
opinion,ISO 14064-1:2018,核查意见,Opinion
""",
    "organisation_given": """\
item,name_zh,name_en,content_zh,content_en,evidence
tenants,租户,Tenants,无,none,lease register
""",
    "data_quality": """\
source,rating,t_co2e,share,evidence
grid_electricity,measured,2904.96,0.7,
""",
    "credit_documents": """\
programme,methodology,country,kind,buffer_percent,labels,host_authorisation,quantity,vintage_from,vintage_to
VCS,VM0010,CN,avoidance,15,,,1309,2022,2023
""",
    "electricity_by_month": """\
year,month,kwh,how
2025,2025-01,471257.5,hours
""",
    "verdicts": """\
id,statement_zh,statement_en,announced,unit,claim_id,recomputed,verdict,arithmetic_zh,arithmetic_en
area,2000 亩即 1333 公顷,2000 mu is 1333 ha,1333,ha,forest_ha,133.3,fails,2000 / 15 = 133.3,2000 / 15 = 133.3
""",
    "sentences": """\
sentence,words_zh,words_en,verbatim_zh,verbatim_en,assertion,asserted_zh,asserted_en,verdict,reason_zh,reason_en
1,“零碳总部”成为现实,"a ""Zero-Carbon Headquarters"", [fully]",verbatim,as reported,zero_carbon,零碳,Zero-carbon,fails,仍排放 1309 吨,1309 t are left
""",
    "conventions": """\
id,convention_zh,convention_en,arithmetic_zh,arithmetic_en,recomputed,unit,digits,verdict,status
coal,当量值,calorific value,5014 × 0.1229 = 616,5014 × 0.1229 = 616,616.2,tce,0,fails,ASSUMED
""",
}
FIGURES = [
    "savings",
    "cusum",
    "fit",
    "inventory",
    "change",
    "green_by_month",
    "switchboard",
    "uncovered_by_hour",
    "residual_credits",
    "intensity",
    "bridge",
    "verdicts",
    "who_carriers",
    "pathways",
    "peers",
    "building",
    "who_building",
]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="60"><path d="M5 55H195V20H5Z"/></svg>'
NAN = float("nan")
OPTIONAL = [
    "green_blocks",
    "switchboard",
    "credits_listed",
    "residual",
    "stress",
    "intensity",
    "drivers",
    "targets",
    "verdicts",
    "sentences",
    "conventions",
    "findings",
    "measures",
    "coefficients_used",
    "distances",
    "pathways",
    "contradictions",
    "standard_coal",
    "carrier_drivers",
    "peers",
    "building",
    "building_drivers",
    "change_steps",
]
ASKED = [
    "entity_company_mt",
    "peer_rebuilt_percent",
    "peer_grid_mt",
    "building_kwh_per_m2",
    "building_kwh_per_head",
    "building_beyond_guide",
    "society_avoided_mt",
    "society_missing_mt",
    "matched_monthly_mwh",
    "market_monthly_t",
    "market_excl_factor_t",
]


def make_bundle(folder, without=(), **changed):
    """Write what the notebooks leave for the report; `changed` values replace those of CLAIMS."""
    made = [
        Claim(
            id=id,
            value=changed.get(id, value),
            unit=register.find(id).unit,
            digits=register.find(id).digits,
            notebook=register.find(id).notebook,
            label_zh=f"数字 {id}",
            label_en=f"figure {id}",
            **{end: GOLDEN[end].get(id, NAN) for end in ("low", "high", "level")},
            basis='rule | "as published"',
            status="SINGLE",
            year=2025,
        )
        for id, value in CLAIMS.items()
        if id not in without
    ]
    claims.write(made, folder / "claims.csv")
    for kind in ("tables", "figures"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    for name, rows in TABLES.items():
        if name not in without:
            (folder / "tables" / f"{name}.csv").write_text(rows, encoding="utf-8")
    for name in FIGURES:
        for lang in labels.LANGUAGES:
            (folder / "figures" / f"{name}.{lang}.svg").write_text(SVG, encoding="utf-8")
    return folder


class Page(HTMLParser):
    """The text of a page outside anything that binds a number, and every address it names."""

    BINDS = {"claim", "origin", "given", "number", "header-section-number", "toc-section-number"}

    def __init__(self, text):
        super().__init__()
        self.open, self.free, self.addresses, self.tags = [], [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.addresses += [
            value
            for name, value in attributes
            if name in ("src", "href", "data", "action", "poster")
        ]
        if tag not in ("meta", "br", "img", "link", "hr", "col"):
            classes = set((dict(attributes).get("class") or "").split())
            self.open.append(
                (tag, bool(classes & self.BINDS) or tag in ("table", "style", "title"))
            )

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not any(binds for _, binds in self.open):
            self.free.append(data)


def page_of(markdown, folder, lang):
    """Return the HTML file of a text."""
    source = pages.sources(markdown, folder, lang, "", ["html"])["html"]
    return pages.html(source, folder, lang).decode()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = make_bundle(tmp_path_factory.mktemp("bundle"))
    return folder, report.write(folder, **META)


def test_the_two_texts_hold_no_digit_and_say_the_same():
    templates.refuse_faulty({lang: templates.text(lang) for lang in labels.LANGUAGES})


def test_a_typed_digit_is_refused_with_its_sentence():
    wrong = templates.text("en").replace(
        "Savings are estimated", "Conservation saved 14 percent. Savings are estimated"
    )
    with pytest.raises(
        ValueError,
        match="report.en.md: the sentence 'Conservation saved 14 percent.' holds a digit",
    ):
        templates.refuse_faulty({"zh": templates.text("zh"), "en": wrong})


@pytest.mark.parametrize(
    "text", ["{{ '40' }}", "{{ 40 }}", "共４０吨。", "scope 4", "ISO 14064-1 of 2018"]
)
def test_a_digit_in_disguise_is_found(text):
    assert templates.typed_digits(text)


@pytest.mark.parametrize("name", templates.LISTED_NAMES)
def test_a_listed_name_may_hold_its_digits(name):
    assert not templates.typed_digits(f"See {name}.")


def test_texts_that_differ_are_refused_with_the_difference():
    short = (
        templates.text("zh")
        .replace('{{ claim("left_out_t") }}', "若干", 1)
        .replace("## ", "### ", 1)
    )
    with pytest.raises(ValueError, match=r"only report.en.md has claim\('left_out_t'\)") as refused:
        templates.refuse_faulty({"zh": short, "en": templates.text("en")})
    assert "only report.zh.md has a heading of level 3" in str(refused.value)


@pytest.mark.slow
def test_all_six_files_are_written(written):
    assert [path.name for path in written[1]] == [
        f"report.{lang}.{form}" for lang in ("zh", "en") for form in ("html", "pdf", "docx")
    ]


@pytest.mark.slow
def test_a_second_run_gives_the_same_bytes(written, tmp_path):
    folder, paths = written
    again = report.write(make_bundle(tmp_path), "html pdf", **META)
    assert all((folder / path.name).read_bytes() == path.read_bytes() for path in again)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["html", "pdf", "docx"])
def test_a_format_asked_alone_is_the_same_file(written, tmp_path, form):
    folder, paths = written
    alone = report.write(make_bundle(tmp_path), form, **META)
    assert [path.name for path in alone] == [
        path.name for path in paths if path.suffix == f".{form}"
    ]
    assert all((folder / path.name).read_bytes() == path.read_bytes() for path in alone)


def test_what_pandoc_warns_of_is_said(tmp_path):
    with pytest.raises(ValueError, match=r"html5, docx report could not be made: .*missing\.png"):
        pages.sources("![a](missing.png)", tmp_path, "en", "", ["html", "docx"])


@pytest.mark.slow
@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_every_number_on_the_page_is_bound(written, lang):
    page = Page((written[0] / f"report.{lang}.html").read_text(encoding="utf-8"))
    free = "".join(page.free)
    for name in templates.LISTED_NAMES:
        free = free.replace(name, "")
    assert not re.findall(r".{0,30}\d.{0,30}", free)


@pytest.mark.slow
@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_every_claim_shown_leads_to_its_row(written, lang):
    page = (written[0] / f"report.{lang}.html").read_text(encoding="utf-8")
    shown = set(re.findall(r'data-claim="(\w+)"', page))
    assert {"location_t", "market_t", "avoided_green_t", "residual_t"} <= shown
    assert all(f'id="claim-{id}"' in page for id in shown)
    assert all(f'<div popover id="open-{id}"' in page for id in shown)


@pytest.mark.slow
@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_the_page_stands_alone(written, lang):
    text = (written[0] / f"report.{lang}.html").read_text(encoding="utf-8")
    page = Page(text)
    assert "script" not in page.tags
    other = next(f"report.{each}.html" for each in labels.LANGUAGES if each != lang)
    assert re.findall("<link [^>]*>", text) == [
        each for each in re.findall("<link [^>]*>", text) if 'rel="alternate"' in each
    ]
    assert all(each.startswith(("#", "data:")) or each == other for each in page.addresses)
    assert not re.findall(r"url\((?!\"?data:)|@import", text)


@pytest.mark.slow
def test_the_page_carries_the_glyphs_it_uses(written):
    text = (written[0] / "report.zh.html").read_text(encoding="utf-8")
    font = TTFont(BytesIO(base64.b64decode(re.search(r"font/woff;base64,([^\"]+)", text)[1])))
    body = text[text.index("<body") :]
    assert not {
        each
        for each in unescape(re.sub("<[^>]*>", "", body))
        if ord(each) not in font.getBestCmap() and not each.isspace()
    }


@pytest.mark.slow
@pytest.mark.parametrize("lang", labels.LANGUAGES)
@pytest.mark.parametrize("illustrative", [True, False])
def test_the_mark_is_on_every_pdf_page_of_an_illustrative_case_only(written, lang, illustrative):
    folder = written[0]
    markdown = report.render(folder, lang, META | {"illustrative": illustrative})
    mark = report.MARK[lang] if illustrative else ""
    source = pages.sources(markdown, folder, lang, mark, ["pdf"])["pdf"]
    options = {"root": str(folder), "font_paths": fonts.for_typst(), "field": "value"}
    marks, pages_ = (
        re.findall(r"\w+", typst.query(source, label, **options)) for label in ("<mark>", "<pages>")
    )
    assert int(pages_[0]) > 5
    assert len(marks) == (int(pages_[0]) if illustrative else 0)
    assert ("mark" in source.decode()) and (report.MARK[lang] in source.decode()) == illustrative


@pytest.mark.slow
def test_word_has_a4_pages_with_the_mark_and_captions_that_word_counts(written):
    word = docx.Document(str(written[0] / "report.en.docx"))
    (page,) = word.sections
    assert (round(page.page_width.mm), round(page.page_height.mm)) == (210, 297)
    assert page.header.paragraphs[0].text == report.MARK["en"]
    assert word.styles["Verbatim Char"].font.size is None  # that of the words beside it
    counted = [line for line in word.paragraphs if "SEQ Table" in line._p.xml]
    captioned = [line for line in word.paragraphs if line.style.name == "Table Caption"]
    assert len(counted) == len([line for line in captioned if line.text]) > 10
    # Word counts the fields itself: a number that names another table must be none of them.
    fields = [
        re.findall(r"SEQ Table.*?<w:t[^>]*>(\d+)<", line._p.xml, re.DOTALL) for line in counted
    ]
    assert fields == [[str(number)] for number in range(1, len(fields) + 1)]


@pytest.mark.slow
@pytest.mark.skipif(not OFFICE, reason="LibreOffice is not installed")
@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_word_opens_with_about_as_many_pages_as_the_pdf(written, lang, tmp_path):
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    word = written[0] / f"report.{lang}.docx"
    command = [OFFICE, profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, word]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    opened, made = (
        len(pypdfium2.PdfDocument(path))
        for path in (tmp_path / f"report.{lang}.pdf", written[0] / f"report.{lang}.pdf")
    )
    assert opened <= 1.5 * made


@pytest.mark.slow
def test_a_report_in_one_language_has_no_file_of_the_other_and_links_to_none(tmp_path):
    folder = make_bundle(tmp_path)
    made = report.write(folder, "html pdf", languages="en", **META)
    assert [path.name for path in made] == ["report.en.html", "report.en.pdf"]
    page = made[0].read_text(encoding="utf-8")
    assert "report.zh" not in page and "hreflang" not in page
    assert not printed.differences(folder)


@pytest.mark.parametrize("languages", ["", "fr", "en, zh"])
def test_another_language_is_refused(tmp_path, languages):
    with pytest.raises(ValueError, match="zh, en or both"):
        report.write(make_bundle(tmp_path), languages=languages, **META)


@pytest.mark.slow
def test_word_has_its_figures_as_png_of_their_size(written):
    with zipfile.ZipFile(written[0] / "report.en.docx") as word:
        drawn = [name for name in word.namelist() if name.startswith("word/media/")]
        sizes = {matplotlib.image.imread(BytesIO(word.read(name))).shape[:2] for name in drawn}
    assert {Path(name).suffix for name in drawn} == {".png"}
    assert sizes == {(90, 300)}  # 60 by 200 px of a 96th inch, at 144 dots per inch


def test_the_statement_follows_the_credits(tmp_path):
    real = META | {"illustrative": False}
    said = {
        lang: [
            report.render(make_bundle(tmp_path, **counts), lang, real)
            for counts in (
                {"credits_retired": 1309, "credits_checked": 1309, "credits_unchecked": 0},
                {"credits_retired": 1308, "credits_checked": 1308, "credits_unchecked": 0},
                {"credits_retired": 6309, "credits_checked": 1308, "credits_unchecked": 5001},
                {"credits_retired": 1400, "credits_checked": 1309, "credits_unchecked": 91},
            )
        ]
        for lang in labels.LANGUAGES
    }
    assert (
        "**carbon neutral**" in said["en"][0]
        and "No statement of neutrality is made" in said["en"][1]
    )
    assert "实现**碳中和**" in said["zh"][0] and "不作碳中和声明" in said["zh"][1]
    assert "no claim is made" not in said["en"][0]
    for lang, neutral in (("en", "**carbon neutral**"), ("zh", "实现**碳中和**")):
        assert [neutral in each for each in said[lang]] == [True, False, False, True]
    for lang, unchecked in (("en", "**Not checked: "), ("zh", "**未核查：")):
        assert [unchecked in each for each in said[lang]] == [False, False, True, True]


@pytest.mark.parametrize(
    ("meta", "draft", "neutral"),
    [
        ({"illustrative": True, "issued_on": "2026-03-31"}, "ILLUSTRATIVE DRAFT", False),
        ({"illustrative": False}, "DRAFT", True),
        ({"illustrative": False, "issued_on": "2026-03-31", "version": "one"}, "", True),
    ],
)
def test_the_declaration_is_marked_until_it_is_issued(tmp_path, meta, draft, neutral):
    said = report.render(make_bundle(tmp_path), "en", META | meta)
    mark = f':::: {{.declaration data-mark="{draft}"}}' if draft else ":::: {.declaration }"
    assert mark in said and ("declares that this operation was carbon neutral" in said) == neutral
    assert ("this draft declares nothing" in said) != neutral
    assert ("| Version |" in said) == ("version" in meta)
    assert "Jane Doe, energy manager" in said and r"| Verified | \_\_" in said


def test_fewer_credits_than_needed_are_declared_as_such(tmp_path):
    short = make_bundle(tmp_path, credits_checked=1300)
    said = report.render(short, "en", META | {"illustrative": False})
    assert "It does not declare carbon neutrality" in said
    assert "declares that this operation was carbon neutral" not in said


def test_an_illustrative_case_makes_no_statement(tmp_path):
    said = report.render(make_bundle(tmp_path), "en", META)
    assert "Illustrative case: no claim is made." in said and "**carbon neutral**" not in said


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_a_case_without_the_optional_tables_says_so(tmp_path, lang):
    absent = {"certificate_number": "", "matching": "", "sensitivity_zh": "", "sensitivity_en": ""}
    meta = META | absent | {"illustrative": False}
    lean = make_bundle(tmp_path, without=(*OPTIONAL, *ASKED))
    said = report.render(lean, lang, meta)
    assert not re.search(r"@@|\{\{|table-(credits|verdicts|green_blocks)", said)
    absent = {
        "en": ("No announced figures", "No credit is claimed", "no series of its company"),
        "zh": ("未附公布数字", "未申报任何碳信用", "未提供公司的年度序列"),
    }
    assert all(sentence in said for sentence in absent[lang])
    assert page_of(said, lean, lang)


def test_a_missing_claim_is_refused_by_name(tmp_path):
    with pytest.raises(
        ValueError, match="asks for the claim 'market_t', which claims.csv does not hold"
    ):
        report.render(make_bundle(tmp_path, without=("market_t",)), "zh", META)


def test_a_missing_figure_is_refused_by_name(tmp_path):
    (make_bundle(tmp_path) / "figures" / "bridge.zh.svg").unlink()
    with pytest.raises(ValueError, match="figures/bridge.zh.svg is missing"):
        report.render(tmp_path, "zh", META)


def test_a_missing_parameter_is_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match="asks for the parameter 'scheme'"):
        report.render(make_bundle(tmp_path), "en", META | {"scheme": ""})


def test_two_rows_for_one_cell_are_refused_with_the_row(tmp_path):
    make_bundle(tmp_path)
    with (tmp_path / "tables" / "inventory.csv").open("a") as file:
        file.write("2025,market,1,natural_gas,CO2,inventory,1\n")
    with pytest.raises(
        ValueError, match="inventory.csv, row 9: a second row for the same scope, source, gas"
    ):
        report.render(tmp_path, "en", META)


def test_a_claim_that_cannot_be_formed_is_a_dash(tmp_path):
    said = report.render(make_bundle(tmp_path, society_avoided_mt=float("nan")), "en", META)
    assert "help others avoid, at least [[—]{.claim" in said


def test_the_text_names_the_period_of_matching_and_the_factor_of_the_sensitivity(tmp_path):
    make_bundle(tmp_path)
    said = {each: report.render(tmp_path, "en", META | {"matching": each}) for each in ("Y", "M")}
    assert (
        "load of the same calendar year." in said["Y"]
        and "load of the same calendar month." in said["M"]
    )
    assert "[China without market-traded non-fossil power]{.given" in said["Y"]


@pytest.mark.parametrize(
    ("company", "shown"), [("China Mobile Group", True), ("Another company", False)]
)
def test_the_cautions_on_one_company_are_not_said_of_another(tmp_path, company, shown):
    table = make_bundle(tmp_path) / "tables" / "targets.csv"
    table.write_text(TABLES["targets"].replace("China Mobile Group", company), encoding="utf-8")
    said = report.render(tmp_path, "en", META)
    assert ("The series is that of the listed company" in said) == shown
    assert "Part of a fall in scope 2 emissions may come from a falling grid factor" in said


def test_markup_in_a_table_stays_text(tmp_path):
    make_bundle(tmp_path)
    (tmp_path / "tables" / "measures.csv").write_text(
        "measure,description_en\na,<script>x</script> | *b* {{ c }}\n"
    )
    page = page_of(report.render(tmp_path, "en", META), tmp_path, "en")
    assert (
        "&lt;script&gt;x&lt;/script&gt; | *b* {{ c }}" in page and "script" not in Page(page).tags
    )


def test_a_table_nobody_declared_shows_its_columns_by_their_names(tmp_path):
    (tmp_path / "undeclared.csv").write_text(TABLES["drivers"], encoding="utf-8")
    shown = exhibits.table(tmp_path / "undeclared.csv", "en", META)
    assert (
        "| Basis | Driver | Effect (Mt) |" in shown
        and "| Operating revenue | Intensity | −12.10 |" in shown
    )


def test_what_was_not_given_prints_no_nought(tmp_path):
    """Columns of noughts alone, and rows of an amount of nought, are left out."""
    (tmp_path / "attribution.csv").write_text(
        "view,source,base_t,weather_t,occupancy_t,measures_t,other_t,green_t,factor_t,reporting_t\n"
        "market,electricity,161.2,0.8,0.0,,-15.4,0,0.0,125.1\n",
        encoding="utf-8",
    )
    (tmp_path / "tiers.csv").write_text(
        "view,tier,instrument,technology,kwh,factor_kg_per_kwh,t_co2\n"
        "market,other_grid_average,,,357514,0.35,125.1\nmarket,surplus,,,0,,\n",
        encoding="utf-8",
    )
    heads = exhibits.table(tmp_path / "attribution.csv", "en", META).splitlines()[0]
    assert "Weather" in heads and "Factors" in heads
    assert not [each for each in ("Occupants", "Measures", "Green") if each in heads]
    assert len(exhibits.table(tmp_path / "tiers.csv", "en", META).splitlines()) == 3


@pytest.mark.parametrize(("scheme", "shown"), [("DB11/T 1861-2021", True), ("ISO 14068-1", False)])
def test_a_checklist_shows_the_topics_of_the_cases_own_scheme(tmp_path, scheme, shown):
    (tmp_path / "clauses.csv").write_text(
        "standard,topic_en,requirement_en,answer,rests_on_en,only_for\n"
        "DB11/T 1861-2021,gases,seven,met,the inventory,DB11/T 1861-2021\n"
        "ISO 14064-1:2018,base year,one,met,the inventory,\n",
        encoding="utf-8",
    )
    table = exhibits.table(tmp_path / "clauses.csv", "en", META | {"scheme": scheme})
    assert ("DB11" in table) == shown and "ISO 14064-1" in table


def test_a_declared_table_without_its_columns_is_refused(tmp_path):
    (make_bundle(tmp_path) / "tables" / "stress.csv").write_text(
        "study,share\na,0.3\n", encoding="utf-8"
    )
    with pytest.raises(ValueError, match="stress.csv has none of the columns the report shows"):
        report.render(tmp_path, "en", META)


@pytest.mark.parametrize(
    ("lang", "carbon", "energy"),
    [
        ("zh", "2,800\u00a0万吨", "8,474,548\u00a0吨标准煤"),
        ("en", "28.0\u00a0Mt", "8,474,548\u00a0tce"),
    ],
)
def test_each_break_even_has_its_own_unit_and_energy_its_convention(tmp_path, lang, carbon, energy):
    (tmp_path / "intensity.csv").write_text(TABLES["intensity"], encoding="utf-8")
    shown = exhibits.table(tmp_path / "intensity.csv", lang, META).splitlines()
    assert carbon in shown[2] and energy in shown[3] and "Mt" not in shown[0]
    assert {"zh": "能耗（当量值）", "en": "Energy (calorific value)"}[lang] in shown[3]


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_findings_above_the_materiality_line_stand_on_page_one_with_their_tonnes(tmp_path, lang):
    out = make_bundle(tmp_path)
    row = "factors,0,heat_factor,odd,热力因子,heat at 0.0001,-748.2"
    for name in ("findings", "material_findings"):
        text = f"table,row,rule,severity,zh,en,t_co2e\n{row}\n"
        (out / "tables" / f"{name}.csv").write_text(text, encoding="utf-8")
    said = report.render(out, lang, META | {"materiality_percent": "5"})
    first_page = said.partition("{#certified}")[0]
    assert "{#table-material_findings}" in first_page
    assert re.search(r"[-−–]748\.2", first_page)
    default = {"en": "counted at the published default", "zh": "外购热力采用公布的缺省因子"}
    assert default[lang] not in said


@pytest.mark.parametrize(("listed", "printed"), [("1", "0"), ("2", "none counted")])
def test_a_scope_whose_sources_used_nothing_prints_nought(tmp_path, listed, printed):
    out = make_bundle(tmp_path, scope1_t=0.0)
    text = f"source,scope,amount,unit,t_co2e,status\nnatural_gas,{listed},0,m3,0.0,SINGLE\n"
    (out / "tables" / "emitted_by_source.csv").write_text(text, encoding="utf-8")
    row = re.search(r"\| Scope 1, direct \|(.*)\|", report.render(out, "en", META))[1]
    assert [exhibits.plain(each).strip() for each in row.split(" | ")] == [printed] * 2


def test_without_findings_above_the_line_page_one_has_none(tmp_path):
    said = report.render(make_bundle(tmp_path), "en", META)
    assert "material_findings" not in said
    assert "times the newest published average factor" in said


def test_a_grid_factor_of_ones_own_is_not_called_the_newest_published(tmp_path):
    out = make_bundle(tmp_path)
    text = "table,row,rule,severity,zh,en,t_co2e\nfactors,0,grid_factor_own,odd,因子,ours,-1\n"
    (out / "tables" / "findings.csv").write_text(text, encoding="utf-8")
    said = report.render(out, "en", META)
    assert "times the newest published average factor" not in said
