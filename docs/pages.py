"""The pages of the documentation that are made at build, from what the package itself reads.

A page a table of a case, the parameters, the factors, the method as the notebooks tell it, and the
sources of what is published. Nothing here is written by hand but headings.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pypandoc

from neutrality import sheets
from neutrality.case import schemas
from neutrality.reference import emission_factors
from neutrality.report import disclosures
from neutrality.runner import parameters
from neutrality.texts import labels, messages
from neutrality.trend import series

WORDS = pd.read_csv(Path(__file__).with_name("words.csv"), index_col="id", keep_default_na=False)
FOLDERS = {"en": "notebooks", "zh": "notebooks_zh"}
MATHS = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+(?:\n[^$\n]+)?)\$", re.DOTALL)
# Tables of reference/ on the page of sources, with the columns that say what a row is.
SOURCES = {
    "coefficients": ("quantity", "value", "unit", "year"),
    "fuels": ("fuel", "ef_published", "ef_unit"),
    "gwp": ("gas", "edition", "value"),
    "schemes": ("scheme", "rule", "limit", "unit", "in_force_from"),
    "green_rules": ("rule", "basis", "year"),
    "instruments": ("instrument", "kwh", "market"),
    "technologies": ("technology", "kind", "tradable_from"),
    "programmes": ("programme", "name"),
    "clauses": ("standard", "topic", "requirement"),
    "wrong_values": ("value", "said"),
}


def write(folder: Path, lang: str) -> None:
    """Write all pages in one language into a folder, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in {
        **tables(lang),
        "parameters": parameters_page(lang),
        "factors": factors(lang),
        **method(lang),
        "sources": sources(lang),
    }.items():
        path = folder / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.rstrip("\n") + "\n", encoding="utf-8", newline="\n")


def word(id: str, lang: str) -> str:
    """Return a heading or sentence of these pages."""
    return WORDS.at[id, lang]


def cell(text: object) -> str:
    """Return a text as a cell of a pipe table in which nothing is markup.

    >>> cell("a|b *c* <d>"), cell(None)
    ('a\\\\|b \\\\*c\\\\* \\\\<d\\\\>', '')
    """
    plain = "" if text is None or text != text else str(text)
    return re.sub(r"([\\|*_<>`\[\]#$~])", r"\\\1", " ".join(plain.split()))


def code(text: object) -> str:
    """Return a name as code in a cell; an empty one stays empty."""
    return f"`{str(text).replace('|', chr(92) + '|')}`" if text not in ("", None) else ""


