"""Make the tutorial's files: two years of a made office building in Shanghai, as an analyst gets
them. They are illustrative; your own files take their place.
"""

import gzip
import sys
from pathlib import Path

import numpy as np
import pandas as pd

YEARS = (2024, 2025)
READ_DAY = 26  # of each month: bills do not end with the month
PARTS = {"尖峰": 0.06, "峰": 0.36, "平": 0.33, "谷": 0.25}  # shares of the day's periods
SAVED = 0.08  # of the second year's use, by the measure of the tutorial
YUAN_PER_KWH, YUAN_PER_M3 = 0.82, 3.9


def outdoor_c() -> pd.Series:
    """Return hourly outdoor temperature by local hour, from before the first bill."""
    first, last = f"{YEARS[0] - 1}-12-01", f"{YEARS[1] + 1}-01-31"
    hours = pd.date_range(first, last, freq="h", inclusive="left")
    turn = 2 * np.pi * (hours.day_of_year.to_numpy() - 20) / 365
    day = 2 * np.pi * (hours.hour.to_numpy() - 3) / 24
    spell = np.repeat(np.random.default_rng(5).normal(0, 2.5, len(hours) // 24 + 1), 24)
    return pd.Series(17 - 12 * np.cos(turn) - 3 * np.cos(day) + spell[: len(hours)], hours).round(1)


def by_day(outdoor: pd.Series) -> pd.DataFrame:
    """Return kWh and m3 of gas by day: a base, cooling above 22 °C, heating below 12 °C."""
    mean_c = outdoor.resample("D").mean()
    noise = np.random.default_rng(6).normal(1, 0.03, len(mean_c))
    kwh = (3200 + 260 * (mean_c - 22).clip(lower=0)) * noise
    kwh *= np.where(mean_c.index.day_of_week < 5, 1.1, 0.7)
    kwh = kwh.where(kwh.index.year < YEARS[1], kwh * (1 - SAVED))
    return pd.DataFrame({"kwh": kwh, "m3": 60 + 30 * (12 - mean_c).clip(lower=0)})


def reads() -> pd.DatetimeIndex:
    """Return the days on which meters were read, around both years."""
    first, last = f"{YEARS[0] - 1}-12-01", f"{YEARS[1] + 1}-01-31"
    return pd.date_range(first, last, freq="MS") + pd.Timedelta(days=READ_DAY - 1)


def amounts(days: pd.Series) -> pd.Series:
    """Return the amount of each bill by its first day; the read day belongs to the next bill."""
    starts = reads()[:-1]
    billed = days[days.index < reads()[-1]]
    return (
        billed.groupby(starts[starts.searchsorted(billed.index, side="right") - 1])
        .sum()[starts]
        .round()
    )


def electricity(path: Path, kwh: pd.Series) -> None:
    """Write the grid's bills in GB18030: title, two heading lines, parts of the day, totals."""
    lines = ["国网上海市电力公司 电费账单明细", "户号：3100000000000,,,,户名：示例大厦", ""]
    lines += [f"抄表起止日期,电量(千瓦时){',' * len(PARTS)},电费(元)", f",{','.join(PARTS)},合计,"]
    rows = []
    for (start, total), end in zip(kwh.items(), reads()[1:], strict=True):
        parts = [round(total * share) for share in list(PARTS.values())[:-1]]
        rows.append([*parts, total - sum(parts), total, round(total * YUAN_PER_KWH, 2)])
        lines.append(
            f"{start:%Y.%m.%d}-{end:%Y.%m.%d},{','.join(f'{each:.10g}' for each in rows[-1])}"
        )
    lines.append("合计," + ",".join(f"{sum(column):.10g}" for column in zip(*rows, strict=True)))
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("gb18030"))


def gas(path: Path, m3: pd.Series) -> None:
    """Write gas bills with registers, yuan with separators, and a mark of UTF-8."""
    lines, register = (
        ["上次抄表日期,本次抄表日期,上次示数,本次示数,用气量(立方米),气费(元)"],
        41_200,
    )
    for (start, used), end in zip(m3.items(), reads()[1:], strict=True):
        span, new = f"{start:%Y年%m月%d日},{end:%Y年%m月%d日}", register + int(used)
        lines.append(f'{span},{register},{new},{used:.0f},"{used * YUAN_PER_M3:,.2f}"')
        register = new
    path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig", newline="\n")


def weather(path: Path, outdoor: pd.Series) -> None:
    """Write the file that open-meteo.com saves for a place, in UTC."""
    utc = outdoor.tz_localize("Asia/Shanghai").tz_convert("UTC")
    lines = ["latitude,longitude,elevation,utc_offset_seconds,timezone,timezone_abbreviation"]
    lines += ["31.2,121.4,9.0,0,GMT,GMT", "", "time,temperature_2m (°C)"]
    lines += [f"{at:%Y-%m-%dT%H:%M},{each}" for at, each in utc.items()]
    with gzip.GzipFile(path, "wb", mtime=0) as file:
        file.write(("\n".join(lines) + "\n").encode())


def make(folder: Path) -> None:
    """Write the three files into a folder."""
    outdoor = outdoor_c()
    used = by_day(outdoor)
    electricity(folder / "electricity-bills.csv", amounts(used["kwh"]))
    gas(folder / "gas-bills.csv", amounts(used["m3"]))
    weather(folder / "open-meteo.csv.gz", outdoor)


if __name__ == "__main__":
    make(Path(sys.argv[1] if sys.argv[1:] else Path(__file__).parent))
