"""Python's search for garbage, which takes a tenth of a report at its own setting: what a report
makes is mostly kept until its process ends.
"""

import gc

_MADE = 50_000  # objects between two searches; Python's own is 700


def search_seldom() -> None:
    """Let this process and those copied from it search for garbage less often."""
    gc.set_threshold(_MADE)


def search_no_more() -> None:
    """Let what this process still holds go with it: its end searches all of it otherwise, which is
    a tenth of a command of two seconds.
    """
    gc.freeze()