def grid(heads: list[str], rows: list[list[str]]) -> list[str]:
    """Return a pipe table; cells are Markdown."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows), ""]


def contents(names: list[str]) -> list[str]:
    """Return a list of pages below this one."""
    return ["```{toctree}", ":maxdepth: 1", "", *names, "```", ""]


# ---- the tables of a case


def tables(lang: str) -> dict[str, str]:
    """Return the page of each table, and the one that lists them."""
    made = {f"tables/{name}": table(name, schema, lang) for name, schema in schemas.SCHEMAS.items()}
    rows = [
        [f"[`{name}`]({name}.md)", cell(said(schema.meaning, lang)), needed(schema, lang)]
        for name, schema in schemas.SCHEMAS.items()
    ]
    heads = [word(id, lang) for id in ("table", "holds", "needed")]
    lines = [f"# {word('tables', lang)}", "", word("tables_how", lang), "", *grid(heads, rows)]
    return {**made, "tables/index": "\n".join([*lines, *hidden(list(schemas.SCHEMAS))])}


def hidden(names: list[str]) -> list[str]:
    """Return a list of pages that the sidebar shows and the page does not."""
    return ["```{toctree}", ":hidden:", "", *names, "```"]


def table(name: str, schema: schemas.Schema, lang: str) -> str:
    """Return the page of one table: what it holds, its columns, and a file to begin with."""
    heads = [word(id, lang) for id in ("column", "holds", "form", "unit", "example")]
    rows = [
        [code(c.name), cell(said(c.meaning, lang)), form(c, lang), cell(c.unit), code(c.example)]
        for c in schema.columns
    ]
    if schema.further:
        chosen = word(schema.chosen, lang)
        rows.append([code(f"<{schema.chosen}>{schema.further}"), chosen, "", "", ""])
    if schema.quality:
        chosen = word("quality", lang)
        rows.append([code(f"<{schema.chosen}>{schema.quality}"), chosen, "", "", ""])
    heading = ",".join(column.name for column in schema.columns)
    return "\n".join(
        [
            f"# {name}",
            "",
            f"{cell(said(schema.meaning, lang))} — {needed(schema, lang)}",
            "",
            *grid(heads, rows),
            word("first_line", lang),
            "",
            "```text",
            heading,
            "```",
            "",
            *items(name, lang),
        ]
    )


def items(name: str, lang: str) -> list[str]:
    """Return what the cells of one column may name: metrics of company, items of disclosures."""
    if name == "company":
        rows = [
            [code(m.Index), cell(m.unit), cell(getattr(m, lang))]
            for m in series.metrics().itertuples()
        ]
        return [
            f"## {word('metrics', lang)}",
            "",
            *grid([word(i, lang) for i in ("id", "unit", "name")], rows),
        ]
    if name == "disclosures":
        known = disclosures.items().query("given_by == ''")
        rows = [
            [code(i.Index), cell(getattr(i, lang)), cell(i.asked_by)] for i in known.itertuples()
        ]
        return [
            f"## {word('items', lang)}",
            "",
            *grid([word(i, lang) for i in ("id", "name", "asked_by")], rows),
        ]
    return []


def needed(schema: schemas.Schema, lang: str) -> str:
    """Return whether a case must have a table."""
    if schema.unless:
        return word("unless", lang).format(table=schema.unless)
    return word("required" if schema.required else "optional", lang)


def form(column: schemas.Column, lang: str) -> str:
    """Return what a cell of a column may hold."""
    kind = word(f"kind_{column.kind}", lang)
    if column.choices:
        kind = word("or", lang).join(code(choice) for choice in column.choices)
    bounds = [
        f"{sign} {bound:g}"
        for sign, bound in (("≥", column.low), ("≤", column.high))
        if bound is not None
    ]
    more = [
        word(flag, lang)
        for flag in ("blank", "optional_column", "unique")
        if getattr(column, flag.removesuffix("_column"))
    ]
    return word("and", lang).join([kind, *bounds, *more])


def said(text: str, lang: str) -> str:
    """Return a meaning in a language; an English one begins with a capital letter."""
    found = messages.said(text, lang)
    return found if lang == "zh" else found[:1].upper() + found[1:]


# ---- parameters and factors


def parameters_page(lang: str) -> str:
    """Return the page of the parameters, by the first notebook that has them."""
    known = parameters.signature(parameters.notebooks_folder())
    heads = [word(id, lang) for id in ("parameter", "holds", "limits", "default")]
    lines, notebook = [f"# {word('parameters', lang)}", "", word("parameters_how", lang), ""], ""
    rows: dict[str, list[list[str]]] = {}
    for name, p in known.items():
        row = [
            code(name),
            cell(said(p.meaning, lang)),
            limits(p),
            code(json.dumps(p.default, ensure_ascii=False)),
        ]
        rows.setdefault(p.notebooks[0].removesuffix(".ipynb"), []).append(row)
    for notebook, held in rows.items():
        lines += [f"## {notebook}", "", *grid(heads, held)]
    return "\n".join(lines)


def limits(parameter: parameters.Parameter) -> str:
    """Return the range or the choices of a parameter."""
    if parameter.choices:
        return ", ".join(code(str(choice) or '""') for choice in parameter.choices)
    low, high = ("" if end is None else f"{end:.15g}" for end in (parameter.low, parameter.high))
    return f"{low} … {high}" if low or high else ""


def factors(lang: str) -> str:
    """Return the page of all shipped factors, by what they describe."""
    known = emission_factors.named(emission_factors.factors())
    heads = [
        word(id, lang) for id in ("id", "name", "value", "unit", "gas", "year", "status", "source")
    ]
    lines = [f"# {word('factors', lang)}", "", word("factors_how", lang), ""]
    for quantity, held in known.groupby("quantity", sort=False):
        rows = [
            [
                code(f.Index),
                cell(getattr(f, f"name_{lang}")),
                f"{f.value:.6g}",
                cell(f.unit),
                cell(f.gas),
                cell("" if pd.isna(f.data_year) else f.data_year),
                cell(labels.label(f.status, lang)),
                cell(labels.source(str(f.source), lang)),
            ]
            for f in held.itertuples()
        ]
        lines += [f"## {cell(labels.label(quantity, lang))}", "", *grid(heads, rows)]
    return "\n".join(lines)


# ---- the method and its sources


def method(lang: str) -> dict[str, str]:
    """Return the prose of each notebook as a page, and the page that lists them."""
    folder = parameters.notebooks_folder().with_name(FOLDERS[lang])
    known = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    made = {f"method/{path.stem}": prose(path) for path in known}
    names = [path.stem for path in known]
    lines = [f"# {word('method', lang)}", "", word("method_how", lang), "", *contents(names)]
    return {**made, "method/index": "\n".join(lines)}


def prose(notebook: Path) -> str:
    """Return the text of a notebook; a question without text below it is left out."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(each["source"]) for each in cells if each["cell_type"] == "markdown"]
    # Below the title only one level of headings, as Sphinx asks of a page.
    texts = [texts[0], *(re.sub(r"^# ", "## ", text) for text in texts[1:])]
    return with_equations("\n\n".join(text for text in texts if "\n" in text or text[0] != "#"))


