"""The annual report in Chinese and English: claims and tables put into two texts, as HTML, PDF and
Word.

No arithmetic is done here: each number is a claim of the bundle, a cell of its tables or a
parameter of the run.
"""

import difflib
import re
from collections import Counter
from pathlib import Path

import jinja2
import pandas as pd
from jinja2 import nodes

from neutrality import claims
from neutrality.report import exhibits, pages
from neutrality.texts import labels

# The only names in the texts that may hold a digit; any other digit is a claim, a cell or a
# parameter.
LISTED_NAMES = (
    "Scope 1",
    "Scope 2",
    "Scope 3",
    "scope 1",
    "scope 2",
    "scope 3",
    "范围1",
    "范围2",
    "范围3",
    "ISO 14064-1",
    "ISO 14064-3",
    "ISO 14068-1",
    "DB11/T 1861-2021",
    "PAS 2060",
    "GB/T 2589",
    "ASHRAE Guideline 14",
    "CO2",
    "CO₂",
    "No. 001",
)
MARK = {"zh": "示例案例：不作任何声明", "en": "Illustrative case: no claim is made"}
PRIVATE = 0xE000  # first of the characters that Unicode leaves to private use
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
FIGURES, TABLES = "figures", "tables"
# How a text may ask for a claim.
CLAIM_CALLS = ("claim", "value", "named", "band", "level", "amount", "has_claim")
CLAIM_CALLS += ("includes_zero", "not_zero")


FORMATS = ("html", "pdf", "docx")


def write(out: Path, formats: tuple[str, ...] = FORMATS, **meta) -> list[Path]:
    """Write report.<lang>.<format> of both languages into the bundle folder `out`; return the paths
    written.

    `meta` are the parameters of the run that the texts may print. Word cannot show SVG: it is left out unless figures/<name>.<lang>.png stand beside the SVG
    files. Raises ValueError when a text holds a digit of its own, when the two texts differ, or
    when a claim, table, figure or parameter they ask for is missing.
    """
    out, made = Path(out).resolve(), []
    sound({lang: text(lang) for lang in labels.LANGUAGES})
    for lang in labels.LANGUAGES:
        markdown, mark = render(out, lang, meta), MARK[lang] if meta.get("illustrative") else ""
        for form in formats:
            if form == "docx":
                markdown = markdown.replace(f".{lang}.svg)", f".{lang}.png)")
                drawn = re.findall(r"\]\((figures/[^)]+)\)\{", markdown)
                if not all((out / path).exists() for path in drawn):
                    continue
            page = {"html": pages.html, "pdf": pages.pdf, "docx": pages.docx}[form](
                markdown, out, lang, mark
            )
            made.append(out / f"report.{lang}.{form}")
            made[-1].write_bytes(page.encode() if isinstance(page, str) else page)
    return made


def render(out: Path, lang: str, meta: dict) -> str:
    """Return the report in `lang` as Markdown, every number bound to its claim, table cell or
    parameter.

    `meta` holds the parameters of the run; `name_zh` and `name_en` are one parameter in two
    languages.
    """
    shelf, numbers = words(Path(out), lang, meta), Counter()
    shelf["table"] = lambda name="", caller=None: shown_table(
        Path(out), lang, meta, numbers, name, caller()
    )
    shelf["figure"] = lambda name, caller: shown_figure(Path(out), lang, numbers, name, caller())
    made = environment().from_string(text(lang)).render(**shelf)
    # A reference may come before what it refers to, so its number is filled in once all numbers are
    # known.
    return re.sub(
        r"@@(table|figure):(\w+)@@", lambda found: reference(numbers, lang, *found.groups()), made
    )


