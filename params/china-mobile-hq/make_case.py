"""Make the illustrative tables of China Mobile's headquarters building, 2023 (base) and 2025
(reporting).

The building's meters and ledgers are not published. Every constant below is a choice of an
illustration; real are the emission factors, read through `neutrality.reference`, and the two
announced totals, read from announced.csv, to which certificates and electricity are calibrated.
Same seed, same bytes:

    python params/china-mobile-hq/make_case.py
"""

from __future__ import annotations

import math
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from neutrality.case import schemas, tables
from neutrality.inventory import activities
from neutrality.reference import emission_factors, published, units

HERE = Path(__file__).resolve().parent
SEED = 20260001
BASE_YEAR, REPORTING_YEAR = 2023, 2025
ZONE, OFFSET = "Asia/Shanghai", "+08:00"
MARK = "ILLUSTRATIVE"  # beneficiary and mark of all that is not real

# -- What the calibration leans on
GRID_FACTOR = "grid_cn_beijing_2023"  # the newest provincial average when 2025 was reported
CERTIFICATE_SIZE = "gec_kwh"  # row of the published coefficients
GWP_EDITION = "AR5"
BELOW_ANNOUNCED_T = (
    0.25  # middle of the half tonne that both rounds and ceils to an announced whole tonne
)

# -- Holidays and weekend days worked, as announced by the State Council
HOLIDAYS = (
    ("2023-01-01", "2023-01-02", "New Year"),
    ("2023-01-21", "2023-01-27", "Spring Festival"),
    ("2023-04-05", "2023-04-05", "Qingming"),
    ("2023-04-29", "2023-05-03", "Labour Day"),
    ("2023-06-22", "2023-06-24", "Dragon Boat"),
    ("2023-09-29", "2023-10-06", "Mid-Autumn and National Day"),
    ("2025-01-01", "2025-01-01", "New Year"),
    ("2025-01-28", "2025-02-04", "Spring Festival"),
    ("2025-04-04", "2025-04-06", "Qingming"),
    ("2025-05-01", "2025-05-05", "Labour Day"),
    ("2025-05-31", "2025-06-02", "Dragon Boat"),
    ("2025-10-01", "2025-10-08", "National Day and Mid-Autumn"),
)
WORKED = {
    "Spring Festival": ("2023-01-28", "2023-01-29", "2025-01-26", "2025-02-08"),
    "Labour Day": ("2023-04-23", "2023-05-06", "2025-04-27"),
    "Dragon Boat": ("2023-06-25",),
    "Mid-Autumn and National Day": ("2023-10-07", "2023-10-08"),
    "National Day and Mid-Autumn": ("2025-09-28", "2025-10-11"),
}

# -- Weather, Beijing-like [°C]
MEAN_C, SEASON_C, COLDEST_DAY = 12.7, 15.0, 18
DAY_SWING_C, WARMEST_HOUR = 4.4, 15  # half the range between night and afternoon
FRONT_C, FRONT_WINTER_C, FRONT_RHO = 2.6, 1.0, 0.985  # weather fronts last about three days
ANOMALY_C = {2023: 0.5, 2025: 0.1}  # how much warmer than normal the year is

# -- People in the building: share present by hour of a weekday, and the level of other days
PRESENT = np.array(
    [
        0.04,
        0.03,
        0.03,
        0.03,
        0.03,
        0.05,
        0.12,
        0.38,
        0.80,
        0.96,
        1.0,
        1.0,
        0.84,
        0.86,
        0.98,
        1.0,
        0.99,
        0.94,
        0.70,
        0.42,
        0.27,
        0.17,
        0.10,
        0.06,
    ]
)
SATURDAY, SUNDAY_OR_HOLIDAY = 0.24, 0.15  # of a weekday's presence

