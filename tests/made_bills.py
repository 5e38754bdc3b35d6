"""A made building with known use, read by bills or days, and the case around it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from neutrality.case import tables
from neutrality.runner import new, unfilled

ZONE, BASE, REPORTING = "Europe/London", 2023, 2024
FACTORS = [  # chosen for these tests, and said to be so
    {"id": f"grid_gb_{year}", "quantity": "GB grid, test value", "value": value}
    for year, value in ((BASE, 0.41), (REPORTING, 0.35))
]
SAVED = 0.10  # share of the reporting year's use that the made building saves


def weather(years=(BASE, REPORTING), seed=1):
    """Hourly outdoor temperature of whole local years, from frost to heat, by UTC."""
    first, last = (f"{year}-01-01" for year in (years[0], years[-1] + 1))
    local = pd.date_range(first, last, freq="h", inclusive="left", tz=ZONE)
    turn = 2 * np.pi * (local.day_of_year + local.hour / 24) / 365
    spell = np.repeat(np.random.default_rng(seed).normal(0, 2.5, len(local) // 24 + 1), 24)
    outdoor_c = 11 - 9 * np.cos(turn) - 3 * np.cos(turn * 365) + spell[: len(local)]
    return pd.DataFrame({"outdoor_c": outdoor_c}, local.tz_convert("UTC"))


def daily_kwh(temperatures, seed=2, saved=SAVED):
    """The made building's use by local day [kWh]: a base, heating below 14 °C, cooling above 19."""
    day = temperatures.index.tz_convert(ZONE).tz_localize(None).normalize()
    mean_c = temperatures["outdoor_c"].groupby(day).mean()
    kwh = 900 + 35 * (14 - mean_c).clip(lower=0) + 60 * (mean_c - 19).clip(lower=0)
    kwh *= 1 + np.random.default_rng(seed).normal(0, 0.03, len(kwh))
    return kwh.where(kwh.index.year < REPORTING, kwh * (1 - saved))


def reads(by_day, seed=3):
    """Rows of the table meters: periods of 27 to 34 days over all days, the last one cut short."""
    cuts, rng = [by_day.index[0]], np.random.default_rng(seed)
    end = by_day.index[-1] + pd.Timedelta(days=1)
    while cuts[-1] < end:
        cuts.append(min(cuts[-1] + pd.Timedelta(days=int(rng.integers(27, 35))), end))
    return rows(by_day, cuts)


def rows(by_day, cuts, meter="main", energy="electricity", unit="kWh"):
    """Rows of the table meters between the dates of reads."""
    day = pd.Timedelta(days=1)
    return pd.DataFrame(
        {
            "meter": meter,
            "energy": energy,
            "start": [f"{each:%Y-%m-%d}" for each in cuts[:-1]],
            "end": [f"{each:%Y-%m-%d}" for each in cuts[1:]],
            "amount": [
                by_day[start : end - day].sum()
                for start, end in zip(cuts[:-1], cuts[1:], strict=True)
            ],
            "unit": unit,
            "quality": "",
            "source": "",
        }
    )


def parsed(table, folder: Path, zone=ZONE):
    """The rows as `tables.read` gives them."""
    folder.mkdir(parents=True, exist_ok=True)
    tables.write(table, folder / "meters.csv")
    return tables.read(folder, "meters", zone)


def case(folder: Path, table, temperatures, years=(BASE, REPORTING), factors=None) -> Path:
    """A case of `neutrality new` with bills and weather and nothing else; return its YAML."""
    told = dict.fromkeys(unfilled.NAMED, "Example Ltd") | {"province": "Beijing"}
    made = new.new("bills-only", folder, years[1], told=told)
    for name in made.glob("*.csv"):
        name.unlink()
    tables.write(table, made / "meters.csv")
    weather_rows = temperatures.rename_axis("time").reset_index()
    weather_rows.to_parquet(made / "weather.parquet")
    about = {"unit": "kgCO2e/kWh", "gas": "CO2e", "gwp_edition": "AR5"}
    about |= {"status": "ASSUMED", "source": "test"}
    tables.write(pd.DataFrame(factors or FACTORS).assign(**about), made / "factors.csv")
    chosen = {
        "base_year": years[0],
        "timezone": f'"{ZONE}"',
        "country": '"GB-ENG"',
        "illustrative": "false",
        "grid_factor_id": f"grid_gb_{years[1]}",
        "base_grid_factor_id": f"grid_gb_{years[0]}",
        "scheme": '"ISO 14068-1:2023"',
    }
    path = made / f"{years[1]}.yaml"
    written = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in written if line.partition(":")[0] not in chosen]
    own = [f"{name}: {value}" for name, value in chosen.items()]
    path.write_text("\n".join([*kept, *own]) + "\n", encoding="utf-8")
    return path
