"""Whether a name in a registry is the reporter's: word by word, its legal form aside, or under
another name that the case declares in its table aliases.

Names are never compared as parts of words: "SK Inc." is not in "Autodesk Inc.". Chinese has no
blanks between words: there a name ends where another script, a legal form or a particle follows.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import NamedTuple

import pandas as pd

from neutrality import sheets
from neutrality.texts.findings import Finding, in_parameters, in_rows

SAME, ALIAS, WORDY = "same", "alias", "wordy"  # how a cell names the reporter; "" where it does not
_HAN = "\u3400-\u9fff"
_ABBREVIATED = re.compile(r"\b\w(?:\.\w)+\b\.?")  # S.A.P.I. is one word
# What stands before and behind a name in a Chinese sentence, beside other scripts.
_BEFORE = f"(?<![{_HAN}])|(?<=[为由表以给替供于及和与方人])"
_BEHIND = rf"(?![{_HAN}])|(?=(?:股份)?有限(?:责任)?公司|公司|[的在于用及和与注抵自购实])"
_TWO_WORDS = 2  # so many words, legal form aside, are a name of their own within a sentence


class Reporter(NamedTuple):
    """Whom a report is about, and by which other names registries know it."""

    name: str
    aliases: pd.DataFrame  # registry, language, name, why: the case's table, by row


def reporter(name: str, aliases: pd.DataFrame | None = None) -> Reporter:
    """Return the reporter with its aliases, none where the case has no such table."""
    none = pd.DataFrame(columns=["registry", "language", "name", "why"])
    return Reporter(name, none if aliases is None else aliases)


def name_key(name: str) -> str:
    """Return a name without case, width, blanks and punctuation, for comparison.

    >>> name_key("Shopify, Inc."), name_key("　中国移动（北京）")
    ('shopifyinc', '中国移动北京')
    """
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", str(name)).casefold())


def same(name: str, other: str) -> bool:
    """Return whether two names are one, but for their legal form.

    >>> same("Shopify", "SHOPIFY, Inc."), same("SK Inc.", "Autodesk Inc."), same("-", ".")
    (True, False, False)
    >>> same("示例大厦", "示例大厦有限公司"), same("Example Holdings", "Example")
    (True, False)
    """
    bare = "".join(_bare(name))
    return bare != "" and bare == "".join(_bare(other))


def named_in(text: str, name: str) -> bool:
    """Return whether a text holds a name, from word to word as it is written.

    >>> named_in("Castrol Vecton’s footprint", "Castrol"), named_in("Autodesk Inc.", "SK Inc.")
    (True, False)
    >>> named_in("为示例大厦注销", "示例大厦"), named_in("示例大厦物业集团", "示例大厦")
    (True, False)
    """
    if re.search(f"[{_HAN}]", name):
        plain = re.sub(r"[\s_]+", "", unicodedata.normalize("NFKC", text).casefold())
        key = re.sub(r"[\s_]+", "", unicodedata.normalize("NFKC", name).casefold())
        return bool(re.search(f"(?:{_BEFORE}){re.escape(key)}(?:{_BEHIND})", plain))
    return _within(_words(name), _words(text))


def meant_in(text: str, name: str) -> bool:
    """Return whether a sentence holds the reporter's name: as it is written, or without its legal
    form where that leaves several words; of one word, such as "SK", others are made.

    >>> meant_in("for Genie Energy and its customers", "Genie Energy Ltd.")
    True
    >>> meant_in("for SK Telecom", "SK Inc.")
    False
    """
    bare = _bare(name)
    if named_in(text, name):
        return True
    if re.search(f"[{_HAN}]", name):
        return bool(bare) and named_in(text, "".join(bare))
    return len(bare) >= _TWO_WORDS and _within(bare, _words(text))


def matched(cells: pd.Series, registry: pd.Series, who: Reporter) -> pd.DataFrame:
    """Return how each cell names the reporter: how (SAME, ALIAS, WORDY or "") and alias, the row of
    the alias, 0 where it is none.

    WORDY is the reporter's name as it is written among other words, as registries' entries have it.
    An alias counts for its registry alone, for all where it names none.

    >>> rows = pd.Series(["Shopify", "Shopify Inc. (Ottawa)", "Autodesk"])
    >>> matched(rows, pd.Series(["VCS"] * 3), reporter("Shopify Inc.")).how.tolist()
    ['same', 'wordy', '']
    """
    pairs = list(zip(cells.astype("str").fillna("").tolist(), registry.tolist(), strict=True))
    known = {pair: _match(*pair, who) for pair in set(pairs)}
    how, alias = ([known[pair][at] for pair in pairs] for at in (0, 1))
    return pd.DataFrame({"how": how, "alias": alias}, cells.index)


def _match(cell: str, registry: str, who: Reporter) -> tuple[str, int]:
    if same(cell, who.name):
        return SAME, 0
    for row, alias in who.aliases.iterrows():
        if alias["registry"] in ("", registry) and same(cell, alias["name"]):
            return ALIAS, int(row)
    return (WORDY if name_key(who.name) and named_in(cell, who.name) else ""), 0


def unnamed_findings(who: Reporter) -> list[Finding]:
    """Return a refusal where the reporter's name, or an alias, holds no letter and no digit:
    anything like it would match.
    """
    empty = who.aliases[who.aliases["name"].map(name_key) == ""]
    found = in_rows("aliases", "name", "alias_empty", empty)
    if not name_key(who.name):
        found += in_parameters("reporter_unnamed", reporter=who.name)
    return found


def alias_findings(table: str, used: pd.DataFrame, alias: pd.Series, who: Reporter) -> list:
    """Return a finding for each alias by which rows of a ledger were taken for the reporter's, with
    their number and quantity; `alias` is its row for each of the `used` rows.
    """
    found: list[Finding] = []
    for row, rows in used[alias > 0].groupby(alias[alias > 0]):
        size = {"kwh": rows["kwh"].sum()} if "kwh" in rows else {}
        size |= {"rows_alike": len(rows), "quantity": rows["quantity"].sum()}
        found += in_rows(
            *("aliases", "name", "beneficiary_alias", who.aliases.loc[[row]]),
            **({"reporter": who.name, "ledger": table} | size),
        )
    return found


def _within(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    """Return whether words stand one after the other among others."""
    size = len(part)
    return size > 0 and any(whole[at : at + size] == part for at in range(len(whole)))


@cache
def _legal_forms(kind: str) -> tuple[str, ...]:
    words = sheets.packaged("ledger/words.csv")
    return tuple(words.loc[words["kind"] == kind, "word"])


def _words(text: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKC", str(text)).casefold()
    joined = _ABBREVIATED.sub(lambda found: found[0].replace(".", ""), plain)
    return tuple(re.findall(r"[^\W_]+", joined))


def _bare(name: str) -> tuple[str, ...]:
    """Return the words of a name without its legal form."""
    words = list(_words(name))
    while len(words) > 1 and words[-1] in _legal_forms("legal_form"):
        words.pop()
    if words:
        endings = [end for end in _legal_forms("legal_form_zh") if words[-1].endswith(end)]
        words[-1] = words[-1].removesuffix(max(endings, key=len, default="")) or words[-1]
    return tuple(words)