# -- Loads before calibration [kW], slopes [kW/K], for about 60,000 m2
COOLING_KW, COOLING_KW_PER_K, COOLING_FROM_C, COOLING_MONTHS = 11.0, 82.0, 18.0, (5, 6, 7, 8, 9)
HEATING_KW, HEATING_KW_PER_K, HEATING_TO_C, HEATING_SEASON = 40.0, 3.5, 18.0, ("11-15", "03-15")
HEATING_OFF_KW = 2.0  # substation controls outside the season
LIGHTING_KW, LIGHTING_PRESENT_KW, LIGHTING_WINTER = 30.0, 205.0, 0.10
EQUIPMENT_KW, EQUIPMENT_PRESENT_KW = 270.0, 430.0
REST_KW, REST_PRESENT_KW, LOSSES = 8.0, 22.0, 0.015  # lifts and losses: on the main meter only
WHEN_EMPTY = {
    "cooling": 0.35,
    "heating_plant": 0.70,
}  # share of the weather-driven load with nobody present
LAG_HOURS = 5.0  # half-life of the building's memory of outdoor temperature
NOISE = {"cooling": 0.07, "heating_plant": 0.05, "lighting": 0.05, "equipment": 0.03, "rest": 0.05}
NOISE_RHO = 0.9
# share saved since 2024 with everybody present, and with nobody: what a baseline should find
REDUCTION = {
    "cooling": (0.135, 0.150),
    "heating_plant": (0.100, 0.100),
    "lighting": (0.200, 0.260),
    "equipment": (0.036, 0.043),
}
GAPS = {
    "main": (1, 1, 2, 5),
    "cooling": (2, 9),
    "heating_plant": (3,),
    "lighting": (1, 6),
    "equipment": (1, 4),
}  # hours without reading, each year
GAPS_FROM_HOUR = (
    23  # meters are serviced at night, the main meter outside the months of cooling too:
)
# there any sensible way of filling comes close to the truth, and the calibration holds for all of
# them

# -- All that is not grid electricity
HEAT_GJ_PER_KH = {2023: 0.162, 2025: 0.150}  # district heat per degree-hour below HEATING_TO_C
GAS_M3_PER_WORKDAY = {2023: 181.0, 2025: 170.0}
PETROL_T_PER_WORKDAY = {2023: 0.0602, 2025: 0.0551}
DIESEL_KG_PER_MONTH = {2023: 62.0, 2025: 60.0}
REFRIGERANT_KG = {
    "2023-07": ("R-410A", 9.4),
    "2023-08": ("R-22", 5.2),
    "2025-06": ("R-410A", 4.2),
    "2025-08": ("R-410A", 3.6),
}
PEOPLE, COMMUTE_KM_PER_DAY = 2000, 24.0
CAR_SHARE = {2023: 0.30, 2025: 0.25}  # of person-km
COMMUTE_KG_PER_PERSON_KM = {"car": 0.150, "transit": 0.030}  # assumed, not published

# -- Green power of the reporting year
SUPPLIES = (  # code, technology, province, instrument, share of the year
    ("WN", "wind", "Inner Mongolia", "green_power_trade", 0.46),
    ("WG", "wind", "Gansu", "green_power_trade", 0.16),
    ("SG", "solar", "Gansu", "green_power_trade", 0.20),
    ("SQ", "solar", "Qinghai", "GEC", 0.11),
    ("WH", "wind", "Hebei", "GEC", 0.07),
)
BY_MONTH = {
    "wind": (1.10, 1.05, 1.20, 1.20, 1.05, 0.90, 0.80, 0.80, 0.85, 0.95, 1.05, 1.05),
    "solar": (0.75, 0.80, 0.95, 1.05, 1.20, 1.25, 1.25, 1.20, 1.00, 0.90, 0.80, 0.75),
}
UNSETTLED = (
    "SG",
    12,
    21,
)  # supply, month, certificates that are not settled yet when the report is made
SERIAL_START, SERIALS_PER_SUPPLY, SERIAL_SKIP = (
    900_000_001,
    1_000_000,
    37,
)  # others' certificates in between
RETIRED_ON_DAY = 12  # of the month after generation
# -- Hourly generation of their plants: shapes only, scaled so that a plant generates a little more
# than was bought of it
GENERATED_AT_LEAST = 1.05  # times what was bought, in the scarcest month
PLANT = {
    "Inner Mongolia": (41.0, 111.0),
    "Gansu": (39.5, 98.5),
    "Qinghai": (36.3, 100.6),
    "Hebei": (41.2, 114.7),
}  # latitude, longitude [°]
ZONE_LONGITUDE, TILT_DEGREES = 120.0, 23.45  # meridian of the clock; of the earth's axis
CLOUD, CLOUD_RHO = 0.35, 0.97  # weight and hourly memory of clouds
GUST, WIND_RHO, NIGHT_WIND = 1.4, 0.985, 0.25  # spread and hourly memory of the wind; more at night