def words(out: Path, lang: str, meta: dict) -> dict:
    """Return what a text may ask for: claims in their forms, parameters, and which tables there
    are.
    """
    known = claims.read(out / "claims.csv")
    one = lambda id: find_claim(known, id, lang)  # noqa: E731
    view = labels.label(meta.get("offset_view", "market"), lang).lower()
    return {
        "illustrative": bool(meta.get("illustrative", False)),
        "view": view,
        "left": labels.label(
            "unabated"
            if mentions(table_path(out, "hierarchy"), "step", "unabated")
            else "residual",
            lang,
        ).lower(),
        "claim": lambda id: bound(one(id), amount_text(one(id), lang), lang),
        "value": lambda id: bound(one(id), printed(one(id)), lang),
        "named": lambda id: exhibits.escaped(one(id)[f"label_{lang}"]),
        "band": lambda id: bound(one(id), band_text(one(id), lang, meta), lang),
        "level": lambda id: bound(one(id), level_text(one(id), meta), lang),
        "amount": lambda id: float(one(id)["value"]),
        "given": lambda name: (
            f'[{exhibits.escaped(given(meta, name, lang))}]{{.given data-of="{name}"}}'
        ),
        "stated": lambda name: str(meta.get(f"{name}_{lang}", meta.get(name, ""))).strip() != "",
        "has_claim": lambda id: id in known.index,
        "includes_zero": lambda id: bool(one(id)["low"] <= 0 <= one(id)["high"]),
        "not_zero": lambda id: id in known.index and printed(one(id)).strip("0.") != "",
        "has_table": lambda name: has_rows(table_path(out, name)),
        "mentions": lambda name, column, part: mentions(table_path(out, name), column, part),
        "see": lambda kind, name: f"@@{kind}:{name}@@",
    }


def find_claim(known: pd.DataFrame, id: str, lang: str) -> pd.Series:
    """Return one claim; ValueError, with the nearest id, when there is none."""
    if id not in known.index:
        near = difflib.get_close_matches(id, known.index, 1)
        hint = f"; did you mean '{near[0]}'?" if near else "."
        raise ValueError(
            f"report.{lang}.md asks for the claim '{id}', which claims.csv does not hold{hint}"
        )
    return known.loc[id]


def bound(claim: pd.Series, shown: str, lang: str) -> str:
    """Return a number as a span that names its claim and leads to its row in the appendix."""
    basis = labels.label(claim["basis"], lang) if claim["basis"] else ""
    told = (claim[f"label_{lang}"], basis, claim["notebook"], claim.name)
    title = attribute(" · ".join(part for part in told if part))
    span = f'[{exhibits.escaped(shown)}]{{.claim data-claim="{claim.name}" title="{title}"}}'
    return f"[{span}](#claim-{claim.name})"


def printed(claim: pd.Series) -> str:
    """Return a claim's value without its unit."""
    return labels.number(claim["value"], claim["digits"])


def amount_text(claim: pd.Series, lang: str) -> str:
    """Return a claim's value with its unit."""
    return labels.quantity(claim["value"], claim["digits"], claim["unit"], lang)


def band_text(claim: pd.Series, lang: str, meta: dict) -> str:
    """Return a claim's value with its unit and, where it has one, the interval and its level."""
    if pd.isna(claim["low"]) or pd.isna(claim["high"]):
        return amount_text(claim, lang)
    low, high = (labels.number(claim[end], claim["digits"]) for end in ("low", "high"))
    level = level_text(claim, meta)
    said = {
        "zh": f"（{level} 区间：{low} 至 {high}）",
        "en": f" ({level} interval: {low} to {high})",
    }
    return amount_text(claim, lang) + said[lang]


def level_text(claim: pd.Series, meta: dict) -> str:
    """Return the confidence a claim is stated with: its own, else the run's; in percent."""
    level = meta.get("confidence") if pd.isna(claim["level"]) else claim["level"]
    if level is None:
        raise ValueError(
            f"The claim '{claim.name}' has no level, and the run gives no 'confidence'."
        )
    return f"{float(level):.3%}".rstrip("0%").rstrip(".") + "\u00a0%"


