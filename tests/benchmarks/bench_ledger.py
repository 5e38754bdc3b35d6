"""How the check for overlaps grows with the ledger, and what it costs beside one bare sort of the
same numbers.

Run by `make benchmark`, one process, one thread; it needs no peer. Blocks stand in random order in
three series of numbers. Three ledgers of each size: sound; with one block in a thousand listed
again; and one in which every block overlaps the next, where all of them have to be told.
"""

import time

import numpy as np
import pandas as pd

from neutrality.ledger import ranges

SIZES, TURNS, SEED = (10_000, 100_000, 1_000_000), 15, 5
AT_MOST, SLOPE = 5.0, (0.9, 1.1)


def blocks(count: int, overlap: int = 0) -> pd.DataFrame:
    """Return a sound ledger of so many blocks in random order; each reaches `overlap` numbers
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


def fastest_s(*works) -> list[float]:
    """Return the least time of each of several works, in turn and many times: the one that else
    runs disturbed least.
    """
    turns = []
    for _ in range(TURNS):
        for work in works:
            begun = time.perf_counter()
            work()
            turns.append(time.perf_counter() - begun)
    return [min(turns[place :: len(works)]) for place in range(len(works))]


def main() -> None:
    kinds = {
        "sound": lambda n: blocks(n),
        "1 in 1,000 twice": lambda n: pd.concat([b := blocks(n), b[::1000]], ignore_index=True),
        "all overlap": lambda n: blocks(n, 40),
    }
    for kind, make in kinds.items():
        check_s, told_s = {}, {}
        for size in SIZES:
            table = make(size)
            ends = ranges.keys(table)
            sort_s, check_s[size], told_s[size] = fastest_s(
                lambda: np.sort(ends[0]),
                lambda: ranges.meeting(*ranges.keys(table)),
                lambda: ranges.overlapping(table),
            )
            found = len(ranges.overlapping(table))
            print(
                f"{kind:>16} {size:>9,} blocks, {found:>9,} overlap: check {check_s[size] * 1e3:8.2f} ms, {check_s[size] / sort_s:5.1f} bare sorts; "
                f"each told {told_s[size] * 1e3:8.2f} ms, {told_s[size] / sort_s:6.1f}"
            )
        for said, took in {"check": check_s, "told": told_s}.items():
            slope = np.polyfit(np.log(list(took)), np.log(list(took.values())), 1)[0]
            print(f"{kind:>16} log-log slope of {said}: {slope:.2f}")
    print(
        f"wanted of a sound ledger's check: slope {SLOPE[0]} to {SLOPE[1]}, at most {AT_MOST} bare sorts at {SIZES[-1]:,} blocks"
    )


if __name__ == "__main__":
    main()
