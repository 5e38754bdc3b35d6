"""A file of any kind that people keep readings in, read into its sheets."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

from neutrality import sheets
from neutrality.files import green_button, text_files, workbooks
from neutrality.files.cells import File, Sheet

__all__ = ["File", "Sheet", "read"]

_OLE, _ZIP, _GZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04", b"\x1f\x8b"
_TEXTS = {".csv": "csv", ".tsv": "tsv", ".txt": "txt"}
WORKBOOKS = ("xls", "xlsx", "xlsm", "xlsb", "ods")
_PARTS = {"xl/workbook.bin": "xlsb", "xl/workbook.xml": "xlsx", "content.xml": "ods"}
_START = 2_000  # [B] looked at for the kind of a text


def read(path: Path, encoding: str = "", delimiter: str = "") -> File:
    """Return a file's sheets, every cell where Excel shows it.

    Takes .csv, .tsv, .txt, Green Button XML, each also as .gz, .xls, .xlsx, .xlsm, .xlsb and .ods;
    what a file is, is seen from its first bytes, whatever its name says. Encoding and delimiter
    are found unless given. Raises ValueError, with the remedy, for what cannot be read with
    certainty.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"{path.name}: no such file in {path.parent.name or '.'}; check its name")
    packed = path.read_bytes()
    raw, kind = content(packed, path)
    digest = hashlib.sha256(packed).hexdigest()
    if kind in _TEXTS.values():
        sheets.refuse_too_large_text(raw, path.name)
        sheet, encoding, delimiter = text_files.read(raw, path.name, encoding, delimiter)
        return File(path, kind, encoding, delimiter, [sheet], digest)
    if kind == "green_button":
        return File(path, kind, "", "", green_button.read(raw, path.name), digest)
    if kind != "xls":
        sheets.refuse_too_large(path)
    return File(path, kind, "", "", workbooks.read(raw, kind, path.name), digest)


def content(raw: bytes, path: Path) -> tuple[bytes, str]:
    """Return a file's bytes, unpacked where they are a .gz, and what they are by the first of them:
    csv, tsv, txt, green_button or one of WORKBOOKS.
    """
    if raw.startswith(_GZIP):
        raw = _unpacked(raw, path.name)
    return raw, _kind(raw, path)


def _unpacked(raw: bytes, file: str) -> bytes:
    """Return what a .gz holds, unpacked no further than the limit."""
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        unpacked = stream.decompress(raw, sheets.MAX_BYTES)
    except zlib.error as error:
        raise ValueError(f"{file}: cannot be unpacked ({error}); save it anew") from error
    if not stream.eof:
        raise ValueError(
            f"{file}: is cut off, or unpacks to more than {sheets.MAX_BYTES:,} bytes; save it anew"
        )
    return unpacked


def _kind(raw: bytes, path: Path) -> str:
    """Return what a file is by its first bytes; ValueError for what holds no table."""
    suffixes = [each.lower() for each in path.suffixes if each.lower() != ".gz"]
    suffix = suffixes[-1] if suffixes else ""
    if raw.startswith(_OLE):
        return "xls"
    if raw.startswith(_ZIP):
        return _package(raw, path.name, suffix)
    start = raw[:_START].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head")):
        raise ValueError(
            f"{path.name}: is a web page, whatever its name says; open it in a spreadsheet program "
            "and save it as .xlsx"
        )
    if start.startswith((b"<?xml", b"<feed", b"<ns")):
        return "green_button"
    return _TEXTS.get(suffix, "csv")


def _package(raw: bytes, file: str, suffix: str) -> str:
    """Return which kind of workbook a ZIP archive holds."""
    try:
        with zipfile.ZipFile(BytesIO(raw)) as package:
            names = package.namelist()
    except (zipfile.BadZipFile, RuntimeError) as error:
        raise ValueError(f"{file}: is damaged ({error}); save it anew") from error
    kind = next((kind for part, kind in _PARTS.items() if part in names), "")
    if not kind:
        raise ValueError(f"{file}: is an archive, not a workbook; unpack it and import its files")
    return "xlsm" if kind == "xlsx" and suffix == ".xlsm" else kind