def given(meta: dict, name: str, lang: str) -> str:
    """Return a parameter of the run in the language asked for; ValueError when it is not given.

    >>> given({"site_en": "Head office", "site_zh": "总部大楼", "reporting_year": 2025}, "site", "zh")
    '总部大楼'
    """
    value = str(meta.get(f"{name}_{lang}", meta.get(name, ""))).strip()
    if not value:
        raise ValueError(
            f"report.{lang}.md asks for the parameter '{name}', which the run does not give."
        )
    return value


def table_path(out: Path, name: str) -> Path:
    """Return where the bundle keeps a table: under tables/, or beside claims.csv."""
    inside = out / TABLES / f"{name}.csv"
    return inside if inside.exists() else out / f"{name}.csv"


def has_rows(path: Path) -> bool:
    """Return whether the table exists and has at least one row."""
    return path.exists() and len(pd.read_csv(path, dtype=str)) > 0


def mentions(path: Path, column: str, part: str) -> bool:
    """Return whether any value of a table's column holds `part`."""
    rows = pd.read_csv(path, dtype=str, keep_default_na=False) if path.exists() else pd.DataFrame()
    return column in rows and bool(rows[column].str.contains(part, regex=False).any())


def shown_table(out: Path, lang: str, meta: dict, numbers: Counter, name: str, body: str) -> str:
    """Return a numbered, captioned table: a file of the bundle, or one typed below its caption."""
    caption, _, typed = body.strip().partition("\n\n")
    if not name:
        name, shown = f"typed_{numbers['table']}", typed.strip()
    elif not has_rows(table_path(out, name)):
        raise ValueError(
            f"report.{lang}.md shows the table '{name}', but {name}.csv is missing or empty."
        )
    else:
        shown = exhibits.table(
            table_path(out, name), lang, meta, Path(meta.get("case", out / "inputs"))
        )
    title = numbered(numbers, lang, "table", name)
    return f"::: {{.scroll tabindex=0}}\n{shown}\n\n: {title} {caption} {{#table-{name}}}\n:::\n\n"


def shown_figure(out: Path, lang: str, numbers: Counter, name: str, body: str) -> str:
    """Return a numbered figure; its first paragraph is the caption, the second says what it
    shows.
    """
    path = f"{FIGURES}/{name}.{lang}.svg"
    if not (out / path).exists():
        raise ValueError(f"report.{lang}.md shows the figure '{name}', but {path} is missing.")
    caption, _, told = body.strip().partition("\n\n")
    title = numbered(numbers, lang, "figure", name)
    return f'![{title} {caption}]({path}){{#figure-{name} alt="{attribute(plain(told or caption))}"}}\n\n'


def numbered(numbers: Counter, lang: str, kind: str, name: str) -> str:
    """Return the next number of its kind, as the head of a caption, and remember it under its
    name.
    """
    numbers[kind] += 1
    numbers[kind, name] = numbers[kind]
    return f"[{labels.label(kind + '_number', lang)} {numbers[kind]}]{{.number}}"


def reference(numbers: Counter, lang: str, kind: str, name: str) -> str:
    """Return a link to a numbered table or figure; where this case does not show it, its name in
    words.
    """
    if (kind, name) not in numbers:
        return f"{labels.label(kind + '_absent', lang)}"
    return f"[[{labels.label(kind + '_number', lang)} {numbers[kind, name]}]{{.number}}](#{kind}-{name})"


def plain(markdown: str) -> str:
    """Return Markdown without its spans and links.

    >>> plain('from [[2 t]{.claim title="x"}](#claim-a) to [2025]{.given}')
    'from 2 t to 2025'
    """
    spans = re.sub(r"\[((?:\\.|[^\[\]\\])*)\]\{[^}]*\}", r"\1\0", markdown)
    return re.sub(
        r"\\(.)", r"\1", re.sub(r"\[([^\[\]\0]*)\0\]\([^)]*\)", r"\1", spans).replace("\0", "")
    )


def attribute(text: str) -> str:
    """Return text that can stand between quotation marks in a Markdown attribute, also inside a
    table.
    """
    safe = pages.without_marks(" ".join(text.split()))
    return safe.translate(str.maketrans('"|\\{}<>', "”//()‹›"))


