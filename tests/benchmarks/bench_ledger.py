"""How the check for overlaps grows with the ledger, and its cost beside one bare sort of the same
numbers.

Run by `make benchmark`, one process, one thread; it needs no peer. Blocks are in random order in
three series of numbers. Three ledgers of each size: valid; with one block in a thousand listed
again; and one in which every block overlaps the next, where all of them have to be reported.

Last, a registry's export of retirements, a list of I-REC and one of Chinese certificates are each
imported into an empty case, beside the reading of the same file as strings by pandas, in the same
run: processor time, for a machine that is busy.
"""

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from neutrality.case import tables
from neutrality.ledger import certificate_lists, credits, ranges, registry

SIZES, TURNS, SEED = (10_000, 100_000, 1_000_000), 15, 5
ROWS, IMPORTS, IMPORT_AT_MOST, CHECK_AT_MOST = 100_000, 5, 8.0, 40.0
AT_MOST, SLOPE = 5.0, (0.9, 1.1)
KINDS = ("valid", "1 in 1,000 twice", "all overlap")


def blocks(count: int, overlap: int = 0) -> pd.DataFrame:
    """Return a valid ledger of so many blocks in random order; each reaches `overlap` numbers
    into the next.
    """
    random = np.random.default_rng(SEED)
    length = random.integers(1, 400, count)
    start = 900_000_001 + np.cumsum(length + random.integers(0, 40, count)) - length
    made = pd.DataFrame(
        {"serial_start": start, "serial_end": start + length - 1 + overlap, "claimed_year": 2025}
    )
    made["space"] = pd.Categorical.from_codes(np.arange(count) * 3 // count, ["GEC", "I-REC", "GO"])
    return made.iloc[random.permutation(count)].reset_index(drop=True)


def ledger(kind: str, size: int) -> pd.DataFrame:
    """Return a ledger of one of the KINDS."""
    table = blocks(size, 40 if kind == "all overlap" else 0)
    again = table[::1000] if kind == "1 in 1,000 twice" else table[:0]
    return pd.concat([table, again], ignore_index=True)


def fastest_s(*works: Callable[[], object]) -> list[float]:
    """Return the least time of each of several works [s], in turn and many times: the run that was
    disturbed least.
    """
    turns = []
    for _ in range(TURNS):
        for work in works:
            begun = time.perf_counter()
            work()
            turns.append(time.perf_counter() - begun)
    return [min(turns[place :: len(works)]) for place in range(len(works))]


def check(table: pd.DataFrame) -> np.ndarray:
    return ranges.overlaps(*ranges.sort_keys(table))


def measure(kind: str) -> None:
    """Print the times of one kind of ledger at each size, and how they grow."""
    check_s, report_s = {}, {}
    for size in SIZES:
        table = ledger(kind, size)
        starts, _ = ranges.sort_keys(table)
        sort_s, check_s[size], report_s[size] = fastest_s(
            partial(np.sort, starts), partial(check, table), partial(ranges.overlapping, table)
        )
        found = len(ranges.overlapping(table))
        print(
            f"{kind:>16} {size:>9,} blocks, {found:>9,} overlap: "
            f"check {check_s[size] * 1e3:8.2f} ms, {check_s[size] / sort_s:5.1f} bare sorts; "
            f"report {report_s[size] * 1e3:8.2f} ms, {report_s[size] / sort_s:6.1f}"
        )
    for name, took in {"check": check_s, "report": report_s}.items():
        slope = np.polyfit(np.log(list(took)), np.log(list(took.values())), 1)[0]
        print(f"{kind:>16} log-log slope of {name}: {slope:.2f}")


def export(rows: int) -> pd.DataFrame:
    """Return an export of retirements in Verra's columns, of a few hundred different texts."""
    random = np.random.default_rng(SEED)
    quantity = random.integers(1, 30_000, rows)
    end = 900_000_000 + np.cumsum(quantity)
    numbers = pd.Series(end - quantity + 1).astype("str") + "-" + pd.Series(end).astype("str")
    ending = "-VCS-VCU-1310-VER-CN-14-3005-01012022-31122022-0"
    day = pd.Series(pd.Timestamp("2026-01-02") + pd.to_timedelta(random.integers(0, 90, rows), "D"))
    someone = pd.Series(random.integers(0, 300, rows)).astype("str")
    return pd.DataFrame(
        {
            "Issuance Date": "2025-03-01",
            "Sustainable Development Goals": "07: Affordable and Clean Energy; "
            * 2,  # real rows have 310 to 440 bytes
            "Vintage Start": "2022-01-01",
            "Vintage End": "2022-12-31",
            "ID": "3005",
            "Name": "Improved forest management, " + someone,
            "Country/Area": "China",
            "Project Type": "Agriculture Forestry and Other Land Use",
            "Methodology": "VM0010",
            "Total Vintage Quantity": "1,454,054",
            "Quantity Issued": [f"{each:,}" for each in quantity],
            "Serial Number": "900-" + numbers + ending,
            "Additional Certifications": "07: Affordable and Clean Energy; "
            * 2,  # real rows have 310 to 440 bytes
            "Retirement/Cancellation Date": day.dt.strftime("%Y-%m-%d"),
            "Retirement Beneficiary": "Company " + someone + " Ltd",
            "Retirement Reason": "Environmental Benefit",
            "Retirement Details": "Retired on behalf of Company " + someone + " Ltd for 2025",
        }
    )


def plainly(path: Path) -> pd.DataFrame:
    """Return the cells as pandas reads them by default: the package has its own way with texts."""
    with pd.option_context("mode.string_storage", "auto"):
        return pd.read_csv(path, dtype="str")


def _of_random(rows: int) -> dict[str, np.ndarray | pd.Series]:
    """Return what both lists of certificates are made of."""
    random = np.random.default_rng(SEED)
    quantity = random.integers(1, 3_000, rows)
    day = pd.Timestamp("2026-01-02") + pd.to_timedelta(random.integers(0, 90, rows), "D")
    return {
        "quantity": quantity,
        "last": 178_536_000_000 + np.cumsum(quantity),
        "day": pd.Series(day).dt.strftime("%Y-%m-%d"),
        "some": random.integers(0, 300, rows),
        "month": random.integers(1, 13, rows),
    }


def irec(rows: int) -> pd.DataFrame:
    """Return a list of I-REC redemptions, each of a month, with numbers in groups of four."""
    of = _of_random(rows)
    first, last = (
        [f"{n:016}" for n in ends] for ends in (of["last"] - of["quantity"] + 1, of["last"])
    )
    ends = [
        ["-".join(n[at : at + 4] for at in (0, 4, 8, 12)) for n in each] for each in (first, last)
    ]
    begins = pd.to_datetime([f"2025-{month:02}-01" for month in of["month"]])
    return pd.DataFrame(
        {
            "Redemption Date": of["day"],
            "Product": "I-REC",
            "Device": [f"Device {each}" for each in of["some"]],
            "Technology": np.array(["Wind", "Solar", "Hydro"])[of["some"] % 3],
            "Country": "China",
            "Region": np.array(["Gansu", "Hebei", "Yunnan"])[of["month"] % 3],
            "From Certificate ID": ends[0],
            "To Certificate ID": ends[1],
            "Volume MWh": of["quantity"],
            "Period Start": begins.strftime("%Y-%m-%d"),
            "Period End": (begins + pd.offsets.MonthEnd(0)).strftime("%Y-%m-%d"),
            "Beneficiary": [f"Company {each} Ltd" for each in of["some"]],
            "Status": "Redeemed",
        }
    )


def gec(rows: int) -> pd.DataFrame:
    """Return a Chinese list of certificates with codes of 32 digits, 500 blocks to a project."""
    of = _of_random(rows)
    project, last = np.arange(rows) // 500, of["last"] % 10**9
    first, last = (
        [f"5{p:016}25{m:02}{n:09}11" for p, m, n in zip(project, of["month"], ends, strict=True)]
        for ends in (last - of["quantity"] + 1, last)
    )
    return pd.DataFrame(
        {
            "序号": np.arange(1, rows + 1),
            "项目名称": [f"某某风电场第{each}期工程" for each in of["some"]],
            "电量生产年月": [f"2025年{each}月" for each in of["month"]],
            "绿证起始编码": first,
            "绿证终止编号": last,
            "绿证数量（张）": of["quantity"],
            "能源类型": np.array(["风电", "光伏发电", "水电"])[of["some"] % 3],
            "项目所在省份": np.array(["内蒙古自治区", "甘肃省", "河北"])[of["month"] % 3],
            "核销日期": of["day"],
            "核销主体": "Example Tower",
            "绿证状态": "已核销",
        }
    )


def measure_import(name: str, made: pd.DataFrame, take: Callable) -> None:
    """Print the time of an import beside that of reading the same file."""
    turns = []
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "export.csv"
        made.to_csv(path, index=False)
        for turn in range(IMPORTS):
            case = Path(scratch) / f"case{turn}"
            case.mkdir()
            begun = time.process_time()
            plainly(path)
            read = time.process_time()
            taken = take(case, path, 2025).taken
            turns.append((read - begun, time.process_time() - read))
    read_s, import_s = (sorted(each)[IMPORTS // 2] for each in zip(*turns, strict=True))
    print(
        f"import of {len(taken):,} rows of {name} {import_s:.2f} s, reading them {read_s:.2f} s: "
        f"{import_s / read_s:.1f} times, at most {IMPORT_AT_MOST:g} wanted"
    )


def measure_check() -> None:
    """Print the time of reading and checking a ledger of credits beside that of reading the same
    file as strings.
    """
    turns = []
    with tempfile.TemporaryDirectory() as scratch:
        case, path = Path(scratch), Path(scratch) / "export.csv"
        export(ROWS).to_csv(path, index=False)
        registry.import_export(case, path, 2025)
        for _ in range(IMPORTS):
            begun = time.process_time()
            plainly(case / "credits.csv")
            read = time.process_time()
            rows = tables.read(case, "credits")
            found = credits.check(rows, 2025, "Company 1", "DB11/T 1861-2021", False)
            turns.append((read - begun, time.process_time() - read))
    read_s, check_s = (sorted(each)[IMPORTS // 2] for each in zip(*turns, strict=True))
    print(
        f"check of {len(rows):,} credits ({len(found):,} findings) {check_s:.2f} s, reading them "
        f"{read_s:.2f} s: {check_s / read_s:.1f} times, at most {CHECK_AT_MOST:g} wanted"
    )


def main() -> None:
    for kind in KINDS:
        measure(kind)
    measure_import("Verra's export", export(ROWS), registry.import_export)
    measure_import("an I-REC list", irec(ROWS), certificate_lists.import_list)
    measure_import("a GEC list", gec(ROWS), certificate_lists.import_list)
    measure_check()
    print(
        f"wanted of a valid ledger's check: slope {SLOPE[0]} to {SLOPE[1]}, "
        f"at most {AT_MOST} bare sorts at {SIZES[-1]:,} blocks"
    )


if __name__ == "__main__":
    main()
