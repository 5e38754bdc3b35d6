"""How a number is spelled is not which number it is: a key for comparison, never the evidence.

The text of a ledger stays as it was written; keys are compared in its place. They fold full-width
and other compatible characters (Unicode NFKC), digits of any script, accents, characters without
width, and letters of the Cyrillic and Greek alphabets that look like Latin ones.
"""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

from neutrality.case.alike import of_each

# Letters that look like Latin ones in common fonts: a part of the table of confusable characters of
# Unicode Technical Standard 39, Cyrillic and Greek letters only.
_CONFUSABLE = str.maketrans(
    "АВЕЅЗІЈКМНОРСТХУԌԚԜаеѕіјорсхуԁԛԝһӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧαγικνορυχϲ",
    "ABES3IJKMHOPCTXYGQWaesijopcxydqwhlABEZHIKMNOPTYXayiKvopuxc",
)
_INVISIBLE = ("Mn", "Me", "Cf", "Cc")  # marks, formats such as a zero-width space, controls
_DASHES = re.compile(r"[\u2010-\u2015\u2212\u2043\uFE58\uFE63\uFF0D\u30FC]")
_LOOKALIKE = str.maketrans("OoIl|", "00111")
# Letters that look like digits, beside a digit and no part of a word.
_DIGITLIKE = re.compile(
    r"(?<![^\W\d_])(?:[OoIl|]+(?=\d)|(?<=\d)[OoIl|]+)(?:[\dOoIl|]*)(?![^\W\d_])"
)


def folded(texts: pd.Series) -> pd.Series:
    """Return each text in plain characters, with hyphens for dashes, without spaces at its ends.

    >>> folded(pd.Series(["ＧＥＣ\u2013１", "\u0421\u0415R", " a\u200b1 "])).tolist()
    ['GEC-1', 'CER', 'a1']
    """
    text = texts.astype("str").str.strip()
    if "".join(text.tolist()).isascii():
        return text
    return of_each(text, lambda each: each if each.isascii() else _plain(each))


def _plain(text: str) -> str:
    """Return a text in plain characters."""
    split = unicodedata.normalize("NFKD", _DASHES.sub("-", text))
    seen = "".join(char for char in split if unicodedata.category(char) not in _INVISIBLE)
    digits = (
        str(unicodedata.digit(char)) if unicodedata.category(char) == "Nd" else char
        for char in unicodedata.normalize("NFKC", seen)
    )
    return "".join(digits).translate(_CONFUSABLE).strip()


def lookalikes_read(text: str) -> str:
    """Return a text in which letters beside digits are read as the digits that they look like.

    >>> lookalikes_read("GEC-9OO1"), lookalikes_read("lO-7"), lookalikes_read("GECO-1")
    ('GEC-9001', 'lO-7', 'GECO-1')
    """
    return _DIGITLIKE.sub(lambda found: found[0].translate(_LOOKALIKE), text)


def deceptive(texts: pd.Series) -> pd.Series:
    """Return which texts hold letters that look like others: O or l beside digits, or Cyrillic and
    Greek letters.

    >>> deceptive(pd.Series(["9O1", "\u0415C1", "GEC-1", "绿证1"])).tolist()
    [True, True, False, False]
    """
    text = texts.astype("str")
    suspect = text.str.contains(r"\d[OoIl|]|[OoIl|]\d", regex=True)
    suspect |= pd.Series([not each.isascii() for each in text], text.index, dtype=bool)
    return suspect & text.where(suspect, "").map(_deceives).astype(bool)


def _deceives(text: str) -> bool:
    return lookalikes_read(text) != text or text.translate(_CONFUSABLE) != text