# -- Credits: vintage year and share
VINTAGES = ((2022, 0.38), (2022, 0.17), (2023, 0.30), (2023, 0.15))
CREDITS_RETIRED_ON, CREDIT_START = "2026-01-14", 100_000_001

# -- Written out
ASSETS = (  # lighting of the reporting year: asset, area, technology, control, count, W
    ("office panel 600x600", "offices", "LED", "smart", 5200, 28),
    ("downlight", "meeting rooms and corridors", "LED", "smart", 4600, 12),
    ("linear tube", "stairs, plant and store rooms", "LED", "smart", 2600, 14),
    ("garage batten", "garage", "LED", "smart", 1300, 10),
    ("high bay", "lobby and canteen", "LED", "smart", 240, 60),
    ("facade and path light", "outdoors", "LED", "smart", 140, 35),
    ("exit and emergency light", "all floors", "LED", "smart", 900, 3),
)
MEASURES = (
    (
        "chiller_ai",
        "cooling",
        "2024-04-15",
        "制冷站人工智能寻优（冷水机组、水泵、冷却塔）",
        "AI optimisation of the chiller plant (chillers, pumps, cooling towers)",
    ),
    (
        "heating_ai",
        "heating_plant",
        "2024-10-20",
        "换热站水泵与供水温度人工智能寻优",
        "AI optimisation of pumps and supply temperature of the heat substation",
    ),
    (
        "lighting_smart",
        "lighting",
        "2024-03-01",
        "LED 智能照明：人体感应、日光调光、分区控制",
        "LED smart lighting: presence sensing, daylight dimming, zones",
    ),
    (
        "equipment_upgrade",
        "equipment",
        "2024-06-01",
        "关键设备更新：高效风机、热水器与不间断电源",
        "Upgrade of key equipment: efficient fans, water heaters and UPS",
    ),
    (
        "habit_set_points",
        "cooling",
        "2024-06-01",
        "空调温度设定：夏季不低于 26 °C，冬季不高于 20 °C",
        "Air-conditioning set points: at least 26 °C in summer, at most 20 °C in winter",
    ),
    ("habit_lights_off", "lighting", "2024-03-01", "人走灯灭", "Lights off on leaving"),
    (
        "habit_switch_off",
        "equipment",
        "2024-03-01",
        "下班关闭办公设备电源",
        "Office equipment off after hours",
    ),
    (
        "habit_commuting",
        "commuting",
        "2024-03-01",
        "绿色通勤：公共交通、骑行与步行",
        "Green commuting: public transport, cycling and walking",
    ),
)
LABELS = (
    ("heating_plant", "换热站", "Heating plant"),
    ("heating_plant_kwh", "换热站", "Heating plant"),
    ("ILLUSTRATIVE heat bill", "示例：供热账单", "ILLUSTRATIVE heat bill"),
    ("ILLUSTRATIVE canteen gas bill", "示例：食堂燃气账单", "ILLUSTRATIVE canteen gas bill"),
    ("ILLUSTRATIVE fuel cards", "示例：加油卡记录", "ILLUSTRATIVE fuel cards"),
    ("ILLUSTRATIVE refill log", "示例：制冷剂充注记录", "ILLUSTRATIVE refill log"),
    ("ILLUSTRATIVE generator test log", "示例：发电机试机记录", "ILLUSTRATIVE generator test log"),
    (
        "ILLUSTRATIVE: assumed for this case, no publication behind it",
        "示例：为本案例假定，无公布文件为据",
        "ILLUSTRATIVE: assumed for this case, no publication behind it",
    ),
)


def listed(name: str, rows: list[tuple] | tuple) -> pd.DataFrame:
    """Return rows as a table under the columns of its schema, of which the last may be left out."""
    rows = list(rows)
    names = [column.name for column in schemas.SCHEMAS[name].columns]
    return pd.DataFrame(rows, columns=names[: len(rows[0])])


def rng(year: int, name: str) -> np.random.Generator:
    """Return the generator of one series, so that no series depends on how often another one
    drew.
    """
    return np.random.default_rng([SEED, year, zlib.crc32(name.encode())])


def hours(year: int) -> pd.DatetimeIndex:
    """Return the starts of all hours of a local year."""
    return pd.date_range(f"{year}-01-01", f"{year + 1}-01-01", freq="h", inclusive="left", tz=ZONE)


