"""Awkward files of readings, bills and weather: each with one trap, and what an import must make
of it.

A truth is `Hours` or `Rows` of the case's tables, or `Refused` with words of the message; a file
that cannot be told by itself is refused with its question.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from awkward import Awkward, Refused, lines, rows_in, text_file, workbook

SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"
_RNG = np.random.default_rng(5)


@dataclass(frozen=True)
class Hours:
    """Hourly readings as they must stand in energy.csv."""

    kwh: dict[str, dict[str, float | None]]  # meter -> start of the hour with offset -> kWh
    total: dict[str, float] = field(default_factory=dict)  # meter -> kWh of all hours
    said: tuple[str, ...] = ()  # words of what the import says
    zone: str = SHANGHAI


@dataclass(frozen=True)
class Rows:
    """Rows as they must stand in meters.csv: meter, start, end, amount, unit."""

    rows: list[tuple]
    said: tuple[str, ...] = ()
    quality: tuple[str, ...] = ()
    beside: dict[str, list] = field(default_factory=dict)  # further columns of meters.csv


@dataclass(frozen=True)
class Outdoor:
    """Outdoor temperatures as they must stand in weather.csv."""

    outdoor_c: dict[str, float]  # start of the hour with offset -> °C


def hourly(start: str, count: int, every: str = "h") -> pd.DatetimeIndex:
    return pd.date_range(start, periods=count, freq=every)


def csv(*columns: tuple[str, list], encoding: str = "utf-8", name: str = "readings.csv"):
    """Return what writes columns as a CSV."""
    table = pd.DataFrame(dict(columns))
    return text_file(name, table.to_csv(index=False), encoding)


def stamped(index: pd.DatetimeIndex, form: str = "%Y-%m-%d %H:%M") -> list[str]:
    return list(index.strftime(form))


def late(index: pd.DatetimeIndex) -> list[str]:
    """Return stamps with midnight as 24:00 of the day that ends."""
    return [
        f"{at - pd.Timedelta(days=1):%Y/%m/%d} 24:00"
        if at.hour == at.minute == 0
        else f"{at:%Y/%m/%d %H:%M}"
        for at in index
    ]


DAY = [float(10 + hour) for hour in range(24)]  # kWh of the hours of a day
WEEK = hourly("2025-03-03 00:00", 7 * 24)
LOAD = [float(20 + at.hour + 3 * (at.day_of_week < 5)) for at in WEEK]
_BILLS = ["起始日期,截止日期,用电量(kWh)"]


def _first(values: list[float], start: str = "2025-03-03T00:00+08:00") -> dict[str, float]:
    """Return the first three hours' values by their starts."""
    hours = pd.date_range(start, periods=3, freq="h")
    return {at.isoformat(timespec="minutes"): kwh for at, kwh in zip(hours, values, strict=False)}


def register(start: float = 100.0, hours: int = 72, kwh: float = 2.5) -> np.ndarray:
    return start + kwh * np.arange(hours + 1)


def _spring(*skipped: str) -> pd.DatetimeIndex:
    """Return the hours of two days in spring without those that the clock skips."""
    return hourly("2025-03-29 00:00", 48).drop(pd.to_datetime(list(skipped)))


def _autumn() -> list[str]:
    """Return the stamps of two days in autumn, 02:00 twice."""
    hours = stamped(hourly("2025-10-25 00:00", 48))
    at = hours.index("2025-10-26 02:00")
    return [*hours[: at + 1], hours[at], *hours[at + 1 :]]


def _with(values: np.ndarray, at: int, shift: float) -> list[float]:
    made = values.copy()
    made[at:] += shift
    return [round(each, 2) for each in made]


def _swapped(book) -> None:
    """Fill dates as Excel takes dd/mm/yyyy where it expects mm/dd: swapped, or left as text."""
    rows = [["Date", "Main (kWh)"]]
    for day in range(1, 25):
        cell = dt.datetime(2025, day, 3) if day <= 12 else f"{day:02}/03/2025"
        rows.append([cell, 100.0 + day])
    rows_in(book, *rows)


