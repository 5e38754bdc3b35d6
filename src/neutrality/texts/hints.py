"""The known name nearest to one that is not known."""

import difflib
from collections.abc import Iterable


def nearest(written: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the known name most similar to the written one, or "" where none is near.

    >>> nearest("matchng", ["matching", "model"]), nearest("xyz", ["matching"])
    ('matching', '')
    """
    return next(iter(difflib.get_close_matches(str(written), list(known), 1, cutoff)), "")


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'name'?" for the nearest known name, or "" where none is near.

    >>> did_you_mean("matchng", ["matching", "model"])
    "; did you mean 'matching'?"
    """
    near = nearest(written, known)
    return f"; did you mean {near!r}?" if near else ""
