"""What each table of a case holds: its columns, their kinds, units, bounds and meaning, with an
example each.
"""

from __future__ import annotations

from dataclasses import dataclass

from neutrality import sheets
from neutrality.reference.status import STATUSES


@dataclass(frozen=True)
class Column:
    """A column: kind is one of instant, date, month, text, id (text that claims are named by),
    choice, number, count, year, flag.
    """

    name: str
    kind: str
    meaning: str
    example: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    blank: bool = False  # an empty cell is allowed
    choices: tuple[str, ...] = ()
    optional: bool = False  # the whole column may be absent
    unique: bool = False  # no value stands twice


@dataclass(frozen=True)
class Schema:
    """A table: its columns, and for hourly tables the ending that further columns must have."""

    meaning: str
    columns: tuple[Column, ...]
    further: str = ""  # ending of columns whose names the case chooses, e.g. "_kwh"
    chosen: str = "end_use"  # what such a column is one of
    # ending of columns that say how the readings of such a column came about, e.g. "_quality"
    quality: str = ""
    required: bool = False


LINES = ("inventory", "memo", "biogenic")
# How well a published figure is known, best first: RECALLED may not enter an inventory, ASSUMED is
# only reported.
BOUNDARIES = (
    "listed company",
    "group",
    "industry",
    "上市公司",
    "集团",
    "行业",
)  # of a company's figures
QUALITIES = ("measured", "estimated")  # how a reading came about; blank is measured
ID = r"[a-z][a-z0-9_]*"
INSTRUMENTS = tuple(sheets.packaged("reference/instruments.csv")["instrument"])