def _serials(book) -> None:
    days = [45717 + hour / 24 for hour in range(24)]  # 2025-03-01
    rows_in(book, ["Time", "Main (kWh)"], *[[at, kwh] for at, kwh in zip(days, DAY, strict=True)])


def _two_meters(book) -> None:
    """Fill two tables of two meters, one below the other."""
    hours = [dt.datetime(2025, 3, 1, hour) for hour in range(24)]
    first = [[at, kwh] for at, kwh in zip(hours, DAY, strict=True)]
    second = [[at, kwh / 2] for at, kwh in zip(hours, DAY, strict=True)]
    rows_in(book, ["时间", "总表(kWh)"], *first, [None], ["时间", "照明(kWh)"], *second)


def _matrix() -> str:
    """Return a row a day and a column for each quarter of an hour, named by its end."""
    ends = [f"{at // 4}:{at % 4 * 15:02}" for at in range(1, 97)]
    rows = [["日期", *ends]]
    rows += [[f"2025-03-0{day}", *[round(day * 0.25, 2)] * 96] for day in (1, 2, 3)]
    return "\n".join(",".join(map(str, row)) for row in rows).replace("日期", "日期", 1) + "\n"


def bills(*rows: str, heading: str = _BILLS[0], name: str = "电费.csv"):
    return text_file(name, "\n".join([heading, *rows]) + "\n")


def _months(*amounts: float) -> list[str]:
    starts = pd.date_range("2025-01-01", periods=len(amounts), freq="MS")
    return [
        f"{at:%Y-%m-%d},{at + pd.offsets.MonthEnd(1):%Y-%m-%d},{kwh}"
        for at, kwh in zip(starts, amounts, strict=True)
    ]


