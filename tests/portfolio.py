"""Twelve honest sites that differ, made by a seed, and what each of them has earned to be told.

Nothing in them is hidden, doubled or mistyped. A finding is earned by what the site is known to
have or to lack, listed with it; every other finding is noise, and `tests/test_portfolio.py` counts
it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from neutrality.case import tables
from neutrality.runner import new

BASE, YEAR = 2023, 2025
HOURS_A_DAY, DAYS_A_YEAR = 24, 365.25
CERTIFICATE_KWH = 1000
# Share of its peak that a use draws by hour of a working day, and on days off.
SHAPES = {
    "office": ([0.25] * 7 + [0.5, 0.9] + [1.0] * 9 + [0.6, 0.4] + [0.25] * 4, 0.3),
    "hotel": ([0.6] * 6 + [0.9] * 4 + [0.75] * 7 + [1.0] * 5 + [0.7] * 2, 1.0),
    "school": ([0.15] * 7 + [0.7] + [1.0] * 8 + [0.4] * 3 + [0.15] * 5, 0.15),
    "hospital": ([0.7] * 7 + [1.0] * 11 + [0.8] * 6, 0.85),
    "shop": ([0.2] * 8 + [0.6] + [1.0] * 12 + [0.5] + [0.2] * 2, 1.1),
    "servers": ([1.0] * 24, 1.0),
}
# What is always said of a ledger, because nobody can know it from a table.
OF_CERTIFICATES = {
    "certificate_registry_unchecked",
    "market_unchecked",
    "generation_unbounded",  # their ledgers give neither capacity nor profile
}
OF_CERTIFICATES |= {"scheme_instruments_unsaid", "double_count"}
OF_CREDITS = {"registry_unchecked", "programme_unchecked"}
OF_OWN_GRID = {
    "grid_factor_alone",
    "base_factor_alone",
    "own_factor_alone",
    "own_factor",
}  # factors of its own
OF_OWN_GRID |= {"factor_of_mainland"}  # heat and fuels abroad, at factors published in China


@dataclass(frozen=True)
class Site:
    """One site: what it is, what it burns, buys and holds, and what it has earned."""

    name: str
    shape: str
    m2: float
    people: float
    mean_c: float = 13.0  # of the year
    season_c: float = 13.0  # half the range between summer and winter
    province: str = "Beijing"
    country: str = "CN"
    zone: str = "Asia/Shanghai"
    grid: tuple[float, float] = ()  # own grid factors of both years [kgCO2/kWh]
    w_per_m2: float = 12.0
    change: float = 0.0  # of the reporting year beyond weather, as a share
    end_uses: tuple[str, ...] = ()
    heat_gj_per_m2: float = 0.0
    gas_m3_per_m2: float = 0.0
    diesel_kg: float = 0.0  # each month, or each of the deliveries
    deliveries: tuple[str, ...] = ()  # months in which fuel came, where not every month
    refills: tuple[tuple[str, str, float], ...] = ()  # month, gas, kg
    travel_km: float = 0.0
    nothing_of: tuple[str, ...] = ()  # kinds stated by a row of amount 0
    covered: float = 0.0  # share of the load under certificates
    instrument: str = "GEC"
    credits: int = 0
    programme: str = "VCS"
    gap_hours: int = 0
    company: bool = False
    measures: tuple[str, ...] = ()
    scheme: str = "ISO 14068-1:2023"
    earned: set[str] = field(default_factory=set)
    extra: dict[str, str] = field(default_factory=dict)  # parameters


SITES = (
    Site(
        "beijing-office", "office", 42_000, 1_800, heat_gj_per_m2=0.28, diesel_kg=40,
        gas_m3_per_m2=0.9, refills=(("2023-06", "R-410A", 8.0), ("2025-07", "R-410A", 6.0)),
        covered=0.6, credits=9_000, end_uses=("cooling", "lighting"),
        measures=("lighting",), change=-0.06, scheme="DB11/T 1861-2021",
        earned=OF_CERTIFICATES | OF_CREDITS
        | {"retirement_window_unknown", "saving_within"},  # 6 % saved, within the band
    ),
    Site(
        "harbin-hospital", "hospital", 80_000, 3_000, mean_c=4.5, season_c=21.0,
        province="Heilongjiang", heat_gj_per_m2=0.55, gas_m3_per_m2=2.0, diesel_kg=300,
        deliveries=("2023-01", "2023-04", "2023-09", "2025-02", "2025-08"),
        refills=(("2023-05", "R-22", 4.0), ("2025-06", "R-22", 3.0)), gap_hours=40, w_per_m2=25,
        earned={"outside_kyoto"},
    ),
    Site(
        "sanya-hotel", "hotel", 26_000, 700, mean_c=26, season_c=3.5, province="Hainan",
        gas_m3_per_m2=4.0, nothing_of=("heat", "refrigerant"), covered=1.02,
        instrument="green_power_trade", earned=OF_CERTIFICATES,
    ),
    Site(
        "shanghai-shop", "shop", 9_000, 250, mean_c=17, season_c=12, province="Shanghai",
        w_per_m2=35, refills=(("2023-08", "R-32", 1.2), ("2025-05", "R-410A", 2.5)),
        nothing_of=("heat", "natural_gas"), earned={"gas_lost"},
    ),
    Site(
        "guizhou-servers", "servers", 15_000, 60, mean_c=15, season_c=9, province="Guizhou",
        w_per_m2=300, diesel_kg=900, covered=0.8, credits=15_000,
        programme="CCER", nothing_of=("heat", "natural_gas"),
        refills=(("2023-04", "HFC-134a", 30.0), ("2025-04", "HFC-134a", 22.0)),
        earned=OF_CERTIFICATES | OF_CREDITS | {"serial_opaque"},
    ),
    Site(
        "lhasa-school", "school", 5_500, 600, mean_c=8.5, season_c=9, province="Tibet",
        w_per_m2=8, extra={"grid_rule": "national"}, nothing_of=("natural_gas", "refrigerant"),
        heat_gj_per_m2=0.2,
    ),
    Site(
        "xian-campus", "school", 60_000, 6_000, mean_c=14.5, season_c=13.5, province="Shaanxi",
        gas_m3_per_m2=5.5, nothing_of=("heat", "refrigerant"), travel_km=150_000,
        earned={"own_factor_alone"},
    ),
    Site(
        "shenzhen-tower", "office", 68_000, 4_500, mean_c=23, season_c=6.5, province="Guangdong",
        w_per_m2=20, end_uses=("cooling", "lifts", "sockets"), covered=0.3, company=True,
        refills=(("2023-03", "R-134a", 15.0), ("2025-09", "R-134a", 12.0)),
        nothing_of=("heat", "natural_gas"), earned=OF_CERTIFICATES,
        extra={"site_zh": "北京路大厦"},
    ),
    Site(
        "urumqi-small", "office", 500, 20, mean_c=7.5, season_c=19, province="Xinjiang",
        w_per_m2=9, heat_gj_per_m2=0.45, gap_hours=12, nothing_of=("natural_gas", "refrigerant"),
    ),
    Site(
        "london-office", "office", 3_200, 160, mean_c=11, season_c=7, country="GB-ENG",
        province="England", zone="Europe/London", grid=(0.207, 0.177), gas_m3_per_m2=7.0,
        nothing_of=("heat", "refrigerant"), earned=OF_OWN_GRID,
    ),
    Site(
        "munich-hall", "shop", 12_000, 90, mean_c=9.5, season_c=10.5, country="DE",
        province="Bavaria", zone="Europe/Berlin", grid=(0.386, 0.363), heat_gj_per_m2=0.3,
        nothing_of=("natural_gas", "refrigerant"), diesel_kg=20, earned=OF_OWN_GRID,
    ),
    Site(
        "singapore-lab", "hospital", 20_000, 400, mean_c=27.5, season_c=1.0, country="SG",
        province="Singapore", zone="Asia/Singapore", grid=(0.412, 0.402), w_per_m2=40,
        credits=16_000, nothing_of=("heat", "natural_gas"),
        refills=(("2023-02", "R-410A", 5.0), ("2025-02", "R-410A", 5.5)),
        earned=OF_OWN_GRID | OF_CREDITS,
    ),
)  # fmt: skip


def make(site: Site, params: Path) -> Path:
    """Write the case of a site under `params`; return its YAML."""
    folder = new.new(site.name, params, YEAR)
    for path in folder.glob("*.csv"):
        path.unlink()
    rng = np.random.default_rng(zlib.crc32(site.name.encode()))
    energy, outdoor_c = _readings(site, rng)
    outdoor_c.rename("outdoor_c").rename_axis("time").reset_index().to_parquet(
        folder / "weather.parquet"
    )
    energy.rename_axis("time").reset_index().to_parquet(folder / "energy.parquet")
    kwh = energy["main_kwh"].groupby(lambda at: f"{at:%Y-%m}").sum()
    made = {"activities": _bills(site, outdoor_c, rng), "factors": _own_factors(site)}
    made |= {"certificates": _certificates(site, kwh), "credits": _credits(site)}
    made |= {"measures": _measures(site), "company": _company(site)}
    for name, rows in made.items():
        if len(rows):
            tables.write(pd.DataFrame(rows), folder / f"{name}.csv")
    _parameters(site, folder / f"{YEAR}.yaml")
    return folder / f"{YEAR}.yaml"


def _readings(site: Site, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.Series]:
    """Return the readings [kWh] and the outdoor temperature [°C] of both years, by local hour."""
    years = [
        pd.date_range(
            f"{year}-01-01", f"{year + 1}-01-01", freq="h", tz=site.zone, inclusive="left"
        )
        for year in (BASE, YEAR)
    ]
    hours = years[0].append(years[1])
    day = 2 * np.pi * (hours.day_of_year.to_numpy() - 15) / DAYS_A_YEAR
    hour = 2 * np.pi * (hours.hour.to_numpy() - 15) / HOURS_A_DAY
    fronts = 2.5 * _remembering(rng, len(hours), 0.985)
    outdoor = site.mean_c - site.season_c * np.cos(day) + 3.5 * np.cos(hour) + fronts
    shape, off = SHAPES[site.shape]
    rest = hours.day_of_week.to_numpy() >= 5
    present = np.array(shape)[hours.hour] * np.where(rest, off, 1.0)
    if site.shape == "school":  # holidays
        present = np.where(np.isin(hours.month, (2, 7, 8)), 0.3 * present, present)
    peak_kw = site.m2 * site.w_per_m2 / 1000
    noise = 1 + 0.05 * _remembering(rng, len(hours), 0.9)
    use = peak_kw * (0.15 + 0.85 * present) * noise
    cooling = peak_kw * 0.03 * np.clip(outdoor - 18, 0, None) * (0.3 + 0.7 * present) * noise
    late = np.where(hours.year == YEAR, 1 + site.change + 0.01 * rng.standard_normal(), 1.0)
    parts = {"cooling": cooling * late}
    for name in site.end_uses:
        parts.setdefault(name, use * late / (len(site.end_uses) + 1))
    columns = {"main_kwh": (use + cooling) * late}
    columns |= {f"{name}_kwh": parts[name] for name in site.end_uses}
    energy = pd.DataFrame(columns, hours).round(2)
    for year in years:
        at = rng.choice(len(year), site.gap_hours, replace=False)
        energy.loc[year[at], "main_kwh"] = np.nan
    return energy, pd.Series(outdoor, hours).round(1)


def _remembering(rng: np.random.Generator, count: int, rho: float) -> np.ndarray:
    """Return noise of standard deviation 1 whose neighbours correlate by rho."""
    steps = rng.standard_normal(count) * np.sqrt(1 - rho**2)
    made = np.empty(count)
    last = 0.0
    for at, step in enumerate(steps):
        last = made[at] = rho * last + step
    return made


def _bills(site: Site, outdoor_c: pd.Series, rng: np.random.Generator) -> list[dict]:
    """Return the rows of activities: bills that follow the weather, deliveries, refills, zeros."""
    cold = (15 - outdoor_c).clip(lower=0).groupby(lambda at: f"{at:%Y-%m}").sum()
    yearly = cold.groupby(lambda month: month[:4]).transform("sum").replace(0, 1)
    rows = []
    for month in cold.index:
        share = cold[month] / yearly.iloc[:12].iloc[0]
        wobble = 1 + 0.05 * rng.standard_normal()
        heated = site.heat_gj_per_m2 * site.m2 * share * wobble
        burned = site.gas_m3_per_m2 * site.m2 * (0.02 + 0.76 * share) * wobble
        own_gas = "town_gas" if site.grid and site.country == "GB-ENG" else "fuel_natural_gas"
        rows += _row(month, "heat", 2, heated, "GJ", "heat_default")
        rows += _row(month, "natural_gas", 1, burned, "m3", own_gas)
        came = not site.deliveries or month in site.deliveries
        rows += _row(month, "diesel", 1, came * site.diesel_kg * wobble, "kg", "fuel_diesel")
        rows += _row(month, "travel", 3, site.travel_km * wobble, "km", "train", "memo")
    for month, gas, kg in site.refills:
        rows += _row(month, "refrigerant", 1, kg, "kg", gas)
    zeros = {"heat": (2, "GJ", "heat_default"), "natural_gas": (1, "m3", "fuel_natural_gas")}
    zeros["refrigerant"] = (1, "kg", "R-410A")
    for source in site.nothing_of:
        scope, unit, factor_id = zeros[source]
        none = _bill(f"{YEAR}-12", source, scope, 0.0, unit, factor_id)
        rows += [none | {"reason": "the site has none"}]
    return rows


def _row(month, source, scope, amount, unit, factor_id, line="inventory") -> list[dict]:
    """Return a bill where there is anything to bill."""
    if amount < 0.05:
        return []
    return [_bill(month, source, scope, round(amount, 1), unit, factor_id, line)]


def _bill(month, source, scope, amount, unit, factor_id, line="inventory") -> dict:
    names = ("month", "source", "scope", "line", "amount", "unit", "factor_id", "evidence")
    return dict(
        zip(names, (month, source, scope, line, amount, unit, factor_id, "bill"), strict=True)
    )


def _own_factors(site: Site) -> list[dict]:
    rows = []
    for year, value in zip((BASE, YEAR), site.grid, strict=False):
        rows.append(_factor(f"grid_{year}", "grid electricity", value, "kgCO2e/kWh", year))
    if site.country == "GB-ENG":
        rows.append(_factor("town_gas", "natural gas", 2.03, "kgCO2e/m3", YEAR))
    if site.travel_km:
        rows.append(_factor("train", "travel by train", 0.03, "kgCO2e/km", YEAR))
    return rows


def _factor(id: str, quantity: str, value: float, unit: str, year: int) -> dict:
    row = {"id": id, "quantity": quantity, "value": value, "unit": unit, "gas": "CO2e"}
    row |= {"gwp_edition": "AR5", "data_year": year, "publisher": "national ministry"}
    return row | {"status": "SINGLE", "source": "conversion factors, national ministry"}


def _certificates(site: Site, kwh: pd.Series) -> list[dict]:
    rows, start = [], 20_240_000_000
    for month in kwh.index[kwh.index.str.startswith(str(YEAR))] if site.covered else ():
        count = int(site.covered * kwh[month] / CERTIFICATE_KWH)
        row = {"block_id": f"W-{month}", "serial_from": start, "serial_to": start + count - 1}
        row |= {"quantity": count, "technology": "wind", "province": "Gansu", "month": month}
        contract = "C-2025-7" if site.instrument == "green_power_trade" else ""
        row |= {"instrument": site.instrument, "contract": contract}
        row |= {"retired_on": f"{pd.Period(month) + 1}-20", "beneficiary": f"{site.name} Ltd"}
        row |= {"claimed_year": YEAR, "carbon_project_id": "none", "settlement": "final"}
        rows.append(row | {"profile": ""})
        start += count + 50
    return rows


def _credits(site: Site) -> list[dict]:
    if not site.credits:
        return []
    end = 500_000_000 + site.credits - 1
    serial = f"900-500000000-{end}-VCS-VCU-1310-VER-CN-14-3005-01012022-31122022-0"
    if site.programme != "VCS":
        serial = f"{site.programme}-2022-500000000 to {end}"
    row = {"serial": serial, "quantity": site.credits, "project_id": "3005"}
    row |= {"project_name": "Forest", "methodology": "VM0010", "country": "CN"}
    row |= {"vintage_start": "2022-01-01", "vintage_end": "2022-12-31"}
    row |= {"retired_on": "2026-02-03", "beneficiary": f"{site.name} Ltd", "claimed_year": YEAR}
    return [row | {"reason": f"carbon neutrality of {YEAR}", "programme": site.programme}]


def _measures(site: Site) -> list[dict]:
    return [
        {"measure": f"{use}_new", "end_use": use, "since": "2024-05-01"}
        | {"description_zh": "改造", "description_en": "retrofit"}
        for use in site.measures
    ]


def _company(site: Site) -> list[dict]:
    rows = []
    for year, mt, revenue in ((2020, 1.0, 80.0), (2023, 0.9, 100.0), (2025, 0.85, 110.0)):
        for metric, value, unit in (("ghg_scope1_2", mt, "MtCO2e"), ("revenue", revenue, "CNY bn")):
            row = {"entity": f"{site.name} Ltd", "year": year, "metric": metric, "value": value}
            row |= {"unit": unit, "boundary": "group", "source": f"annual report {year}"}
            rows.append(row | {"status": "SINGLE"})
    return rows if site.company else []


def _parameters(site: Site, yaml: Path) -> None:
    """Give the parameters of the site, in place of those that the new case starts with."""
    chosen = {"base_year": BASE, "timezone": site.zone, "country": site.country}
    chosen |= {"illustrative": "false", "province": site.province, "scheme": f'"{site.scheme}"'}
    chosen |= {"beneficiary": f"{site.name} Ltd", "floor_area_m2": site.m2}
    chosen |= {"occupants": site.people, "base_grid_data_year": 2021}
    for lang in ("zh", "en"):
        chosen |= {f"entity_{lang}": f"{site.name} Ltd", f"site_{lang}": site.name}
        chosen |= {f"boundary_{lang}": "operation"}
    chosen |= {
        "entity": f"{site.name} Ltd" if site.company else '""',
        "sensitivity_factor_id": '""',
    }
    if site.grid:
        chosen |= {"grid_factor_id": f"grid_{YEAR}", "base_grid_factor_id": f"grid_{BASE}"}
    chosen |= site.extra
    text = yaml.read_text(encoding="utf-8").splitlines()
    kept = [line for line in text if line.partition(":")[0] not in chosen]
    given = [f"{name}: {value}" for name, value in chosen.items()]
    yaml.write_text("\n".join([*kept, *given]) + "\n", encoding="utf-8")