SCHEMAS: dict[str, Schema] = {
    "energy": Schema(
        "hourly grid electricity of the main meter and of each end use",
        (
            Column(
                "time",
                "instant",
                "start of the hour, with UTC offset or local",
                "2025-01-01T00:00+08:00",
            ),
            Column("main_kwh", "number", "main meter", "512.4", "kWh", 0, blank=True),
        ),
        further="_kwh",
        quality="_quality",
        required=True,
    ),
    "weather": Schema(
        "hourly outdoor air temperature at the site",
        (
            Column(
                "time",
                "instant",
                "start of the hour, with UTC offset or local",
                "2025-01-01T00:00+08:00",
            ),
            Column(
                "outdoor_c",
                "number",
                "outdoor dry-bulb temperature",
                "-3.4",
                "°C",
                -60,
                60,
                blank=True,
            ),
        ),
        required=True,
    ),
    "calendar": Schema(
        "days that are not what their weekday says: holidays, and weekend days worked in exchange",
        (
            Column("date", "date", "local day", "2025-10-01", unique=True),
            Column(
                "workday", "flag", "true for a weekend day worked, false for a holiday", "false"
            ),
            Column("name", "text", "the holiday", "National Day", blank=True, optional=True),
        ),
    ),
    "activities": Schema(
        "all that is not grid electricity: heat, fuels, refrigerants; memo lines such as commuting",
        (
            Column("month", "month", "month in which it was used", "2025-01"),
            Column("source", "id", "name of the source, one word", "district_heat"),
            Column("scope", "choice", "GHG Protocol scope", "2", choices=("1", "2", "3")),
            Column("line", "choice", "counted, memo, or biogenic CO2", "inventory", choices=LINES),
            Column("amount", "number", "how much", "1210.5", low=0),
            Column("unit", "text", "unit of the amount", "GJ"),
            Column(
                "factor_id",
                "text",
                "row of the factor table, or a gas or blend such as R-410A",
                "heat_default",
            ),
            Column(
                "evidence",
                "text",
                "bill or log the amount comes from",
                "heat bill",
                blank=True,
                optional=True,
            ),
        ),
    ),
    "generation": Schema(
        "hourly metered generation of the plants behind the certificates: what hourly matching needs",
        (
            Column(
                "time",
                "instant",
                "start of the hour, with UTC offset or local",
                "2025-01-01T00:00+08:00",
            ),
        ),
        further="_kwh",
        chosen="profile",
    ),
    "certificates": Schema(
        "green electricity certificates and green-power trades, one row a block",
        (
            Column("block_id", "text", "name of the block", "W-2025-01"),
            Column(
                "serial_from",
                "text",
                "number of the first certificate of the block; empty only while provisional",
                "GEC-1000001",
                blank=True,
            ),
            Column(
                "serial_to",
                "text",
                "number of the last certificate of the block; empty only while provisional",
                "GEC-1000240",
                blank=True,
            ),
            Column("quantity", "count", "certificates in the block", "240", low=1),
            Column("technology", "text", "wind, solar, ...", "wind"),
            Column("province", "text", "where the power was generated", "Inner Mongolia"),
            Column("month", "month", "month of generation", "2025-01"),
            Column(
                "instrument",
                "choice",
                "certificate alone or bundled with the power",
                "green_power_trade",
                choices=INSTRUMENTS,
            ),
            Column("contract", "text", "contract or order", "GPT-2025-01", blank=True),
            Column(
                "retired_on",
                "date",
                "day of retirement; empty if not retired",
                "2025-02-20",
                blank=True,
            ),
            Column("beneficiary", "text", "for whom it was retired", "ILLUSTRATIVE", blank=True),
            Column(
                "claimed_year", "year", "reporting year that claims it", "2025", low=2000, high=2100
            ),
            Column(
                "carbon_project_id",
                "text",
                "carbon project the plant is registered in; none if it is in no such project",
                "none",
                blank=True,
                optional=True,
            ),
            Column(
                "settlement",
                "choice",
                "provisional until settled, issued and retired: not counted before; empty is final",
                "final",
                blank=True,
                choices=("provisional", "final"),
                optional=True,
            ),
            Column(
                "profile",
                "text",
                "the plant's column in the table generation, without _kwh",
                "wind_farm",
                blank=True,
                optional=True,
            ),
        ),
    ),
    "credits": Schema(
        "carbon credits, one row a serial block",
        (
            Column(
                "serial",
                "text",
                "the registry's serial number",
                "99001-100000001-100000700-VCS-VCU-000-VER-CN-14-0-01012022-31122022-0",
            ),
            Column("quantity", "count", "credits in the block", "700", "tCO2e", 1),
            Column("project_id", "text", "the registry's project", "0"),
            Column(
                "project_name",
                "text",
                "name of the project",
                "ILLUSTRATIVE improved forest management",
            ),
            Column("methodology", "text", "the programme's method", "VM0010", blank=True),
            Column("country", "text", "ISO 3166 code", "CN"),
            Column("vintage_start", "date", "first day of the vintage", "2022-01-01"),
            Column("vintage_end", "date", "last day of the vintage", "2022-12-31"),
            Column(
                "retired_on",
                "date",
                "day of retirement; empty if not retired",
                "2026-01-05",
                blank=True,
            ),
            Column("beneficiary", "text", "for whom they were retired", "ILLUSTRATIVE", blank=True),
            Column(
                "reason", "text", "reason given at retirement", "carbon neutrality 2025", blank=True
            ),
            Column(
                "claimed_year",
                "year",
                "reporting year that claims them",
                "2025",
                low=2000,
                high=2100,
            ),
            Column(
                "programme",
                "text",
                "VCS (Verra), GS (Gold Standard), CCER, CDM, ...; empty = that of the serial",
                "VCS",
                blank=True,
                optional=True,
            ),
            Column(
                "status",
                "text",
                "as the registry says: retired, cancelled; empty if its export does not tell",
                "retired",
                blank=True,
                optional=True,
            ),
            Column(
                "details",
                "text",
                "further text of the retirement",
                "building operation 2025",
                blank=True,
                optional=True,
            ),
        ),
    ),
    "plan": Schema(
        "what is still to be reduced, by when: the dated plan for what is left",
        (
            Column("year", "year", "year of the target", "2027", low=2000, high=2100, unique=True),
            Column(
                "target_t",
                "number",
                "what may be left in that year, before credits",
                "900",
                "tCO2e",
                0,
            ),
            Column("what_zh", "text", "what is to be done, in Chinese", "外购热力改为地源热泵"),
            Column(
                "what_en",
                "text",
                "in English",
                "ground-source heat pumps instead of purchased heat",
            ),
            Column(
                "status",
                "choice",
                "how firm it is",
                "committed",
                choices=("planned", "committed", "done"),
            ),
        ),
    ),
    "assets": Schema(
        "the lighting stock",
        (
            Column("asset", "text", "what it is", "office panel 600x600"),
            Column("area", "text", "where it is", "offices"),
            Column("technology", "text", "LED, fluorescent, ...", "LED"),
            Column(
                "control",
                "choice",
                "smart (sensed, dimmed) or plain",
                "smart",
                choices=("smart", "plain"),
            ),
            Column("count", "count", "how many", "4200", low=0),
            Column("power_w", "number", "rated power of one", "28", "W", 0),
        ),
    ),
    "measures": Schema(
        "what was done, to which end use, since when",
        (
            Column("measure", "text", "name of the measure, one word", "chiller_ai"),
            Column("end_use", "text", "end use it acts on", "cooling"),
            Column("since", "date", "first day in force", "2024-04-01"),
            Column("description_zh", "text", "in Chinese", "制冷站人工智能寻优"),
            Column("description_en", "text", "in English", "AI optimisation of the chiller plant"),
        ),
    ),
    "company": Schema(
        "the group's published yearly series",
        (
            Column("entity", "text", "who", "Example Ltd"),
            Column("year", "year", "year of the figure", "2020", low=1990, high=2100),
            Column(
                "metric",
                "text",
                "what, in English or Chinese: one of the metrics below",
                "ghg_scope1_2",
            ),
            Column("value", "number", "how much", "34.15"),
            Column("unit", "text", "its unit as printed, such as MtCO2e or 万吨", "MtCO2e"),
            Column(
                "boundary",
                "choice",
                "whose figure it is",
                "listed company",
                blank=True,
                choices=BOUNDARIES,
            ),
            Column("source", "text", "document", "Sustainability Report 2021"),
            Column("status", "choice", "how well it is known", "SINGLE", choices=STATUSES),
        ),
    ),
    "announced": Schema(
        "published statements to be audited, in both languages",
        (
            Column("id", "text", "name of the statement", "green_power", unique=True),
            Column("statement_zh", "text", "in Chinese", "绿电减排"),
            Column("statement_en", "text", "in English", "avoided by green power"),
            Column("value", "number", "announced figure", "2785"),
            Column("unit", "text", "its unit", "tCO2e"),
            Column(
                "relation",
                "choice",
                "equal, more than, less than, about",
                "=",
                choices=("=", ">", "<", "~"),
            ),
            Column("claim_id", "text", "claim to compare with", "avoided_green_t", blank=True),
            Column(
                "calibrated", "flag", "true if an illustrative input was made to give it", "false"
            ),
            Column("source", "text", "where it was announced", "company announcement"),
            Column("status", "choice", "how well it is known", "SINGLE", choices=STATUSES),
            Column(
                "operand",
                "number",
                "a second figure of the statement",
                "2000",
                blank=True,
                optional=True,
            ),
            Column("operand_unit", "text", "its unit", "mu", blank=True, optional=True),
            Column(
                "arithmetic_zh",
                "text",
                "the line of arithmetic in Chinese, with {claim} places",
                "",
                blank=True,
                optional=True,
            ),
            Column(
                "arithmetic_en",
                "text",
                "the line of arithmetic in English",
                "",
                blank=True,
                optional=True,
            ),
        ),
    ),
    "factors": Schema(
        "emission factors of the case's own: they add to or, by id, override the shipped ones",
        (
            Column("id", "text", "name of the factor", "grid_gb_2025"),
            Column("quantity", "text", "what it is", "GB grid average"),
            Column("value", "number", "the factor", "0.177", low=0),
            Column("unit", "text", "emitted / used", "kgCO2e/kWh"),
            Column("gas", "text", "CO2, CO2e, CH4, ...", "CO2e"),
            Column(
                "gas_coverage",
                "text",
                "gases it covers",
                "CO2, CH4, N2O",
                blank=True,
                optional=True,
            ),
            Column(
                "gwp_edition",
                "text",
                "edition behind a CO2e factor",
                "AR5",
                blank=True,
                optional=True,
            ),
            Column("publisher", "text", "who published it", "DESNZ", blank=True, optional=True),
            Column(
                "notice",
                "text",
                "in which document",
                "GHG conversion factors",
                blank=True,
                optional=True,
            ),
            Column("data_year", "text", "year of the data", "2025", blank=True, optional=True),
            Column(
                "region_level",
                "text",
                "national, grid_region, province",
                "national",
                blank=True,
                optional=True,
            ),
            Column(
                "region", "text", "region in English", "Great Britain", blank=True, optional=True
            ),
            Column("region_zh", "text", "region in Chinese", "英国", blank=True, optional=True),
            Column(
                "basis",
                "text",
                "what kind of average",
                "location_average",
                blank=True,
                optional=True,
            ),
            Column("status", "choice", "how well it is known", "SINGLE", choices=STATUSES),
            Column("source", "text", "citation", "DESNZ 2025"),
        ),
    ),
    "labels": Schema(
        "names of the case's own end uses and sources in both languages",
        (
            Column("id", "text", "the name used in the tables", "server_room"),
            Column("zh", "text", "in Chinese", "机房"),
            Column("en", "text", "in English", "Server room"),
        ),
    ),
}