READINGS = [
    Awkward(
        "midnight is 24:00 of the day that ends",
        csv(("时间", late(WEEK + pd.Timedelta(hours=1))), ("总表(kWh)", LOAD)),
        Hours({"main": _first(LOAD)}, {"main": sum(LOAD)}, ("24:00",)),
    ),
    Awkward(
        "stamps name the ends of hours: the first is 01:00, the last 00:00",
        csv(("Time", stamped(WEEK + pd.Timedelta(hours=1))), ("Main (kWh)", LOAD)),
        Hours({"main": _first(LOAD)}, {"main": sum(LOAD)}, ("the first stamp is 01:00",)),
    ),
    Awkward(
        "stamps name the starts of hours",
        csv(("Time", stamped(WEEK)), ("Main (kWh)", LOAD)),
        Hours({"main": _first(LOAD)}, {"main": sum(LOAD)}, ("the first stamp is 00:00",)),
    ),
    Awkward(
        "nothing tells what the stamps name",
        csv(("Time", stamped(WEEK[5:30])), ("Main (kWh)", LOAD[5:30])),
        Refused(("stamps", "start or end", "2025-03-03 05:00")),
    ),
    Awkward(
        "quarters of an hour",
        csv(("时间", late(hourly("2025-03-03 00:15", 96, "15min"))), ("总表(度)", [2.5] * 96)),
        Hours({"main": _first([10.0] * 3)}, {"main": 240.0}, ("15 minutes",)),
    ),
    Awkward(
        "a quarter of an hour is missing",
        csv(
            ("时间", late(hourly("2025-03-03 00:15", 96, "15min").delete(5))),
            ("总表(度)", [2.5] * 95),
        ),
        Hours({"main": {"2025-03-03T01:00+08:00": None}}, {"main": 230.0}, ("1 hour(s)",)),
    ),
    Awkward(
        "the clock skips an hour in spring",
        csv(
            ("Time", stamped(_spring("2025-03-30 02:00"))),
            ("Main (kWh)", [float(at) for at in range(47)]),
        ),
        Hours(
            {"main": {"2025-03-30T01:00+01:00": 25.0, "2025-03-30T03:00+02:00": 26.0}},
            {"main": sum(range(47))},
            zone=BERLIN,
        ),
    ),
    Awkward(
        "a clock that is never set to summer time",
        csv(("Time", stamped(_spring())), ("Main (kWh)", [float(at % 30) for at in range(48)])),
        Hours(
            {"main": {"2025-03-30T01:00+01:00": 25.0, "2025-03-30T03:00+02:00": 26.0}},
            {"main": sum(range(30)) + sum(range(18))},
            ("standard", "which summer time skips"),
            BERLIN,
        ),
    ),
    Awkward(
        "an hour comes twice in autumn",
        csv(("Time", _autumn()), ("Main (kWh)", [float(at % 30) for at in range(49)])),
        Hours(
            {"main": {"2025-10-26T02:00+02:00": 26.0, "2025-10-26T02:00+01:00": 27.0}},
            {"main": sum(range(30)) + sum(range(19))},
            zone=BERLIN,
        ),
    ),
    Awkward(
        "day before month, told by a day above 12",
        csv(
            ("Time", stamped(hourly("2025-03-10 00:00", 96), "%d/%m/%Y %H:%M")),
            ("Main (kWh)", [1.5] * 96),
        ),
        Hours({"main": _first([1.5] * 3, "2025-03-10T00:00+08:00")}, {"main": 144.0}),
    ),
    Awkward(
        "day and month could be either",
        bills("01/02/2025,01/03/2025,100", "01/03/2025,01/04/2025,110"),
        Refused(("order", "day first", "month first")),
    ),
    Awkward(
        "Excel took dd/mm for mm/dd, and left the rest as text",
        workbook("dates.xlsx", _swapped),
        Refused(("row 14", "13/03/2025")),
    ),
    Awkward(
        "times are serial numbers",
        workbook("serials.xlsx", _serials),
        Hours({"main": _first(DAY, "2025-03-01T00:00+08:00")}, {"main": sum(DAY)}),
    ),
    Awkward(
        "a register that rolls over",
        csv(
            ("时间", stamped(hourly("2025-03-03 00:00", 73))),
            ("总表示数(kWh)", list((register(99_950.0) % 1e5).round(1))),
        ),
        Hours({"main": _first([2.5] * 3)}, {"main": 180.0}, ("row 22", "rolled over")),
    ),
    Awkward(
        "a register that is exchanged",
        csv(
            ("时间", stamped(hourly("2025-03-03 00:00", 73))),
            ("总表示数(kWh)", _with(register(5_000.0), 30, -5_075.0)),
        ),
        Hours({"main": {"2025-03-04T05:00+08:00": None}}, {"main": 177.5}, ("row 32", "exchange")),
    ),
    Awkward(
        "a register through an outage",
        csv(
            ("时间", stamped(hourly("2025-03-03 00:00", 73).delete(slice(10, 14)))),
            ("总表示数(kWh)", list(np.delete(register(), slice(10, 14)))),
        ),
        Hours({"main": {"2025-03-03T11:00+08:00": 2.5}}, {"main": 180.0}, ("estimated",)),
    ),
    Awkward(
        "a register that falls a little",
        csv(
            ("时间", stamped(hourly("2025-03-03 00:00", 73))),
            ("总表示数(kWh)", _with(register(5_000.0), 30, -200.0)),
        ),
        Refused(("row 32", "falls from 5,072.5 to 4,875")),
    ),
    Awkward(
        "a register under the heading of an amount",
        csv(
            ("时间", stamped(hourly("2025-03-03 00:00", 73))),
            ("总表电量(kWh)", list(register())),
        ),
        Hours({"main": _first([2.5] * 3)}, {"main": 180.0}, ("do not fall",)),
    ),
    Awkward(
        "registers of several meters below each other, newest first, named as amounts",
        csv(
            ("时间", [at for at in stamped(hourly("2025-03-03 00:00", 73))[::-1] for _ in (1, 2)]),
            ("表名", ["总表", "照明"] * 73),
            ("电量(kWh)", [each for kwh in register()[::-1] for each in (kwh, kwh * 2)]),
        ),
        Hours(
            {"main": _first([2.5] * 3), "lighting": _first([5.0] * 3)},
            {"main": 180.0, "lighting": 360.0},
            ("do not fall",),
        ),
    ),
    Awkward(
        "a register with its multiplier above the table",
        text_file(
            "倍率.csv",
            "倍率：40,\n时间,总表示数(kWh)\n"
            + lines(*zip(stamped(hourly("2025-03-03 00:00", 73)), register(), strict=True)),
        ),
        Hours({"main": _first([100.0] * 3)}, {"main": 7200.0}, ("times 40",)),
    ),
    Awkward(
        "万kWh in the heading",
        bills(*_months(12.5, 11.25), heading="起始日期,截止日期,用电量(万千瓦时)"),
        Rows(
            [
                ("main", "2025-01-01", "2025-02-01", 12.5, "10 thousand kWh"),
                ("main", "2025-02-01", "2025-03-01", 11.25, "10 thousand kWh"),
            ]
        ),
    ),
    Awkward(
        "units in the cells, and they differ",
        bills(*_months("1.5 MWh", "1400 kWh"), heading="起始日期,截止日期,用电量"),
        Rows(
            [
                ("main", "2025-01-01", "2025-02-01", 1.5, "MWh"),
                ("main", "2025-02-01", "2025-03-01", 1.4, "MWh"),
            ],
            ("MWh, kWh",),
        ),
    ),
    Awkward(
        "GJ among MWh, in a column of units",
        bills(
            "2025-01-01,2025-01-31,36,MWh",
            "2025-02-01,2025-02-28,36,GJ",
            heading="起始日期,截止日期,供热量,单位",
            name="热.csv",
        ),
        Rows(
            [
                ("heat_meter", "2025-01-01", "2025-02-01", 36.0, "MWh"),
                ("heat_meter", "2025-02-01", "2025-03-01", 10.0, "MWh"),
            ],
            ("MWh, GJ",),
        ),
    ),
    Awkward(
        "no unit anywhere",
        bills(*_months(1200, 1300), heading="起始日期,截止日期,用电量"),
        Refused(("用电量", "in which unit")),
    ),
    Awkward(
        "long form, a column of meters",
        csv(
            ("时间", [at for at in stamped(hourly("2025-03-03 00:00", 24)) for _ in (1, 2)]),
            ("表名", ["总表", "照明"] * 24),
            ("电量(kWh)", [each for kwh in DAY for each in (kwh, kwh / 4)]),
        ),
        Hours({"main": _first(DAY), "lighting": _first([2.5, 2.75, 3.0])}, {"main": sum(DAY)}),
    ),
    Awkward(
        "a negative correction among hours",
        csv(("时间", stamped(WEEK)), ("总表(kWh)", [*LOAD[:40], -12.0, *LOAD[41:]])),
        Refused(("row 42", "-12", "0 or more")),
    ),
    Awkward(
        "a credit for the period of a bill",
        bills("2025-01-01,2025-01-31,1200", "2025-01-01,2025-01-31,-200", *_months(0, 1100)[1:]),
        Rows(
            [
                ("main", "2025-01-01", "2025-02-01", 1000.0, "kWh"),
                ("main", "2025-02-01", "2025-03-01", 1100.0, "kWh"),
            ],
            ("credit", "rows 2, 3"),
        ),
    ),
    Awkward(
        "periods of unequal length, the day of the read in both",
        bills("2024-12-28,2025-01-29,1200", "2025-01-29,2025-02-26,900"),
        Rows(
            [
                ("main", "2024-12-28", "2025-01-29", 1200.0, "kWh"),
                ("main", "2025-01-29", "2025-02-26", 900.0, "kWh"),
            ],
            ("excluded",),
        ),
    ),
    Awkward(
        "periods that overlap",
        bills("2025-01-01,2025-01-31,1200", "2025-01-20,2025-02-28,900", "2025-03-01,2025-03-31,9"),
        Refused(("row 3", "overlaps that of row 2")),
    ),
    Awkward(
        "peak, flat and valley do not add up",
        bills(
            "2025-01,400,300,500,1200",
            "2025-02,400,300,500,1300",
            heading="电费年月,峰电量(kWh),平电量(kWh),谷电量(kWh),总电量(kWh)",
        ),
        Refused(("row 3", "1,300", "1,200", "parts: total")),
    ),
    Awkward(
        "months only, with yuan and demand beside",
        bills(
            "202501,400,300,500,1200,180,936.5",
            "202502,380,290,480,1150,175,897",
            "合计,780,590,980,2350,,1833.5",
            heading="电费年月,峰电量(kWh),平电量(kWh),谷电量(kWh),总电量(kWh),最大需量(kW),电费(元)",
        ),
        Rows(
            [
                ("main", "2025-01-01", "2025-02-01", 1200.0, "kWh"),
                ("main", "2025-02-01", "2025-03-01", 1150.0, "kWh"),
            ],
            ("totals are our sums", "calendar months", "1,833.50 RMB in 2025", "180 kW"),
            beside={
                "peak": [400, 380],
                "flat": [300, 290],
                "valley": [500, 480],
                "demand_kw": [180, 175],
                "cost": [936.5, 897],
                "currency": ["RMB", "RMB"],
            },
        ),
    ),
    Awkward(
        "yuan by part of the day beside kWh by part of the day",
        bills(
            ",峰,谷,峰,谷",
            "2025-01,400,800,512.5,300",
            "2025-02,380,700,490,280",
            heading="月份,电量(kWh),电量(kWh),电费,电费",
        ),
        Rows(
            [
                ("main", "2025-01-01", "2025-02-01", 1200.0, "kWh"),
                ("main", "2025-02-01", "2025-03-01", 1080.0, "kWh"),
            ],
            ("(a part of the cost)",),
            beside={"peak": [400, 380], "valley": [800, 700]},
        ),
    ),
    Awkward(
        "the same row twice",
        bills(*_months(1200, 1100), _months(1200)[0]),
        Rows(
            [
                ("main", "2025-01-01", "2025-02-01", 1200.0, "kWh"),
                ("main", "2025-02-01", "2025-03-01", 1100.0, "kWh"),
            ],
            ("say again",),
        ),
    ),
    Awkward(
        "two values for one hour",
        csv(
            ("时间", [*stamped(WEEK), stamped(WEEK)[-1]]),
            ("总表(kWh)", [*LOAD, LOAD[-1] + 1]),
        ),
        Refused(("rows 169, 170",)),
    ),
    Awkward(
        "a column that is the sum of the others",
        csv(
            ("时间", stamped(hourly("2025-03-03 00:00", 24))),
            ("1#楼(kWh)", DAY),
            ("2#楼(kWh)", DAY),
            ("合计(kWh)", [2 * kwh for kwh in DAY]),
        ),
        Hours(
            {"meter_1": _first(DAY), "meter_2": _first(DAY)},
            {"meter_1": sum(DAY)},
            ("the sum of the other columns",),
        ),
    ),
    Awkward(
        "two meters in one sheet, one below the other",
        workbook("two.xlsx", _two_meters),
        Hours({"main": _first(DAY, "2025-03-01T00:00+08:00")}, {"lighting": sum(DAY) / 2}),
    ),
    Awkward(
        "a row a day, a column for each quarter",
        text_file("日负荷电量(kWh).csv", _matrix()),
        Refused(("in which unit",)),
    ),
    Awkward(
        "power in place of energy",
        csv(("时间", stamped(WEEK)), ("总表有功功率(kW)", LOAD)),
        Refused(("power in kW", "means over each interval")),
    ),
    Awkward(
        "date and time of day in two columns",
        csv(
            ("日期", stamped(WEEK, "%Y-%m-%d")),
            ("时间", stamped(WEEK, "%H:%M")),
            ("总表(kWh)", LOAD),
        ),
        Hours({"main": _first(LOAD)}, {"main": sum(LOAD)}),
    ),
    Awkward(
        "stamps with their offset from UTC",
        csv(
            ("time", [f"{at}+08:00" for at in stamped(WEEK, "%Y-%m-%dT%H:%M")]), ("main_kwh", LOAD)
        ),
        Hours({"main": _first(LOAD)}, {"main": sum(LOAD)}, ("the first stamp is 00:00",)),
    ),
    Awkward(
        "a clock that the heading names",
        csv(("Start (UTC)", stamped(WEEK)), ("Main (kWh)", LOAD)),
        Hours({"main": _first(LOAD, "2025-03-03T08:00+08:00")}, {"main": sum(LOAD)}, ("UTC+0",)),
    ),
    Awkward(
        "energy fed into the grid among energy used",
        csv(
            ("时间", [at for at in stamped(WEEK) for _ in (1, 2)]),
            ("表名", ["总表", "光伏"] * len(WEEK)),
            ("流向", ["正向", "反向"] * len(WEEK)),
            ("电量(kWh)", [kwh for kwh in LOAD for _ in (1, 2)]),
        ),
        Hours({"main": _first(LOAD)}, {"main": sum(LOAD)}, ("168 row(s) of energy fed into",)),
    ),
    Awkward(
        "days named by a midnight",
        csv(("Time", stamped(hourly("2025-03-01", 31, "D"))), ("Main (kWh)", [9.0] * 31)),
        Refused(("the one it starts with, or the one it ends with",)),
    ),
    Awkward(
        "dates a month apart",
        bills("2025-01-31,100", "2025-02-28,110", "2025-03-31,90", heading="日期,用电量(kWh)"),
        Refused(("the day of the read, or the month",)),
    ),
    Awkward(
        "a bill in English, with dollars and demand",
        bills(
            "77-1,01/16/2025,02/14/2025,400,600,1000,88,$120.00",
            "77-1,02/15/2025,03/16/2025,300,600,900,80,$100.00",
            heading="Account,Service From,Service To,On-Peak kWh,Off-Peak kWh,Total kWh,Demand kW,"
            "Amount Due ($)",
        ),
        Rows(
            [
                ("main", "2025-01-16", "2025-02-15", 1000.0, "kWh"),
                ("main", "2025-02-15", "2025-03-17", 900.0, "kWh"),
            ],
            ("220.00 $ in 2025",),
            beside={"valley": [600, 600], "cost": [120, 100], "currency": ["$", "$"]},
        ),
    ),
    Awkward(
        "kvarh beside kWh",
        csv(("时间", stamped(WEEK)), ("总表(kWh)", LOAD), ("电量(kvarh)", LOAD)),
        Hours({"main": _first(LOAD)}, {"main": sum(LOAD)}, ("电量(kvarh) (not known)",)),
    ),
    Awkward(
        "generation beside use",
        csv(("时间", stamped(WEEK)), ("总表(kWh)", LOAD), ("屋顶光伏发电量(kWh)", LOAD)),
        Hours({"main": _first(LOAD)}, {"main": sum(LOAD)}, ("generated, not used",)),
    ),
    Awkward(
        "a column for each month",
        bills(
            "总表,100,110", "照明,20,22", heading="表名,2025-01(kWh),2025-02(kWh)", name="电量.csv"
        ),
        Rows(
            [
                ("main", "2025-01-01", "2025-02-01", 100.0, "kWh"),
                ("main", "2025-02-01", "2025-03-01", 110.0, "kWh"),
                ("lighting", "2025-01-01", "2025-02-01", 20.0, "kWh"),
                ("lighting", "2025-02-01", "2025-03-01", 22.0, "kWh"),
            ],
        ),
    ),
    Awkward(
        "estimated reads",
        bills(
            "2025-01-01,2025-01-31,1200,实抄",
            "2025-02-01,2025-02-28,1100,估抄",
            heading="起始日期,截止日期,用电量(kWh),抄表方式",
        ),
        Rows(
            [
                ("main", "2025-01-01", "2025-02-01", 1200.0, "kWh"),
                ("main", "2025-02-01", "2025-03-01", 1100.0, "kWh"),
            ],
            quality=("", "estimated"),
        ),
    ),
    Awkward(
        "a value without a date",
        bills("2025-01-01,2025-01-31,1200", ",,1100", "2025-03-01,2025-03-31,1000"),
        Refused(("row 3", "without a date")),
    ),
    Awkward(
        "outdoor temperature in °F",
        csv(("Time", stamped(WEEK)), ("Outdoor temperature (°F)", [50.0] * len(WEEK))),
        Outdoor({"2025-03-03T00:00+08:00": 10.0}),
    ),
]
