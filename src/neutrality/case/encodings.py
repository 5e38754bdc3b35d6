"""The encoding of a text, decided by whether what it gives makes sense."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CHINESE, WESTERN = "gb18030", "cp1252"
_NAMES = {CHINESE: "GB18030", WESTERN: "Windows-1252"}
_FAULT = "\ufffd"  # what Python puts for bytes that are not UTF-8
_LOOKED_AT = 200_000  # [B] of the lines with bytes that are not ASCII
_NUL_SHARE = 0.2  # of every second byte: digits and delimiters of UTF-16
# Share of what must be ordinary: nearly all of a real text is, next to nothing of a wrong
# decoding. In a short heading a name with a rare character counts for more.
_ORDINARY, _COMMON = 0.9, 0.7
_HIGH = re.compile(rb"[A-Za-z]?[\x80-\xff]+[A-Za-z]?")
_SIGNS = set("°²³µ€£§«»·–—‘’“”…½¼¾ºª±×÷®©™\xa0•")

_PHONETIC = {*map(chr, range(0x250, 0x370))}  # letters and marks that no table of meters has
_LETTERS = {*map(chr, range(0xC0, 0x100)), *"œŒ"} - {"×", "÷"}  # Š, š, Ž, Ÿ are ä, ö, é, ü of Macs


def decoded(
    raw: bytes, file: str, encoding: str = "", legacy: tuple[str, ...] = (CHINESE, WESTERN)
) -> tuple[str, str]:
    """Return a text and the encoding it is in: the one given, or the only one that makes sense.

    UTF-8 and UTF-16, with or without a mark, and those of `legacy`: GB18030 (which holds GBK and
    GB2312) and Windows-1252.
    Raises ValueError, with the row, where none makes sense, and where two do.
    """
    if encoding:
        return _strictly(raw, encoding, file), encoding
    found = next((name for mark, name in _MARKS if raw.startswith(mark)), "") or _without_mark(raw)
    if not found:
        found = _legacy(raw, file, legacy)
    text = _strictly(raw, found, file)
    if "\0" in text:
        raise ValueError(f"{file}: is no text; save the table as CSV UTF-8")
    return text.removeprefix("\ufeff"), found


def _strictly(raw: bytes, encoding: str, file: str) -> str:
    try:
        return raw.decode(encoding)
    except LookupError:
        raise ValueError(f"{file}: no encoding has the name {encoding!r}; say utf-8") from None
    except UnicodeError as error:
        row = raw[: getattr(error, "start", 0)].count(b"\n") + 1
        raise ValueError(
            f"{file}, row {row}: found bytes that are not {encoding.upper()}; "
            "save the table as CSV UTF-8"
        ) from None


def _without_mark(raw: bytes) -> str:
    """Return UTF-16 where every second byte is often 0, UTF-8 where it is valid, or ""."""
    start = raw[: 2 * 2048]
    if b"\0" in start:
        shares = [start[side::2].count(0) / len(start[side::2]) for side in (0, 1)]
        if max(shares) > _NUL_SHARE and len(raw) % 2 == 0:
            return "utf-16-le" if shares[1] > shares[0] else "utf-16-be"
    text = raw.decode("utf-8", "replace")
    faults = text.count(_FAULT)
    if not faults and _PHONETIC.isdisjoint(text[:_LOOKED_AT]):
        return "utf-8"
    if _chinese(_sample(raw)):
        return ""  # bytes of a common character such as 时 may be valid UTF-8 for a phonetic letter
    high = sum(not each.isascii() for each in text[:_LOOKED_AT])
    return "utf-8" if high > 2 * faults else ""  # the reading names the row of a bad byte


def _legacy(raw: bytes, file: str, among: tuple[str, ...]) -> str:
    """Return the encoding that alone makes sense of the bytes above ASCII."""
    lines = [line for line in raw.split(b"\n") if not line.isascii()]
    sample = _sample(raw)
    fits = [name for name in among if _MAKES_SENSE[name](sample)]
    if len(fits) == 1:
        return fits[0]
    row = next(n for n, line in enumerate(raw.split(b"\n"), 1) if not line.isascii())
    if fits:
        shown = " or ".join(f"{_word(lines[0], name)!r} ({name})" for name in fits)
        raise ValueError(
            f"{file}, row {row}: found bytes that read as {shown}; save the table as CSV UTF-8"
        )
    guess = from_bytes(sample).best()
    perhaps = f" (perhaps {guess.encoding})" if guess else ""
    raise ValueError(
        f"{file}, row {row}: found bytes that are not {_listed(among)}{perhaps}; "
        "save the table as CSV UTF-8"
    )


def _listed(legacy: tuple[str, ...]) -> str:
    *names, last = ["UTF-8", *(_NAMES[each] for each in legacy)]
    return f"{', '.join(names)} or {last}"


def _sample(raw: bytes) -> bytes:
    """Return the first lines with bytes above ASCII."""
    lines = [line for line in raw.split(b"\n") if not line.isascii()]
    sample = b"\n".join(lines)[:_LOOKED_AT]
    return sample[: sample.rfind(b"\n")] if len(sample) == _LOOKED_AT else sample


def _word(line: bytes, encoding: str) -> str:
    return _HIGH.search(line)[0].decode(encoding, "replace")


def _chinese(sample: bytes) -> bool:
    """Return whether the text is Chinese: its characters are in GB2312, and not inside words."""
    try:
        text = sample.decode(CHINESE)
    except UnicodeDecodeError:
        return False
    high = re.findall(r"[^\x00-\x7f]", text)
    ordinary = sum(1 for each in high if len(each.encode("gb2312", "ignore")) > 1)
    in_words = re.findall(r"[a-z][^\x00-\x7f]{1,2}(?=[a-z])", text)
    return ordinary >= _COMMON * len(high) and len(in_words) <= (1 - _ORDINARY) * len(high)


def _western(sample: bytes) -> bool:
    """Return whether the bytes above ASCII are signs, or one or two letters in a Latin word."""
    try:
        sample.decode(WESTERN)
    except UnicodeDecodeError:
        return False
    runs = {run.decode(WESTERN) for run in _HIGH.findall(sample)}  # a column's 时 counts once
    return sum(map(_is_western, runs)) >= _ORDINARY * len(runs)


def _is_western(run: str) -> bool:
    high = [each for each in run if not each.isascii() and each not in _SIGNS]
    in_word = run[0].isascii() or run[-1].isascii()
    return len(high) <= (2 if in_word else 1) and all(each in _LETTERS for each in high)


_MAKES_SENSE = {CHINESE: _chinese, WESTERN: _western}