def with_equations(text: str) -> str:
    """Return a text with its equations as MathML, which browsers draw without a script."""
    found = list(MATHS.finditer(text))
    if not found:
        return text
    marked = "\n\n".join(f"[x]{{.m}} {each[0]}" for each in found)
    html = pypandoc.convert_text(marked, "html", "markdown", ["--mathml"])
    drawn = re.findall(r"<math.*?</math>", html, re.DOTALL)
    if len(drawn) != len(found):
        raise ValueError(f"{len(found)} equations, of which pandoc drew {len(drawn)}")
    made = iter(
        re.sub(r"<annotation.*?</annotation>|\s*\n\s*", "", each, flags=re.DOTALL) for each in drawn
    )
    return MATHS.sub(
        lambda each: f"\n\n<div>{next(made)}</div>\n\n" if each[1] else next(made), text
    )


def sources(lang: str) -> str:
    """Return the page of published values and rules with the documents that they are from."""
    lines = [f"# {word('sources', lang)}", "", word("sources_how", lang), ""]
    for name, columns in SOURCES.items():
        rows = [
            [*(cell(shown(row, column, lang)) for column in columns), *documented(row, lang)]
            for row in sheets.packaged(f"reference/{name}.csv").to_dict("records")
        ]
        heads = [word(column, lang) for column in (*columns, "status", "source")]
        lines += [f"## {word(name, lang)}", "", *grid(heads, rows)]
    return "\n".join(lines)


def shown(row: dict, column: str, lang: str) -> str:
    """Return a cell of a reference table in a language: its column in it, or its name."""
    for name in (f"{column}_{lang}", lang if column == "said" else ""):
        if row.get(name):
            return row[name]
    text = row.get(column, "")
    return labels.label(text, lang) if labels.has(text) else text


def documented(row: dict, lang: str) -> list[str]:
    """Return status and source of a row."""
    return [
        cell(labels.label(row["status"], lang)),
        cell(labels.source(row.get("source", ""), lang)),
    ]
