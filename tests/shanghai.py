"""The files an analyst in Shanghai has, made by a script with a truth that is known: bills of the
grid, sub-meters, heat, gas, and weather. `make` writes them to a folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import openpyxl
import pandas as pd

ZONE = "Asia/Shanghai"
YEAR = 2025
# Read dates of the grid's bills: not the first of the month, and the last one after New Year.
READS = pd.to_datetime([f"{YEAR - 1}-12-28", *(f"{YEAR}-{m:02}-28" for m in range(1, 13))])
HEATED = (1, 2, 3, 12)  # months with heat bills
SHARES = {"尖": 0.08, "峰": 0.37, "平": 0.30, "谷": 0.25}
MULTIPLIER = 400


class Truth(NamedTuple):
    """What the files were made from."""

    main: pd.Series  # kWh by the hour, indexed by the hour's start (local)
    lighting: pd.Series
    floor_1: pd.Series
    billed: pd.Series  # kWh by bill, indexed by its first day
    heat_gj: pd.Series  # by the bill's first day
    gas_m3: pd.Series
    outdoor_c: pd.Series


def truth(until: str = f"{YEAR + 1}-01-01", seed: int = 7) -> Truth:
    """Return readings by the hour from 2024-12-28 on, and the bills of the year."""
    rng = np.random.default_rng(seed)
    hours = pd.date_range(READS[0], f"{YEAR + 1}-01-01", freq="h", inclusive="left")
    day, year = hours.hour.to_numpy(), hours.day_of_year.to_numpy()
    outdoor = (
        17 - 12 * np.cos(2 * np.pi * (year - 20) / 365) - 4 * np.cos(2 * np.pi * (day - 3) / 24)
    )
    work = ((day >= 8) & (day < 19) & (hours.day_of_week < 5).astype(bool)).astype(float)
    lighting = (4 + 30 * work + rng.uniform(0, 2, len(hours))).round(2)
    floor = (10 + 40 * work + rng.uniform(0, 3, len(hours))).round(2)
    main = (lighting + floor + 20 + 3 * np.maximum(outdoor - 22, 0) * (0.3 + work)).round(2)
    series = (pd.Series(each, hours) for each in (main, lighting, floor, outdoor.round(1)))
    main, lighting, floor, outdoor = series
    billed = main.groupby(READS[READS.searchsorted(hours, side="right") - 1]).sum()[:-1]
    hours = pd.Series(hours).between(READS[0], pd.Timestamp(until), inclusive="left").to_numpy()
    main, lighting, floor, outdoor = (each[hours] for each in (main, lighting, floor, outdoor))
    months = pd.to_datetime([f"{YEAR}-{month:02}-01" for month in range(1, 13)])
    heat = pd.Series([310.5, 280.0, 150.25, 240.0], months[[month - 1 for month in HEATED]])
    gas = pd.Series(np.linspace(900, 350, 6).round(0), months[::2])
    return Truth(main, lighting, floor, billed, heat, gas, outdoor)


def make(folder: Path, made: Truth) -> dict[str, Path]:
    """Write the files; return their paths by what they are."""
    return {
        "bills": _bills(folder / f"国网电费账单{YEAR}.xlsx", made),
        "submeters": _submeters(folder / f"分项计量导出_{YEAR}.csv", made),
        "heat": _heat(folder / f"热力账单{YEAR}.xlsx", made),
        "gas": _gas(folder / f"燃气账单{YEAR}.csv", made),
        "weather": _weather(folder / "open-meteo-31.21N121.44E9m.csv", made),
    }


def _bills(path: Path, made: Truth) -> Path:
    """Write the grid's bills: a title, an account, two heading lines, parts of the day, demand,
    yuan, and a total below.
    """
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "电费账单"
    sheet.append(["国网上海市电力公司 电费账单明细"])
    sheet.merge_cells("A1:K1")
    sheet.append(["户号：3100012345678", None, "户名：示例大厦", None, "计量单位：千瓦时"])
    sheet.append([])
    sheet.append(["抄表起止日期", "电量(千瓦时)", *[None] * 4, "最大需量(千瓦)", "电费(元)"])
    sheet.append([None, *SHARES, "合计", None, None])
    for cells in ("B4:F4", "A4:A5", "G4:G5", "H4:H5"):
        sheet.merge_cells(cells)
    for start, end, kwh in zip(READS[:-1], READS[1:], made.billed, strict=True):
        kwh = round(kwh)
        parts = [round(kwh * share) for share in list(SHARES.values())[:-1]]
        span = f"{start:%Y.%m.%d}-{end:%Y.%m.%d}"
        sheet.append([span, *parts, kwh - sum(parts), kwh, 260 + kwh % 40, round(kwh * 0.78, 2)])
    rows = list(sheet.iter_rows(min_row=6, min_col=2, max_col=8, values_only=True))
    sheet.append(["合计", *(round(sum(column), 2) for column in zip(*rows, strict=True))])
    sheet.append(["注：分时电量按供电公司时段划分"])
    book.save(path)
    return path


def _submeters(path: Path, made: Truth) -> Path:
    """Write registers by the hour, long, in GBK, midnight as 24:00 of the day that ends."""
    hours = pd.date_range(f"{YEAR}-01-01", made.main.index[-1] + pd.Timedelta(hours=1), freq="h")
    midnight = hours == hours.normalize()
    named = np.where(midnight, hours - pd.Timedelta(days=1), hours)
    days = pd.DatetimeIndex(named).strftime("%Y/%m/%d")
    stamps = [
        f"{day} 24:00" if late else f"{day} {hour:%H:%M}"
        for day, late, hour in zip(days, midnight, hours, strict=True)
    ]
    columns = {"数据时间": stamps}
    for name, kwh, start in (
        ("总进线", made.main, 18_250.0),
        ("照明", made.lighting, 3_310.5),
        ("1F办公区", made.floor_1, 99_500.0),  # five digits: it rolls over in its first days
    ):
        counted = np.r_[0.0, kwh[kwh.index >= hours[0]].cumsum().to_numpy()]
        columns[f"{name}表码(kWh)"] = (
            (start + counted) % 1e5 if name == "1F办公区" else start + counted
        ).round(2)
    pd.DataFrame(columns).to_csv(path, index=False, encoding="gbk", lineterminator="\r\n")
    return path


def _heat(path: Path, made: Truth) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["热力公司用热结算单"])
    sheet.append(
        ["计费开始日期", "计费截止日期", "用热量（吉焦）", "单价（元/吉焦）", "热费（元）"]
    )
    for start, amount in made.heat_gj.items():
        last = start + pd.offsets.MonthEnd(1)
        sheet.append([start.to_pydatetime(), last.to_pydatetime(), amount, 96.0, amount * 96.0])
    sheet.append(["合计", None, made.heat_gj.sum(), None, made.heat_gj.sum() * 96.0])
    book.save(path)
    return path


def _gas(path: Path, made: Truth) -> Path:
    lines = ["上次抄表日期,本次抄表日期,上次示数,本次示数,用气量(方),气费(元)"]
    reading = 4_120
    for start, amount in made.gas_m3.items():
        end, new = start + pd.DateOffset(months=2), reading + int(amount)
        span = f"{start:%Y年%m月%d日},{end:%Y年%m月%d日}"
        lines.append(f'{span},{reading},{new},"{amount:,.0f}","{amount * 3.9:,.2f}"')
        reading = new
    path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return path


def _weather(path: Path, made: Truth) -> Path:
    """Write a file as Open-Meteo saves it, in UTC: its default."""
    utc = made.outdoor_c.tz_localize(ZONE).tz_convert("UTC")
    lines = [
        "latitude,longitude,elevation,utc_offset_seconds,timezone,timezone_abbreviation",
        "31.212654,121.44231,9.0,0,GMT,GMT",
        "",
        "time,temperature_2m (°C),relative_humidity_2m (%)",
    ]
    lines += [f"{at:%Y-%m-%dT%H:%M},{each},61" for at, each in utc.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