def drift(year: int, name: str, rho: float) -> np.ndarray:
    """Return noise of mean 0 and spread 1 for each hour whose neighbours correlate by rho."""
    n, warm_up = len(hours(year)), 1000
    steps = pd.Series(rng(year, name).normal(size=warm_up + n))
    # An exponentially weighted mean with rho as memory is an AR(1); its variance is
    # (1-rho)/(1+rho).
    remembered = steps.ewm(alpha=1 - rho, adjust=False).mean().to_numpy()[warm_up:]
    return remembered * math.sqrt((1 + rho) / (1 - rho))


def noise(year: int, use: str) -> np.ndarray:
    """Return what multiplies an end use in each hour because no two days are alike [around 1]."""
    return np.exp(NOISE[use] * drift(year, use, NOISE_RHO))


def days() -> pd.DataFrame:
    """Return calendar.csv: holidays, and weekend days worked in exchange."""
    off = [
        (day, "false", name) for first, last, name in HOLIDAYS for day in pd.date_range(first, last)
    ]
    on = [(pd.Timestamp(day), "true", name) for name, dates in WORKED.items() for day in dates]
    rows = pd.DataFrame(off + on, columns=["date", "workday", "name"]).sort_values("date")
    return rows.assign(date=rows["date"].dt.strftime("%Y-%m-%d"))


def workdays(year: int) -> pd.Series:
    """Return for each day (text) of a year whether it is worked."""
    dates = pd.date_range(f"{year}-01-01", f"{year}-12-31")
    worked = pd.Series(dates.day_of_week < 5, dates.strftime("%Y-%m-%d"))
    special = days().set_index("date")["workday"].eq("true")
    return special.reindex(worked.index).astype("boolean").fillna(worked).astype(bool)


def workdays_by_month(year: int) -> pd.Series:
    """Return the number of working days of each month (YYYY-MM)."""
    worked = workdays(year)
    return worked.groupby(worked.index.str[:7]).sum()


def presence(year: int) -> np.ndarray:
    """Return the share of people in the building for each hour [0-1]."""
    time = hours(year)
    date, holiday = time.strftime("%Y-%m-%d"), set(days().query("workday == 'false'")["date"])
    saturday = (time.day_of_week == 5) & ~date.isin(holiday)
    level = np.where(saturday, SATURDAY, SUNDAY_OR_HOLIDAY)
    return PRESENT[time.hour] * np.where(workdays(year)[date], 1.0, level)


def outdoor(year: int) -> np.ndarray:
    """Return the outdoor temperature of each hour [°C, one decimal]."""
    time = hours(year)
    winter = np.cos(
        2 * np.pi * (time.day_of_year - COLDEST_DAY) / 365
    )  # 1 on the coldest day, -1 in July
    day = DAY_SWING_C * np.cos(2 * np.pi * (time.hour - WARMEST_HOUR) / 24)
    fronts = (FRONT_C + FRONT_WINTER_C * winter) * drift(year, "fronts", FRONT_RHO)
    return np.round(MEAN_C + ANOMALY_C[year] - SEASON_C * winter + day + fronts, 1)


def felt(year: int) -> np.ndarray:
    """Return the outdoor temperature as the building's mass remembers it [°C]."""
    return pd.Series(outdoor(year)).ewm(halflife=LAG_HOURS).mean().to_numpy()


def heated(year: int) -> np.ndarray:
    """Say for each hour whether district heat is supplied."""
    day = hours(year).strftime("%m-%d")
    return (day >= HEATING_SEASON[0]) | (day <= HEATING_SEASON[1])


def demand(year: int, measures: bool) -> pd.DataFrame:
    """Return each end use before calibration [kWh in each hour], with or without the measures of
    2024.
    """
    time, present, felt_c = hours(year), presence(year), felt(year)
    cool = np.clip(felt_c - COOLING_FROM_C, 0, None) * time.month.isin(COOLING_MONTHS)
    heat = np.clip(HEATING_TO_C - felt_c, 0, None)
    driven = {use: empty + (1 - empty) * present for use, empty in WHEN_EMPTY.items()}
    dark = 1 + LIGHTING_WINTER * np.cos(2 * np.pi * time.day_of_year / 365)
    load = {
        "cooling": COOLING_KW + COOLING_KW_PER_K * cool * driven["cooling"],
        "heating_plant": np.where(
            heated(year),
            HEATING_KW + HEATING_KW_PER_K * heat * driven["heating_plant"],
            HEATING_OFF_KW,
        ),
        "lighting": LIGHTING_KW + LIGHTING_PRESENT_KW * present * dark,
        "equipment": EQUIPMENT_KW + EQUIPMENT_PRESENT_KW * present,
    }
    frame = pd.DataFrame({use: kw * noise(year, use) for use, kw in load.items()}, time)
    if measures:
        for use, (full, empty) in REDUCTION.items():
            frame[use] *= 1 - full * present - empty * (1 - present)
    lifts = (REST_KW + REST_PRESENT_KW * present) * noise(year, "rest")
    return frame.assign(rest=lifts + LOSSES * frame.sum(axis=1))


