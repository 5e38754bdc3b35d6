"""The annual report in Chinese and English as HTML, PDF and Word, from claims and tables.

No arithmetic is done here: each number is a claim of the bundle, a cell of its tables or a
parameter of the run.
"""

import json
import os
import re
import string
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from neutrality.report import exhibits, pages, placeholders, templates
from neutrality.texts import labels, side_by_side

MARK = {"zh": "示例案例：不作任何声明", "en": "Illustrative case: no claim is made"}
META = "report.json"  # the parameters that the texts may print, as they were given
_MAKERS = {"html": pages.html, "pdf": pages.pdf, "docx": pages.docx}
_FIGURES = "figures"


def size(floor_area_m2: float, occupants: float) -> dict[str, str]:
    """Return floor area and number of people as a report prints them; empty where 0, which says
    that they are not given.

    >>> size(0.0, 2_000.0)
    {'people': '2,000', 'floor_area_zh': '', 'floor_area_en': ''}
    """
    made = {"people": labels.number(occupants, 0) if occupants else ""}
    for lang in labels.LANGUAGES:
        area = labels.quantity(floor_area_m2, 0, "m2", lang) if floor_area_m2 else ""
        made[f"floor_area_{lang}"] = area
    return made


def write(out: Path, formats: str = " ".join(_MAKERS), **meta) -> list[Path]:
    """Write report.<lang>.<format> into the bundle folder; return the paths.

    `meta` are the parameters of the run that the texts may print, and `languages`, such as "zh en",
    by default both; they are kept in META, so that the same page can be made again. Raises
    ValueError when a text holds a digit of its own, when the two texts differ, or when a claim,
    table, figure or parameter they ask for is missing.
    """
    out = Path(out).resolve()
    texts = {lang: templates.text(lang) for lang in labels.LANGUAGES}
    templates.refuse_faulty(texts, placeholders.quotable(out))
    _keep(out, meta)
    mark = MARK if meta.get("illustrative") else dict.fromkeys(labels.LANGUAGES, "")
    side_by_side.finish()  # the figures

    def make(source: Future, lang: str, form: str) -> Path:
        path = out / f"report.{lang}.{form}"
        path.write_bytes(_MAKERS[form](source.result()[form], out, lang))
        return path

    asked = formats.split()
    with ThreadPoolExecutor(os.cpu_count()) as workers:  # pandoc and Typst leave Python free
        sources = {
            lang: workers.submit(
                pages.sources, render(out, lang, meta), out, lang, mark[lang], asked
            )
            for lang in languages(meta)
        }
        # A file waits for its source, which was asked for before it.
        made = [
            workers.submit(make, source, lang, form)
            for lang, source in sources.items()
            for form in asked
        ]
        return [each.result() for each in made]


def languages(meta: dict) -> list[str]:
    """Return the languages of a report by its parameters; ValueError as `labels.chosen`."""
    return labels.chosen(str(meta.get("languages", " ".join(labels.LANGUAGES))))


def _keep(out: Path, meta: dict) -> None:
    """Write the parameters of the report, without the path of the case."""
    kept = {name: value for name, value in meta.items() if name != "case"}
    text = json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    (out / META).write_text(text, encoding="utf-8", newline="\n")


def render(out: Path, lang: str, meta: dict) -> str:
    """Return the report in `lang` as Markdown, with every number from a claim, cell or parameter.

    `meta` holds the parameters of the run; `name_zh` and `name_en` are one parameter in two
    languages.
    """
    out, numbers = Path(out), Counter()

    def table(name: str = "", caller=None) -> str:
        return _table(out, lang, meta, numbers, name, caller())

    def figure(name: str, caller) -> str:
        return _figure(out, lang, numbers, name, caller())

    letters = iter(string.ascii_uppercase)  # a case need not have every annex
    known = placeholders.values(out, lang, meta)
    known |= {"table": table, "figure": figure, "annex": lambda: next(letters)}
    made = templates.compiled(templates.text(lang)).render(**known)
    if lang == "zh":
        made = _spaced(made)
    if languages(meta) == [lang]:
        made = pages.alone(made)
    # A reference may precede its table or figure, so numbers are filled in when all are known.
    return re.sub(
        r"@@(table|figure):(\w+)@@", lambda found: _reference(numbers, lang, *found.groups()), made
    )


def _spaced(text: str) -> str:
    """Return Chinese with % against its number, and a space between a character and the minus of a
    number, which would read as a dash.

    >>> _spaced("变化为[[−34 吨]{.claim}](#claim-a)，至−5 %，（−1 至 2）")
    '变化为 [[−34 吨]{.claim}](#claim-a)，至 −5%，（−1 至 2）'
    """
    return labels.tight(re.sub(r"(?<=[\u4e00-\u9fff])(?=(?:\[\[)?−)", " ", text))


def _table(out: Path, lang: str, meta: dict, numbers: Counter, name: str, body: str) -> str:
    """Return a numbered, captioned table: a file of the bundle, or one typed below its caption."""
    caption, _, typed = body.strip().partition("\n\n")
    if name:
        path = placeholders.table_path(out, name)
        if not placeholders.has_rows(path):
            raise ValueError(
                f"report.{lang}.md shows the table '{name}', but {name}.csv is missing or empty."
            )
        shown = exhibits.table(path, lang, meta, Path(meta.get("case", out / "inputs")))
    else:
        name, shown = f"typed_{numbers['table']}", typed.strip()
    title = _numbered(numbers, lang, "table", name)
    return f"::: {{.scroll tabindex=0}}\n{shown}\n\n: {title} {caption} {{#table-{name}}}\n:::\n\n"


def _figure(out: Path, lang: str, numbers: Counter, name: str, body: str) -> str:
    """Return a numbered figure: its first paragraph is the caption, the second the description."""
    path = f"{_FIGURES}/{name}.{lang}.svg"
    if not (out / path).exists():
        raise ValueError(f"report.{lang}.md shows the figure '{name}', but {path} is missing.")
    caption, _, description = body.strip().partition("\n\n")
    alt = placeholders.attribute(exhibits.plain(description or caption))
    title = _numbered(numbers, lang, "figure", name)
    return f'![{title} {caption}]({path}){{#figure-{name} alt="{alt}"}}\n\n'


def _numbered(numbers: Counter, lang: str, kind: str, name: str) -> str:
    """Return the head of a caption with the next number of its kind, and record the number."""
    numbers[kind] += 1
    numbers[kind, name] = numbers[kind]
    return f"[{labels.label(kind + '_number', lang)} {numbers[kind]}]{{.number}}"


def _reference(numbers: Counter, lang: str, kind: str, name: str) -> str:
    """Return a link to a numbered table or figure, or words where this case does not show it."""
    if (kind, name) not in numbers:
        return labels.label(kind + "_absent", lang)
    number = f"[{labels.label(kind + '_number', lang)} {numbers[kind, name]}]{{.number}}"
    return f"[{number}](#{kind}-{name})"
