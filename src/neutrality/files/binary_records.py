"""The records of a binary workbook, .xlsb ([MS-XLSB] 2.1.4)."""

from __future__ import annotations

from collections.abc import Iterator


def records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and body of each record: both lengths are numbers of 7 bits a byte."""
    at = 0
    while at < len(data):
        kind, at = _varied(data, at, 2)
        size, at = _varied(data, at, 4)
        yield kind, data[at : at + size]
        at += size


def _varied(data: bytes, at: int, most: int) -> tuple[int, int]:
    value = 0
    for n in range(most):
        byte = data[at]
        value, at = value | (byte & 0x7F) << 7 * n, at + 1
        if byte < 0x80:
            break
    return value, at


def wide(body: bytes, at: int) -> tuple[str, int]:
    """Return a text that follows its length, and where it ends."""
    start = at + 4
    end = start + 2 * int.from_bytes(body[at:start], "little")
    return body[start:end].decode("utf-16-le"), end
