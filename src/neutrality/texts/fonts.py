"""The font files that figures and pages are drawn with; no other room names one.

All come as Python wheels: Noto Sans CJK (Open Font License) and the fonts inside matplotlib. Typst
brings Libertinus Serif and DejaVu Sans Mono. No font of the machine is used.
"""

import importlib.util
import io
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from neutrality.texts import labels

FAMILY = "Noto Sans CJK SC"
FACE = 2  # simplified Chinese inside the collection of ten faces
# The bold file is the Japanese one. It holds the simplified Chinese glyphs too, and draws them
# where the text says that its language is Chinese.
BOLD_FAMILY = "Noto Sans CJK JP"
_LATIN_FAMILY = "DejaVu Sans"  # part of matplotlib: characters that the Chinese font lacks
_WEIGHTS = range(100, 1000, 100)  # of CSS: each has an entry, or matplotlib reports the lack
_HEAVIEST_REGULAR = 500  # heavier text takes the bold file
# Letters by their category that leave nothing to see.
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_RIGHT_TO_LEFT = ("R", "AL", "AN")  # neither figures nor pages set text from the right
# Font tables that a page of plain horizontal text does without.
_NOT_DRAWN = ("DSIG", "GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx")


def regular() -> Path:
    """Return the path of the regular Noto Sans CJK collection; its face `FACE` is `FAMILY`."""
    from noto_cjk import otc_path

    return Path(otc_path("sans"))


def bold() -> Path:
    """Return the path of the bold Noto Sans CJK file, which is of the family `BOLD_FAMILY`."""
    from noto_cjk import font_path

    return Path(font_path("sans", "jp", "bold"))


@cache
def for_typst():
    """Return the Chinese fonts and Typst's own as its `font_paths`: it looks for them, and reads
    each that it needs, once a process instead of once a document.
    """
    import typst

    folders = [str(regular().parent), str(bold().parent)]
    return typst.Fonts(include_system_fonts=False, font_paths=folders)


def use_in_figures() -> None:
    """Make matplotlib's list of fonts the bundled ones; `rc_params` chooses among them.

    The list that matplotlib makes at its import, or keeps in the user's cache folder, holds fonts
    of the machine and may be out of date: figures would differ from machine to machine.
    """
    from matplotlib import font_manager

    first, others = _listed()
    manager = font_manager.fontManager
    manager.ttflist, manager.afmlist = [], []
    manager.addfont(first)  # also forgets what was found in the list before
    manager.ttflist += others


@cache
def _listed() -> tuple[Path, list]:
    """Return the first of the bundled fonts, and matplotlib's entries of the others: to read their
    files takes longer than all else that a figure's style needs.
    """
    from matplotlib import font_manager

    first, *files = sorted(_of_matplotlib().glob("*.ttf"))
    entries = [font_manager.ttfFontProperty(font_manager.get_font(file)) for file in files]
    latin = _of_matplotlib() / "DejaVuSans.ttf", _of_matplotlib() / "DejaVuSans-Bold.ttf"
    for weight in _WEIGHTS:
        heavy = weight > _HEAVIEST_REGULAR
        named = {BOLD_FAMILY: bold() if heavy else regular(), _LATIN_FAMILY: latin[heavy]}
        entries += [
            font_manager.FontEntry(str(file), 0, name, weight=weight, size="scalable")
            for name, file in named.items()
        ]
    return first, entries


@contextmanager
def in_figures() -> Iterator[None]:
    """Have matplotlib's list of fonts be the bundled ones inside the block."""
    from matplotlib import font_manager

    manager = font_manager.fontManager
    before = manager.ttflist, manager.afmlist
    use_in_figures()
    try:
        yield
    finally:
        manager.ttflist, manager.afmlist = before
        manager._findfont_cached.cache_clear()


def rc_params(lang: str) -> dict[str, object]:
    """Return the parameters of matplotlib that choose the bundled fonts, and the glyphs of `lang`.

    The first face of the collection and the bold file are one family; the language takes the
    simplified Chinese glyphs of both.
    """
    return {"font.family": [BOLD_FAMILY, _LATIN_FAMILY], "text.language": labels.LANG_TAG[lang]}


@cache
def _drawn() -> frozenset[int]:
    """Return the code points for which figures and pages alike have a glyph."""
    folder = _of_matplotlib()
    figures = _code_points(folder / "DejaVuSans.ttf")
    pages = _code_points(folder / "DejaVuSansMono.ttf")  # which Typst brings too
    return frozenset(_code_points(regular(), FACE) | figures & pages)


def _code_points(font: Path, face: int = 0) -> set[int]:
    import uharfbuzz as hb

    return set(hb.Face(hb.Blob.from_file_path(str(font)), face).unicodes)


def _of_matplotlib() -> Path:
    """Return the folder of the fonts that come with matplotlib, which is not imported for it where
    they lie as in its wheel.
    """
    for base in importlib.util.find_spec("matplotlib").submodule_search_locations:
        if (folder := Path(base, "mpl-data", "fonts", "ttf")).is_dir():
            return folder
    import matplotlib as mpl

    return Path(mpl.get_data_path(), "fonts", "ttf")


def unprintable(text: str) -> list[str]:
    """Return the characters of a text that figures or pages cannot show, each once, in order.

    These are control and invisible characters, text from right to left, characters that combine,
    and those without a glyph in the bundled fonts.

    >>> unprintable("总部 Zürich $5"), unprintable("Sun \U0001f600")
    ([], ['😀'])
    """
    if text.isascii() and text.isprintable():
        return []
    return list(filter(_lost, dict.fromkeys(unicodedata.normalize("NFC", text))))


@cache
def _lost(character: str) -> bool:
    if character.isascii():
        return not character.isprintable()
    return (
        unicodedata.category(character)[0] in "CM"
        or unicodedata.category(character) in ("Zl", "Zp")
        or unicodedata.bidirectional(character) in _RIGHT_TO_LEFT
        or character in _BLANK_LETTERS
        or ord(character) not in _drawn()
    )


def shown(text: str) -> str:
    """Return text in which a code stands for each character that cannot be shown.

    Evidence, such as a registry's text, may hold any character, and is printed nevertheless.

    >>> shown("for A \U0001f600")
    'for A [U+1F600]'
    """
    kept = re.sub(r"[\t\r\n]+", " ", text)
    for each in unprintable(kept):
        kept = kept.replace(each, f"[U+{ord(each):04X}]")
    return kept


def woff(text: str) -> bytes:
    """Return the regular Chinese font, cut down to the characters of `text`, as a WOFF file."""
    import uharfbuzz as hb
    from fontTools.ttLib import TTFont

    wanted = hb.SubsetInput()
    wanted.unicode_set.set({ord(each) for each in text})
    wanted.drop_table_tag_set.update(int.from_bytes(tag.encode(), "big") for tag in _NOT_DRAWN)
    wanted.flags = hb.SubsetFlags.NOTDEF_OUTLINE
    cut = hb.subset(hb.Face(hb.Blob.from_file_path(str(regular())), FACE), wanted)
    as_web, made = TTFont(io.BytesIO(cut.blob.data), recalcTimestamp=False, lazy=True), io.BytesIO()
    as_web.flavor = "woff"
    as_web.save(made)
    return made.getvalue()
