"""How a portfolio's page grows with its sites: made bundles read from disk, and the page, the Excel
file and the Parquet file made of rows, 10 to 1,000 of them.

Processor time of one process, log-log slopes between sizes, and the size of each file. The slopes
between the largest sizes are what counts: below them fixed costs, such as cutting the font, show.
"""

import math
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import made_sites

from neutrality.portfolio import book, overview, page, stated

KB = 1000.0
READ, ROWS = (10, 30, 100), (10, 100, 300, 1000)


def seconds(done):
    """Return what a call returns, and the processor time that it took [s]."""
    start = time.process_time()
    made = done()
    return made, time.process_time() - start


def many(of, count):
    """Return an overview of `count` sites that are copies of those of another, under other names
    and of other sizes.
    """
    rows = of.sites.to_dict("records")
    sites = []
    for number in range(count):
        row = dict(rows[number % len(rows)]) | {"site": f"site-{number:05d}"}
        row |= {id: row[id] * (1 + number % 97) for id in (*stated.TOTALS, *stated.QUALITY)}
        sites.append(row)
    notices = [
        stated.Notice(f"site-{number:05d}", "material", "某项发现", "a finding", "energy.csv", "7")
        for number in range(0, count, 3)
    ]
    return overview.together(sites, notices, of.year)


def slopes(took):
    """Return the log-log slope from each size to the next."""
    pairs = zip(list(took.items()), list(took.items())[1:], strict=False)
    return [math.log(t2 / t1) / math.log(n2 / n1) for (n1, t1), (n2, t2) in pairs]


def written(known, path):
    """Return the processor time [s] and the size [kB] of each file of an overview."""
    makers = {
        "html": lambda at: at.write_text(page.html(known, "", "en"), "utf-8"),
        "xlsx": lambda at: book.excel(known, "", at),
        "parquet": lambda at: book.parquet(known, at),
    }
    found = {}
    for name, maker in makers.items():
        at = path / f"portfolio.{name}"
        _, took = seconds(partial(maker, at))
        found[name] = took, at.stat().st_size / KB
    return found


def read(folder):
    """Return the processor time of reading bundles, and of comparing their ledgers [s]."""
    there = overview.bundles(folder)
    steps = {"read": overview._read, "double claims": overview._between}
    return {name: (seconds(partial(step, there))[1], 0) for name, step in steps.items()}


def main():
    took = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "outputs"
        for number in range(max(READ)):
            made_sites.made(folder, f"site-{number:05d}", first=1 + 1000 * number)
            if number + 1 in READ:
                took |= {(name, number + 1): v for name, v in read(folder).items()}
        of = overview.made(folder)
        for count in ROWS:
            found = written(many(of, count), Path(scratch))
            took |= {(name, count): v for name, v in found.items()}
    for what in dict.fromkeys(name for name, _ in took):
        times = {count: v for (name, count), v in took.items() if name == what}
        grown = ["", *(f"{each:.2f}" for each in slopes({n: t for n, (t, _) in times.items()}))]
        for (count, (t, kb)), slope in zip(times.items(), grown, strict=True):
            print(f"{what:14} {count:5} sites {t:8.3f} s {kb:8,.0f} kB  slope {slope}")


if __name__ == "__main__":
    main()
