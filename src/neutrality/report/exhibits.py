"""Tables of a bundle in Markdown, in Chinese or English; nothing is computed.

`texts/tables.csv` lists which columns of a table are shown, and how; a table without rows there
shows all its columns, with formats taken from the units in their names.
"""

import math
import re
from functools import cache
from pathlib import Path

import pandas as pd

from neutrality import sheets
from neutrality.texts import fonts, labels

# Ending of a column's name -> unit shown in the heading, decimals; a share (0 to 1) is shown in
# percent.
_ENDINGS = {
    "_kg_per_kwh": ("kgCO2/kWh", 4),
    "_per_kwh": ("kgCO2/kWh", 4),
    "_kwh": ("kWh", 0),
    "_mwh": ("MWh", 1),
    "_gwh": ("GWh", 1),
    "_t": ("t", 1),
    "_kt": ("kt", 1),
    "_mt": ("Mt", 2),
    "_gj": ("GJ", 1),
    "_share": ("%", None),
    "_percent": ("%", 1),
    "_co2e": ("tCO2e", 1),
}
# Numbers that take no thousands separator.
_PLAIN_COLUMNS = (
    "year",
    "data_year",
    "base_year",
    "claimed_year",
    "latest_year",
    "row",
    "reached_year",
    "from_year",
    "to_year",
    "first_year",
    "last_year",
)
_LINE = r"\_" * 12  # where somebody signs


def escaped(text: object) -> str:
    """Return text that Markdown shows as it is, also inside a table cell; CO2 is written CO₂, and
    a character that cannot be printed by its code.

    >>> escaped("tCO2 | <i>")
    'tCO₂ \\\\| \\\\<i\\\\>'
    """
    # Not split(): it would lose the spaces that must not break.
    line = re.sub(r"[ \t\r\n]+", " ", fonts.shown(str(text))).strip(" ")
    return re.sub(r"([\\`*_{}\[\]<>#|~^$@!])", r"\\\1", line.replace("CO2", "CO₂"))


def plain(markdown: str) -> str:
    """Return Markdown without its spans and links.

    >>> plain('from [[2 t]{.claim title="x"}](#claim-a) to [2025]{.given}')
    'from 2 t to 2025'
    """
    spans = re.sub(r"\[((?:\\.|[^\[\]\\])*)\]\{[^}]*\}", r"\1\0", markdown)
    links = re.sub(r"\[([^\[\]\0]*)\0\]\([^)]*\)", r"\1", spans).replace("\0", "")
    return re.sub(r"\\(.)", r"\1", links)


def _frame(path: Path, lang: str) -> pd.DataFrame:
    """Return a table of the bundle as text, with `name_zh` or `name_en` as `name`."""
    read = sheets.written(path)
    other = next(each for each in labels.LANGUAGES if each != lang)
    kept = [name for name in read if name != other and not name.endswith(f"_{other}")]
    return read[kept].rename(
        columns=lambda name: "text" if name == lang else name.removesuffix(f"_{lang}")
    )


def table(path: Path, lang: str, meta: dict, case: Path | None = None) -> str:
    """Return a CSV file as a pipe table in `lang`, formatted as texts/tables.csv declares.

    Formats: text; line (text, or a line to write on); source (a cited document); label, and a
    prefix of the id in labels.csv; unit; date; year; number (six significant digits); a count
    of decimals; share; amount (a value and its unit as published); claim (value, digits, unit);
    anchor (an id that links can reach); pivot (each of its values becomes a column); said (text
    with signs as the language sets them); and the name of a parameter in `meta` (rows that match
    it, or say nothing, are kept). A number with ? behind it is a column, with ! a row, that is left
    out where it is 0 or nothing: what was not given prints no nought. Raises ValueError when the
    file has none of the declared columns.
    """
    shown, forms = _selected(path, lang, meta)
    pivot = [name for name, form in forms.items() if form == "pivot"]
    if pivot:
        shown, forms = _pivoted(shown, forms, pivot[0], path.name)
    cells = [
        [_cell(row[name], form, row, lang, case) for name, form in forms.items()]
        for row in shown.loc[:, ~shown.columns.duplicated()].to_dict("records")
    ]
    heads = [_heading(path.stem, name, form, lang, case) for name, form in forms.items()]
    return _pipe(heads, cells, [_numeric(shown[name], form) for name, form in forms.items()])


