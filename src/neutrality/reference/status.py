"""How well a value is documented, in order, and what a figure inherits from its inputs.

CONFIRMED: the same figure in two documents. SINGLE: in one. ASSUMED: chosen by a person.
RECALLED: from memory, never allowed in a headline figure.
"""

from collections.abc import Iterable

STATUSES = ("CONFIRMED", "SINGLE", "ASSUMED", "RECALLED")  # from the strongest to the weakest


def rank(status: str) -> int:
    """Return the place of a status in the order; 0 is the strongest. ValueError for another."""
    return STATUSES.index(status)


def weakest(statuses: Iterable[str]) -> str:
    """Return the status of a figure that rests on figures of these; "" where none has a status.

    >>> weakest(["CONFIRMED", "SINGLE", "CONFIRMED"]), weakest([""])
    ('SINGLE', '')
    """
    return max((status for status in statuses if status), key=rank, default="")
