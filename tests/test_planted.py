"""A bundle tells nothing of the machine that made it: no path, user, host or secret of it."""

import base64
import gzip
import io
import re
import sys
import zipfile
import zlib

import netCDF4
import openpyxl
import pytest
from conftest import PLANTED, ROOT
from docx import Document
from PIL import Image, PngImagePlugin

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")  # the PDF's outlines are UTF-16
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
DATA = re.compile(rb"data:[\w/+.-]+;base64,([A-Za-z0-9+/=]+)")


def layers(content, name=""):
    """Yield a file's bytes, and those of what is packed in it: members, streams, images."""
    yield name, content
    if content.startswith(b"PK\x03\x04"):  # docx, xlsx, zip
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                yield f"{name}/{entry.filename}", entry.filename.encode() + entry.comment
                yield from layers(archive.read(entry), f"{name}/{entry.filename}")
    elif content.startswith(b"\x1f\x8b"):
        yield from layers(gzip.decompress(content), f"{name}/unpacked")
    elif content.startswith(b"%PDF"):
        for at, found in enumerate(STREAM.findall(content)):
            yield from inflated(found, f"{name}/stream {at}")
    elif content.startswith(b"\x89PNG"):
        for key, text in Image.open(io.BytesIO(content)).text.items():
            yield f"{name}/{key}", text.encode()
    for at, found in enumerate(DATA.findall(content)):
        yield from layers(base64.b64decode(found), f"{name}/image {at}")


def inflated(packed, name):
    """Yield what zlib packed, or nothing where it did not pack it."""
    try:
        yield name, zlib.decompressobj().decompress(packed)
    except zlib.error:
        return


def told(folder, words):
    """The files of a folder that hold one of the words, however packed, and which."""
    wanted = {word: [word.encode(code) for code in ENCODINGS] for word in words}
    return [
        (name, word)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for name, content in layers(path.read_bytes(), path.relative_to(folder).as_posix())
        for word, forms in wanted.items()
        if any(form in content for form in forms)
    ]


@pytest.mark.slow
def test_the_first_bundle_tells_nothing_of_its_machine(first_bundle):
    run_in = first_bundle.parents[2]  # the folder of its case, its outputs and its planted home
    words = [*PLANTED.values(), str(run_in), str(ROOT), sys.prefix, ".venv/", "site-packages"]
    assert told(first_bundle, words) == []


@pytest.mark.parametrize("word", ["secret-of-mei-lin", "密钥"])
def test_what_is_planted_is_found_in_every_kind_of_file(tmp_path, word):
    (tmp_path / "a.csv").write_text(f"x\n{word}\n", encoding="utf-8")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(word.encode()))
    document = Document()
    document.core_properties.author = word
    document.save(tmp_path / "a.docx")
    book = openpyxl.Workbook()
    book.properties.creator = word
    book.save(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tmp_path / "a.docx", "inside.docx")
    with netCDF4.Dataset(tmp_path / "a.nc", "w") as held:
        held.history = word
    about = PngImagePlugin.PngInfo()
    about.add_itxt("Author", word, zip=True)
    Image.new("1", (1, 1)).save(tmp_path / "a.png", pnginfo=about)
    image = base64.b64encode((tmp_path / "a.png").read_bytes()).decode()
    (tmp_path / "a.html").write_text(f'<img src="data:image/png;base64,{image}">')
    packed = zlib.compress(word.encode())
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\nstream\n" + packed + b"\nendstream")
    found = {name.partition("/")[0] for name, _ in told(tmp_path, [word])}
    assert found == {path.name for path in tmp_path.iterdir()}
