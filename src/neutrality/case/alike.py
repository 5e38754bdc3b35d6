"""Columns of which many cells are alike, as names, days and statuses are: what is worked out of a
cell is worked out once for each different one.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pyarrow as pa
from pyarrow import compute

# Within it texts are Arrow's: whole columns of them are read several times as quickly as Python's
# own, of which single cells are (see `sheets`).
long_columns = pd.option_context("mode.string_storage", "pyarrow")


def of_each(texts: pd.Series, result: Callable[[str], object], dtype: str = "str") -> pd.Series:
    """Return the result for each text, computed once for each different text.

    >>> of_each(pd.Series(["a", "bb", "a"]), len, "int64").tolist()
    [1, 2, 1]
    """
    return of_different(texts, lambda some: pd.Series(list(map(result, some)), dtype=dtype))


def of_different(cells: pd.Series, result: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """Return the result for each cell of a column, computed of a column of its different cells.

    >>> of_different(pd.Series(["a", "bb", "a"]), lambda some: some.str.len()).tolist()
    [1, 2, 1]
    """
    codes, different = pd.factorize(cells, use_na_sentinel=False)
    return result(pd.Series(different, dtype=cells.dtype)).take(codes).set_axis(cells.index)


def extracted(texts: pd.Series, form: str) -> pd.DataFrame:
    """Return the named parts of the texts that are wholly of a form, NaN where one is not: what
    `Series.str.extract` does cell by cell.

    >>> extracted(pd.Series(["a1", "b"]), "(?P<letter>[a-z])(?P<digit>[0-9])").iloc[0].tolist()
    ['a', '1']
    """
    found = compute.extract_regex(pa.array(texts, pa.large_string()), f"^(?:{form})$")
    parts = zip((field.name for field in found.type), found.flatten(), strict=True)
    return pd.DataFrame({name: pd.array(part, dtype="str") for name, part in parts}, texts.index)