def _selected(path: Path, lang: str, meta: dict) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the rows to show, and the format of each column to show."""
    shown, declared = _frame(path, lang), _declared(path.stem)
    for column in [name for name, form in declared.items() if form in meta and name in shown]:
        shown = shown[shown[column].isin(["", str(meta[declared.pop(column)])])]
    forms = {name: form for name, form in declared.items() if name in shown}
    for column in [name for name, form in forms.items() if form.endswith(("?", "!"))]:
        form = forms[column]
        said = ~shown[column].map(_is_nothing)
        shown = shown[said | (form[-1] == "?")]
        forms[column] = form[:-1]
        if form[-1] == "?" and not said.any():
            del forms[column]
    if declared and not forms:
        raise ValueError(
            f"{path.name} has none of the columns the report shows ({', '.join(declared)}); "
            f"found {', '.join(shown)}. Change texts/tables.csv or the notebook that writes it."
        )
    return shown, forms or {name: _ending(name)[1] for name in shown}


def _is_nothing(cell: str) -> bool:
    """Return whether a cell is empty or the number 0."""
    return cell == "" or _is_number(cell) and float(cell) == 0


def _declared(name: str) -> dict[str, str]:
    """Return column -> format of a table as texts/tables.csv declares them, or an empty dict."""
    return dict(_every_declared().get(name, {}))


@cache
def _every_declared() -> dict[str, dict[str, str]]:
    listed = sheets.packaged("texts/tables.csv")
    return {
        name: dict(zip(rows["column"], rows["format"], strict=True))
        for name, rows in listed.groupby("table")
    }


def _ending(column: str) -> tuple[str, str]:
    """Return the unit and the format that a column's name implies; else no unit and "auto".

    >>> _ending("load_kwh"), _ending("savings_share"), _ending("source"), _ending("data_year")
    (('kWh', '0'), ('%', 'share'), ('', 'auto'), ('', 'year'))
    """
    if column in _PLAIN_COLUMNS:
        return "", "year"
    for end, (unit, digits) in _ENDINGS.items():
        if column.endswith(end):
            return unit, "share" if digits is None else str(digits)
    return "", "auto"


def _pivoted(
    shown: pd.DataFrame, forms: dict[str, str], pivot: str, file: str
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the rows with a column for each value of `pivot`, filled from the last of `forms`.

    A total is never formed here: two rows for one cell raise ValueError.
    """
    keys, value = [each for each in forms if each != pivot][:-1], list(forms)[-1]
    twice = shown.duplicated([*keys, pivot])
    if twice.any():
        cell = ", ".join([*keys, pivot])
        raise ValueError(
            f"{file}, row {twice.idxmax() + 2}: a second row for the same {cell}; "
            "the notebook must add them up before the report shows them."
        )
    wide = shown[keys].drop_duplicates()
    for each in shown[pivot].unique():
        part = shown.loc[shown[pivot] == each, [*keys, value]].rename(columns={value: each})
        wide = wide.merge(part, on=keys, how="left", validate="1:1")
    return wide.fillna(""), {name: forms.get(name, forms[value]) for name in wide}