def announced(claim_id: str) -> float:
    """Return the published total that an input is calibrated to;

    ValueError if announced.csv has none.
    """
    rows = tables.read(HERE, "announced").query("claim_id == @claim_id and calibrated")
    if len(rows) != 1:
        raise ValueError(
            f"announced.csv: {len(rows)} calibrated rows have claim_id {claim_id}; keep one"
        )
    return float(rows["value"].iloc[0])


def grid_kg_per_kwh() -> float:
    """Return the emission factor of the consuming grid [kgCO2/kWh]."""
    return float(emission_factors.factors().loc[GRID_FACTOR, "value"])


def certificate_count() -> int:
    """Return how many certificates of 1,000 kWh avoid the announced tonnes, once rounded."""
    kg_per_certificate = published.coefficient(CERTIFICATE_SIZE) * grid_kg_per_kwh()
    return round(announced("avoided_green_t") * units.KG_PER_T / kg_per_certificate)


def scale() -> float:
    """Return the factor on all loads with which the reporting year's residual is the announced one.

    Closed form: uncovered kWh = (residual - all other emissions) / grid factor; load = green +
    uncovered.
    """
    counted = activity_rows(REPORTING_YEAR).query("line == 'inventory'")
    other_t = activities.emitted(counted, emission_factors.factors(), GWP_EDITION)["t_co2e"].sum()
    uncovered_t = announced("residual_t") - BELOW_ANNOUNCED_T - other_t
    green_kwh = certificate_count() * published.coefficient(CERTIFICATE_SIZE)
    load_kwh = green_kwh + uncovered_t * units.KG_PER_T / grid_kg_per_kwh()
    return load_kwh / demand(REPORTING_YEAR, measures=True).to_numpy().sum()


def loads(year: int, measures: bool) -> pd.DataFrame:
    """Return what each end use and the unmetered rest take [kWh in each hour], without any meter's
    gap.

    `loads(2025, False)` is the counterfactual truth: the reporting year's weather without the
    measures.
    """
    return demand(year, measures) * scale()


def meters(year: int) -> pd.DataFrame:
    """Return the year's rows of energy.csv: readings of one decimal [kWh], with a few gaps."""
    load = loads(year, measures=year == REPORTING_YEAR).round(1)
    load.insert(0, "main", load.sum(axis=1).round(1))
    nights = load.index[load.index.hour == GAPS_FROM_HOUR]
    for use, lengths in GAPS.items():
        free = nights[~nights.month.isin(COOLING_MONTHS)] if use == "main" else nights
        starts = rng(year, f"gaps {use}").choice(len(free), len(lengths), replace=False)
        for start, length in zip(free[starts], lengths, strict=True):
            load.loc[start : start + pd.Timedelta(hours=length - 1), use] = np.nan
    return load.drop(columns="rest").add_suffix("_kwh").pipe(_with_time)


def weather(year: int) -> pd.DataFrame:
    """Return the year's rows of weather.csv."""
    return pd.DataFrame({"outdoor_c": outdoor(year)}, hours(year)).pipe(_with_time)


def _with_time(frame: pd.DataFrame) -> pd.DataFrame:
    frame.insert(0, "time", frame.index.strftime(f"%Y-%m-%dT%H:%M{OFFSET}"))
    return frame.reset_index(drop=True)


def district_heat(year: int) -> pd.Series:
    """Return the heat bought in each month of the heating season [GJ, one decimal]."""
    short_k = np.clip(HEATING_TO_C - felt(year), 0, None) * heated(year)
    by_month = (
        pd.Series(short_k).groupby(hours(year).strftime("%Y-%m")).sum() * HEAT_GJ_PER_KH[year]
    )
    return by_month[by_month > 0].round(1)