def text(lang: str) -> str:
    """Return the report's text of one language, as it was written."""
    return (labels.TEXTS / f"report.{lang}.md").read_text(encoding="utf-8")


def environment() -> jinja2.Environment:
    """Return how the texts are read: a missing name is an error, comments are <!-- --> ({# is
    Markdown's).
    """
    return jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        comment_start_string="<!--",
        comment_end_string="-->",
    )


def sound(texts: dict[str, str]) -> None:
    """Raise ValueError, one line a fault, when a text holds a digit of its own or the two texts
    differ.
    """
    faults = [
        f"report.{lang}.md: {fault}" for lang, source in texts.items() for fault in problems(source)
    ]
    faults += parity(texts["zh"], texts["en"])
    if faults:
        raise ValueError("\n".join(faults))


def problems(text: str) -> list[str]:
    """Return the sentences of a text that hold a digit outside a placeholder or a listed name.

    >>> problems("The scope 2 figure is {{ claim('scope2_market_t') }}. It fell by 40 percent.")
    ["the sentence 'It fell by 40 percent.' holds a digit; write a claim in its place."]
    """
    prose, inside = "", []
    for _, kind, token in environment().lex(text):
        prose += token if kind == "data" else " … " if kind == "variable_begin" else ""
        if (
            kind in ("integer", "float")
            or kind == "string"
            and not IDENTIFIER.fullmatch(token[1:-1])
        ):
            inside += [token] if any(each.isdigit() for each in token) else []
    faults = [
        f"the argument {token} holds a digit; write a claim in its place." for token in inside
    ]
    for place, name in enumerate(
        LISTED_NAMES
    ):  # one private character each, so that "No." ends no sentence
        prose = prose.replace(name, chr(PRIVATE + place))
    for sentence in re.split(r"(?<=[。！？!?])|(?<=\.)\s|\n", prose):
        if any(each.isdigit() for each in sentence):
            whole = re.sub(
                "[\ue000-\uf8ff]", lambda found: LISTED_NAMES[ord(found[0]) - PRIVATE], sentence
            )
            faults.append(
                f"the sentence '{whole.strip()}' holds a digit; write a claim in its place."
            )
    return faults


def parity(zh: str, en: str) -> list[str]:
    """Return how the two texts differ in placeholders, tables, figures, conditions and headings a
    level.

    >>> parity("# 一\\n{{ claim('a_t') }}", "# One\\n{{ claim('b_t') }}")
    ["only report.zh.md has claim('a_t')", "only report.en.md has claim('b_t')"]
    """
    held = {"zh": asked(zh), "en": asked(en)}
    return [
        f"only report.{lang}.md has {thing}" + (f" ({count} more)" if held[other][thing] else "")
        for lang, other in (("zh", "en"), ("en", "zh"))
        for thing, count in (held[lang] - held[other]).items()
    ]


def asked(text: str) -> Counter:
    """Return how often a text asks for each placeholder and has a heading of each level."""
    tree = environment().parse(text)
    things = Counter(
        f"{call.node.name}({', '.join(repr(each.value) for each in call.args)})"
        for call in tree.find_all(nodes.Call)
    )
    things.update(
        name.name
        for name in tree.find_all(nodes.Name)
        if name.name in ("illustrative", "view", "left")
    )
    things.update(
        f"a heading of level {len(marks)}" for marks in re.findall("^(#+) ", text, re.MULTILINE)
    )
    return things


def claims_asked(text: str) -> set[str]:
    """Return the ids of the claims that a text may ask for.

    >>> sorted(claims_asked("{% if has_claim('drift') %}{{ claim('savings_t') }}{% endif %}"))
    ['drift', 'savings_t']
    """
    return {
        call.args[0].value
        for call in environment().parse(text).find_all(nodes.Call)
        if call.node.name in CLAIM_CALLS and isinstance(call.args[0], nodes.Const)
    }