def _cell(text: str, form: str, row: dict[str, str], lang: str, case: Path | None) -> str:
    """Return one cell in its format; an empty one is a dash."""
    if text == "":
        return _LINE if form == "line" else labels.ABSENT
    if form == "anchor":
        return f"[`{text}`]{{#claim-{text}}}"
    if form.startswith("label") or form == "auto" and not _is_number(text):
        before = form.removeprefix("label").removeprefix("auto").strip()
        return escaped(labels.label(before + text, lang, case))
    as_text = {
        "claim": lambda: labels.quantity(float(text), _digits(row), row["unit"], lang),
        "amount": lambda: labels.quantity(float(text), _places(text), row["unit"], lang),
        "date": lambda: text[:10],
        "unit": lambda: labels.unit(text, lang),
        "year": lambda: labels.ABSENT if float(text) == 0 else text.removesuffix(".0"),
        "text": lambda: text,
        "said": lambda: labels.set_signs(text, lang),
        "line": lambda: text,
        "source": lambda: labels.source(text, lang, case),
    }
    return escaped(as_text[form]()) if form in as_text else _number(text, form)


def _places(text: str) -> int:
    """Return the decimals that a published number is shown with.

    >>> _places("56.0"), _places("0.5554")
    (0, 4)
    """
    return len(as_written(text).partition(".")[2])


def _digits(row: dict[str, str]) -> int:
    return int(float(row["digits"] or 0))


def _number(text: str, form: str) -> str:
    """Return a number as a share, with decimals, or as written; other text as it is."""
    if not _is_number(text):
        return escaped(text)
    if form == "share":
        return f"{float(text):.1%}".replace("-", "−").replace("%", "\u00a0%")
    return labels.number(float(text), int(form)) if form.isdigit() else as_written(text)


def as_written(text: str) -> str:
    """Return a number of unknown kind to six significant digits, as published factors have.

    >>> as_written("0.5554"), as_written("1309.0"), as_written("-21.62190001")
    ('0.5554', '1,309', '−21.6219')
    """
    value = float(text)
    whole, _, rest = (f"{value:,.0f}" if abs(value) >= 1e5 else f"{value:,.6g}").partition(".")
    return (whole + ("." + rest.rstrip("0") if rest.strip("0") else "")).replace("-", "−")


def _heading(table: str, column: str, form: str, lang: str, case: Path | None) -> str:
    """Return a column's heading: its label (that of <table>.<column> first), else stem and unit.

    >>> _heading("factors_used", "source", "text", "en", None)
    'Source of the value'
    >>> _heading("savings", "metered_kwh", "0", "zh", None)
    '实际用量（kWh）'
    """
    named, (unit, _) = labels.names(labels.TEXTS / "labels.csv"), _ending(column)
    if f"{table}.{column}" in named:
        return escaped(labels.label(f"{table}.{column}", lang))
    if not unit or form.startswith("label") or column in named:
        return escaped(labels.label(column, lang, case))
    stem = next(column.removesuffix(end) for end in _ENDINGS if column.endswith(end))
    written = labels.unit(unit, "en")  # Chinese headings take the symbol too: it is shorter
    bracket = f"（{written}）" if lang == "zh" else f" ({written})"
    return escaped(labels.label(stem, lang, case) + bracket)


def _numeric(column: pd.Series, form: str) -> bool:
    """Return whether a column is aligned right: numbers are, years and text are not."""
    if form.startswith("label") or form in (
        "text",
        "said",
        "line",
        "source",
        "unit",
        "date",
        "year",
        "anchor",
    ):
        return False
    return form in ("claim", "amount") or all(_is_number(each) for each in column if each != "")


def _is_number(text: str) -> bool:
    """Return whether a text is one finite number.

    >>> _is_number("1e3"), _is_number("2025-01"), _is_number("nan")
    (True, False, False)
    """
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _pipe(heads: list[str], cells: list[list[str]], right: list[bool]) -> str:
    """Return a Markdown pipe table.

    >>> print(_pipe(["a", "b"], [["x", "1"]], [False, True]))
    | a | b |
    |:---|---:|
    | x | 1 |
    """
    rule = "|" + "|".join("---:" if each else ":---" for each in right) + "|"
    first, *rest = ("| " + " | ".join(row) + " |" for row in (heads, *cells))
    return "\n".join([first, rule, *rest])