def activity_rows(year: int) -> pd.DataFrame:
    """Return the year's rows of activities.csv, month by month."""
    worked = workdays_by_month(year)
    travelled_km = PEOPLE * COMMUTE_KM_PER_DAY * worked
    gas_m3, petrol_t = GAS_M3_PER_WORKDAY[year] * worked, PETROL_T_PER_WORKDAY[year] * worked
    diesel_kg, car = pd.Series(DIESEL_KG_PER_MONTH[year], worked.index), CAR_SHARE[year]
    amounts = [
        ("district_heat", 2, "inventory", "GJ", "heat_default", "heat bill", district_heat(year)),
        ("natural_gas", 1, "inventory", "m3", "fuel_natural_gas", "canteen gas bill", gas_m3),
        ("petrol", 1, "inventory", "t", "fuel_petrol", "fuel cards", petrol_t),
        ("diesel", 1, "inventory", "kg", "fuel_diesel", "generator test log", diesel_kg),
        ("commuting", 3, "memo", "person-km", "commuting_car", "survey", car * travelled_km),
        (
            "commuting",
            3,
            "memo",
            "person-km",
            "commuting_transit",
            "survey",
            (1 - car) * travelled_km,
        ),
    ]
    amounts += [
        ("refrigerant", 1, "inventory", "kg", gas, "refill log", pd.Series({month: kg}))
        for month, (gas, kg) in REFRIGERANT_KG.items()
        if month.startswith(str(year))
    ]
    rows = [
        (month, source, scope, line, round(amount, 3), unit, factor, f"{MARK} {evidence}")
        for source, scope, line, unit, factor, evidence, by_month in amounts
        for month, amount in by_month.items()
    ]
    return listed("activities", sorted(rows))


def apportion(total: int, weights: np.ndarray) -> np.ndarray:
    """Return whole numbers in proportion to the weights that add up to the total (largest
    remainders).

    >>> apportion(10, np.array([1., 1., 1.])).tolist()
    [4, 3, 3]
    """
    exact = total * weights / weights.sum()
    whole = np.floor(exact).astype(int)
    whole[np.argsort(whole - exact, kind="stable")[: total - whole.sum()]] += 1
    return whole


def certificates() -> pd.DataFrame:
    """Return certificates.csv: a block for each supply and month of the reporting year."""
    months = pd.period_range(f"{REPORTING_YEAR}-01", f"{REPORTING_YEAR}-12", freq="M")
    profile = {
        technology: np.array(by_month) / sum(by_month) for technology, by_month in BY_MONTH.items()
    }
    weights = np.array([share * profile[technology] for _, technology, _, _, share in SUPPLIES])
    count = apportion(certificate_count(), weights.ravel()).reshape(weights.shape)
    rows = []
    for s, (code, technology, province, instrument, _) in enumerate(SUPPLIES):
        first = SERIAL_START + s * SERIALS_PER_SUPPLY
        origin, contract = (technology, province), f"{MARK}-{code}-{REPORTING_YEAR}"
        # What a site settles before it claims: the plant's owner declares, with the contract or the
        # order, that the plant is in no carbon project.
        project = "none"
        for month, n in zip(months, count[s], strict=True):
            retired = (month + 1).to_timestamp() + pd.Timedelta(days=RETIRED_ON_DAY - 1)
            rows.append(
                (
                    f"{code}-{month}",
                    str(first),
                    str(first + n - 1),
                    n,
                    *origin,
                    str(month),
                    instrument,
                    contract,
                    f"{retired:%Y-%m-%d}",
                    MARK,
                    REPORTING_YEAR,
                    project,
                    "final",
                    profile_name(*origin),
                )
            )
            first += n + SERIAL_SKIP
        if code == UNSETTLED[0]:
            rows.append(
                (
                    f"{code}-unsettled",
                    "",
                    "",
                    UNSETTLED[2],
                    *origin,
                    f"{REPORTING_YEAR}-{UNSETTLED[1]:02}",
                    instrument,
                    contract,
                    "",
                    MARK,
                    REPORTING_YEAR,
                    project,
                    "provisional",
                    profile_name(*origin),
                )
            )
    return listed("certificates", rows)


def profile_name(technology: str, province: str) -> str:
    """Return the name of a supply's column in generation.csv."""
    return f"{technology}_{province.lower().replace(' ', '_')}"


