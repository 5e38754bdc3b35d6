"""What a person looks up at the command line: the factors there are, and a case's parameters."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pandas as pd

from neutrality.reference import emission_factors
from neutrality.runner import parameters, yaml_file
from neutrality.texts import messages

_GAP = "  "


def factors(word: str = "") -> list[list[str]]:
    """Return id, names in Chinese and English, region, data year, value with unit, and status of
    the shipped factors; of those alone that have `word` in one of these, in any case.

    >>> factors("beijing_2023")[0][:4]
    ['grid_cn_beijing_2023', '北京 2023', 'Beijing 2023', 'Beijing']
    """
    named = emission_factors.named(emission_factors.factors())
    rows = [
        [
            str(row.Index),
            row.name_zh,
            row.name_en,
            row.region,
            "" if pd.isna(row.data_year) else str(row.data_year),
            f"{row.value:g} {row.unit}",
            row.status,
        ]
        for row in named.itertuples()
    ]
    asked = word.casefold()
    return [row for row in rows if asked in "\n".join(row).casefold()]


def of_case(case_yaml: Path | None, notebooks: Path | None, lang: str) -> list[list[str]]:
    """Return name, value, where it came from, range or choices, and meaning of each parameter: of
    the YAML, or of the notebooks alone.

    ValueError where the YAML is not there, or cannot be read.
    """
    known = parameters.signature(notebooks or parameters.notebooks_folder())
    values, lines = {}, {}
    if case_yaml is not None:
        if not case_yaml.is_file():
            raise ValueError(
                f"{case_yaml.name}: no such file in {case_yaml.absolute().parent.name}"
            )
        values, lines, refused = yaml_file.entries(case_yaml)
        if refused:
            raise ValueError("\n".join(refused))
    chosen = parameters.complete(values, known)
    return [
        [
            name,
            str(chosen[name]) if chosen[name] != "" else '""',
            messages.said(_origin(name, values, lines, case_yaml, chosen[name]), lang),
            _limits(parameter),
            messages.said(parameter.meaning, lang),
        ]
        for name, parameter in known.items()
    ]


def _origin(name: str, values: dict, lines: dict, case_yaml: Path | None, chosen) -> str:
    """Return where a parameter's value came from; what the YAML gives and may not is said."""
    if name not in values:
        return "by default"
    place = f"{case_yaml.name}, line {lines[name]}"
    return place if values[name] == chosen else f"{place}: refused, so by default"


def _limits(parameter: parameters.Parameter) -> str:
    """Return the range or the choices of a parameter as its notebook writes them, or ""."""
    if parameter.choices:
        return f"{{{', '.join(map(str, parameter.choices))}}}"
    ends = ("" if end is None else f"{end:.15g}" for end in (parameter.low, parameter.high))
    made = "..".join(ends)
    return "" if made == ".." else f"[{made}]"


def aligned(rows: list[list[str]]) -> list[str]:
    """Return rows as lines whose columns stand under each other, Chinese counted as two.

    >>> aligned([["北京", "a"], ["b", "c"]])
    ['北京  a', 'b     c']
    """
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [
        _GAP.join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
