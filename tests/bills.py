"""Rows of the table activities, which several tests share."""

import pandas as pd

from neutrality.reference import emission_factors

FACTORS = emission_factors.factors()


def activity(
    factor_id="heat_default", amount=1.0, unit="GJ", line="inventory", scope=None, month="2025-03"
):
    scope = scope or (3 if line == "memo" else 2)
    return {
        "month": month,
        "source": "any",
        "scope": scope,
        "line": line,
        "amount": amount,
        "unit": unit,
        "factor_id": factor_id,
        "evidence": "",
    }


def bills(*rows):
    table = pd.DataFrame([row if isinstance(row, dict) else activity(*row) for row in rows])
    return table.set_index(pd.RangeIndex(2, len(table) + 2))  # as read: the lines of the file