def sun(province: str) -> np.ndarray:
    """Return what the sun gives in each hour of the reporting year, clouds included [0-1]."""
    time, (latitude, longitude) = hours(REPORTING_YEAR), PLANT[province]
    declination = -np.radians(TILT_DEGREES) * np.cos(2 * np.pi * (time.day_of_year + 10) / 365)
    angle = np.radians((time.hour + 0.5 - 12) * 15 + longitude - ZONE_LONGITUDE)
    high = np.sin(np.radians(latitude)) * np.sin(declination) + np.cos(
        np.radians(latitude)
    ) * np.cos(declination) * np.cos(angle)
    clouds = np.clip(drift(REPORTING_YEAR, f"clouds {province}", CLOUD_RHO), 0, 2) * CLOUD
    return np.clip(high, 0, None) * (1 - clouds)


def wind(province: str) -> np.ndarray:
    """Return what the wind gives in each hour of the reporting year [0-1]."""
    time = hours(REPORTING_YEAR)
    felt_wind = GUST * drift(REPORTING_YEAR, f"wind {province}", WIND_RHO) + NIGHT_WIND * np.cos(
        2 * np.pi * time.hour / 24
    )
    return 1 / (1 + np.exp(-felt_wind))


def generation() -> pd.DataFrame:
    """Return generation.csv: metered generation of each supply's plant in the reporting year
    [kWh, whole numbers].
    """
    month, made = hours(REPORTING_YEAR).strftime("%Y-%m"), {}
    bought = certificates().groupby(["profile", "month"])["quantity"].sum() * published.coefficient(
        CERTIFICATE_SIZE
    )
    for _, technology, province, *_ in SUPPLIES:
        shape, name = (
            pd.Series({"wind": wind, "solar": sun}[technology](province)),
            profile_name(technology, province),
        )
        scale = GENERATED_AT_LEAST * (bought[name] / shape.groupby(month).sum()).max()
        made[f"{name}_kwh"] = (shape * scale).round().astype(int).to_numpy()
    return _with_time(pd.DataFrame(made, hours(REPORTING_YEAR)))


def credits() -> pd.DataFrame:
    """Return credits.csv: as many credits as the announced residual needs, of a project that
    cannot exist.
    """
    needed = math.ceil(announced("residual_t"))
    quantities, first, rows = (
        apportion(needed, np.array([share for _, share in VINTAGES])),
        CREDIT_START,
        [],
    )
    for batch, ((vintage, _), n) in enumerate(zip(VINTAGES, quantities, strict=True), start=99001):
        serial = (
            f"{batch}-{first}-{first + n - 1}-VCS-VCU-000-VER-CN-14-0-0101{vintage}-3112{vintage}-0"
        )
        rows.append(
            (
                serial,
                n,
                "0",
                f"{MARK} Improved Forest Management",
                "VM0010",
                "CN",
                f"{vintage}-01-01",
                f"{vintage}-12-31",
                CREDITS_RETIRED_ON,
                MARK,
                f"{MARK}: carbon neutrality of building operation {REPORTING_YEAR}",
                REPORTING_YEAR,
                "VCS",
                "retired",
                "",
            )
        )
        first += n
    return listed("credits", rows)


def factors() -> pd.DataFrame:
    """Return factors.csv: the case's own factors, assumed, for the memo line of commuting."""
    source = f"{MARK}: assumed for this case, no publication behind it"
    return listed(
        "factors",
        [
            (
                f"commuting_{mode}",
                f"Commuting by {mode}, assumed",
                kg,
                "kgCO2/person-km",
                "CO2",
                "CO2",
                "",
                "",
                "",
                "",
                "province",
                "Beijing",
                "北京",
                "assumption",
                "ASSUMED",
                source,
            )
            for mode, kg in COMMUTE_KG_PER_PERSON_KM.items()
        ],
    )


def write(folder: Path = HERE) -> None:
    """Write all tables into a folder."""
    years = (BASE_YEAR, REPORTING_YEAR)
    made = {
        name: pd.concat([rows(year) for year in years], ignore_index=True)
        for name, rows in {
            "energy": meters,
            "weather": weather,
            "activities": activity_rows,
        }.items()
    }
    made |= {
        "calendar": days(),
        "certificates": certificates(),
        "credits": credits(),
        "factors": factors(),
        "assets": listed("assets", ASSETS),
        "measures": listed("measures", MEASURES),
        "labels": listed("labels", LABELS),
    }
    for name, frame in made.items():
        tables.write(frame, folder / f"{name}.csv")
    tables.write(generation(), folder / "generation.csv.gz")


if __name__ == "__main__":
    write()
