"""Tables of a bundle as a reader of Chinese or English expects them, in Markdown; nothing is
computed.

Which columns of a table are shown, and how, stands in `texts/tables.csv`; a table without rows
there shows all its columns, with formats taken from the units in their names.
"""

import math
import re
from pathlib import Path

import pandas as pd

from neutrality.texts import labels

# Column-name ending -> (unit shown in the heading, decimals); a share is kept as 0 to 1 and shown
# in percent.
ENDINGS = {
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
PLAIN_COLUMNS = (
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


def escaped(text: object) -> str:
    """Return text that Markdown shows as it is, also inside a table cell; CO2 is written CO₂.

    >>> escaped("tCO2 | <i>")
    'tCO₂ \\\\| \\\\<i\\\\>'
    """
    # Not split(): it would lose the spaces that must not break.
    line = re.sub(r"[ \t\r\n]+", " ", str(text)).strip(" ")
    return re.sub(r"([\\`*_{}\[\]<>#|~^$@!])", r"\\\1", line.replace("CO2", "CO₂"))


def frame(path: Path, lang: str) -> pd.DataFrame:
    """Return a table of the bundle as text, with `name_zh` or `name_en` as `name`."""
    read = pd.read_csv(path, dtype=str, keep_default_na=False)
    other = next(each for each in labels.LANGUAGES if each != lang)
    kept = [name for name in read if name != other and not name.endswith(f"_{other}")]
    return read[kept].rename(
        columns=lambda name: "text" if name == lang else name.removesuffix(f"_{lang}")
    )


def table(path: Path, lang: str, meta: dict, case: Path | None = None) -> str:
    """Return the pipe table that shows a CSV file in `lang`, as texts/tables.csv wants it.

    Formats: text; label, and what stands before the id in labels.csv; unit; date; year; number (six
    significant digits); a count of decimals; share; claim (value, digits, unit); anchor (an id that
    links can reach); across (each of its values becomes a column); and the name of a parameter in
    `meta` (rows that match are kept). Raises ValueError when the file has none of the declared
    columns.
    """
    rows, shown = frame(path, lang), declared(path.stem)
    for column in [name for name, form in shown.items() if form in meta and name in rows]:
        rows = rows[rows[column] == str(meta[shown.pop(column)])]
    forms = {name: form for name, form in shown.items() if name in rows}
    if shown and not forms:
        raise ValueError(
            f"{path.name} has none of the columns the report shows ({', '.join(shown)}); "
            f"found {', '.join(rows)}. Change texts/tables.csv or the notebook that writes the table."
        )
    forms = forms or {name: ending(name)[1] for name in rows}
    across = [name for name, form in forms.items() if form == "across"]
    if across:
        rows, forms = spread(rows, forms, across[0], path.name)
    shown = forms.items()
    cells = [
        [cell(row[name], form, row, lang, case) for name, form in shown]
        for _, row in rows.iterrows()
    ]
    heads = [heading(path.stem, name, form, lang, case) for name, form in shown]
    return pipe(heads, cells, [numeric(rows[name], form) for name, form in shown])


def declared(name: str) -> dict[str, str]:
    """Return column -> format of a table, as texts/tables.csv declares them; empty when it does
    not.
    """
    rows = pd.read_csv(labels.TEXTS / "tables.csv", dtype=str)
    return dict(rows.loc[rows["table"] == name, ["column", "format"]].itertuples(index=False))


def ending(column: str) -> tuple[str, str]:
    """Return the unit and the format that a column's name gives away; no unit and "auto" when it
    gives none.

    >>> ending("load_kwh"), ending("savings_share"), ending("source"), ending("data_year")
    (('kWh', '0'), ('%', 'share'), ('', 'auto'), ('', 'year'))
    """
    if column in PLAIN_COLUMNS:
        return "", "year"
    for end, (unit, digits) in ENDINGS.items():
        if column.endswith(end):
            return unit, "share" if digits is None else str(digits)
    return "", "auto"


def spread(rows: pd.DataFrame, forms: dict, across: str, name: str) -> tuple[pd.DataFrame, dict]:
    """Return the rows with one column for each value of `across`, filled from the last column of
    `forms`.

    A total is never formed here: two rows for one cell raise ValueError.
    """
    keys, value = [each for each in forms if each != across][:-1], list(forms)[-1]
    twice = rows.duplicated([*keys, across])
    if twice.any():
        raise ValueError(
            f"{name}, row {twice.idxmax() + 2}: a second row for the same {', '.join([*keys, across])}; "
            "the notebook must add them up before the report shows them."
        )
    wide = rows[keys].drop_duplicates()
    for each in rows[across].unique():
        part = rows.loc[rows[across] == each, [*keys, value]].rename(columns={value: each})
        wide = wide.merge(part, on=keys, how="left", validate="1:1")
    return wide.fillna(""), {name: forms.get(name, forms[value]) for name in wide}


def cell(text: str, form: str, row: pd.Series, lang: str, case: Path | None) -> str:
    """Return one cell in its format; an empty one is a dash."""
    if text == "":
        return labels.ABSENT
    if form == "anchor":
        return f"[`{text}`]{{#claim-{text}}}"
    if form == "claim":
        return escaped(
            labels.quantity(float(text), int(float(row["digits"] or 0)), row["unit"], lang)
        )
    if form == "date":
        return escaped(text[:10])
    if form.startswith("label") or form == "auto" and not is_number(text):
        before = form.removeprefix("label").removeprefix("auto").strip()
        return escaped(labels.label(before + text, lang, case))
    if form == "unit":
        return escaped(labels.unit(text, lang))
    if form == "year":
        return labels.ABSENT if text in ("0", "0.0") else escaped(text.removesuffix(".0"))
    if form == "text" or not is_number(text):
        return escaped(text)
    if form == "share":
        return f"{float(text):.1%}".replace("-", "−").replace("%", "\u00a0%")
    return labels.number(float(text), int(form)) if form.isdigit() else as_written(text)


def as_written(text: str) -> str:
    """Return a number of unknown kind, to six significant digits: what published factors are given
    with.

    >>> as_written("0.5554"), as_written("1309.0"), as_written("-21.62190001")
    ('0.5554', '1,309', '−21.6219')
    """
    value = float(text)
    whole, _, rest = (f"{value:,.0f}" if abs(value) >= 1e5 else f"{value:,.6g}").partition(".")
    return (whole + ("." + rest.rstrip("0") if rest.strip("0") else "")).replace("-", "−")


def heading(table: str, column: str, form: str, lang: str, case: Path | None) -> str:
    """Return a column's heading: its name in labels.csv (<table>.<column> first), else its stem
    with the unit.

    >>> heading("factors_used", "source", "text", "en", None)
    'Source of the value'
    >>> heading("savings", "metered_kwh", "0", "zh", None)
    '实际用量（kWh）'
    """
    named, (unit, _) = labels.names(labels.TEXTS / "labels.csv"), ending(column)
    if f"{table}.{column}" in named:
        return escaped(labels.label(f"{table}.{column}", lang))
    if not unit or form.startswith("label") or column in named:
        return escaped(labels.label(column, lang, case))
    stem = next(column.removesuffix(end) for end in ENDINGS if column.endswith(end))
    written = labels.unit(unit, "en")  # a head is short: Chinese ones take the symbol too
    return escaped(
        labels.label(stem, lang, case) + (f"（{written}）" if lang == "zh" else f" ({written})")
    )


def numeric(column: pd.Series, form: str) -> bool:
    """Return whether a column is set to the right: numbers are, years and text are not."""
    if form.startswith("label") or form in ("text", "unit", "date", "year", "anchor"):
        return False
    return form == "claim" or all(is_number(each) for each in column if each != "")


def is_number(text: str) -> bool:
    """Return whether a text is one finite number.

    >>> is_number("1e3"), is_number("2025-01"), is_number("nan")
    (True, False, False)
    """
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def pipe(heads: list[str], cells: list[list[str]], right: list[bool]) -> str:
    """Return a Markdown pipe table.

    >>> print(pipe(["a", "b"], [["x", "1"]], [False, True]))
    | a | b |
    |:---|---:|
    | x | 1 |
    """
    rule = "|" + "|".join("---:" if each else ":---" for each in right) + "|"
    first, *rest = ("| " + " | ".join(row) + " |" for row in (heads, *cells))
    return "\n".join([first, rule, *rest])
