"""Awkward texts: encodings and delimiters, each with one trap and its truth (see `awkward`)."""

from __future__ import annotations

from pathlib import Path

from awkward import (
    DE,
    DE_CLEAN,
    EN,
    EN_CLEAN,
    HOURS,
    MAIN,
    ZH,
    ZH_CLEAN,
    Awkward,
    Clean,
    Refused,
    body,
    lines,
    text_file,
)

GROUPED = ["120,5", "98,25", "87,0", "101,75", "1.234,5", "66,0"]
POINTED = ["120.50", "98.25", "87.00", "101.75", '"1,234.50"', "66.00"]

TEXTS = [
    Awkward("utf-8 with a mark", text_file("bom.csv", lines(ZH, *body()), "utf-8-sig"), [ZH_CLEAN]),
    Awkward("gbk", text_file("gbk.csv", lines(ZH, *body()), "gbk"), [ZH_CLEAN]),
    Awkward(
        "gb18030 with a rare character",
        text_file(
            "gb18030.csv",
            lines(["时间", "㙍村总表(kWh)"], *zip(HOURS, MAIN, strict=True)),
            "gb18030",
        ),
        [Clean({"㙍村总表(kWh)": MAIN})],
    ),
    Awkward("utf-16", text_file("utf16.txt", lines(ZH, *body(), sep="\t"), "utf-16"), [ZH_CLEAN]),
    Awkward(
        "utf-16 without a mark",
        text_file("utf16le.txt", lines(ZH, *body(), sep="\t"), "utf-16-le"),
        [ZH_CLEAN],
    ),
    Awkward(
        "windows-1252, semicolons and decimal commas",
        text_file("de.csv", lines(DE, *body(), sep=";", decimal=","), "cp1252"),
        [DE_CLEAN],
    ),
    Awkward(
        "bytes that are Chinese or Western",
        text_file("tie.csv", "time,Größ.\n2025-01-01,1.5\n", "cp1252"),
        Refused(("tie.csv", "row 1", "UTF-8")),
    ),
    Awkward(
        "an encoding of old Macs",
        text_file("mac_roman.csv", lines(DE, *body(), sep=";", decimal=","), "mac_roman"),
        Refused(("mac_roman.csv", "row 1", "UTF-8")),
    ),
    Awkward(
        "an encoding of Taiwan",
        text_file("big5.csv", lines(["時間", "總表(kWh)", "電表"], *body()), "big5"),
        Refused(("big5.csv", "row 1", "UTF-8")),
    ),
    Awkward(
        "utf-8 with one byte that is not",
        lambda folder: _broken_utf8(folder / "broken.csv"),
        Refused(("broken.csv", "row 4", "UTF-8")),
    ),
    Awkward(
        "decimal comma and thousands points",
        text_file(
            "grouped.csv",
            lines(["time", "main (kWh)"], *zip(HOURS, GROUPED, strict=True), sep=";"),
        ),
        [Clean({"main (kWh)": MAIN})],
    ),
    Awkward(
        "thousands commas in quotes",
        text_file("pointed.csv", lines(["time", "main (kWh)"], *zip(HOURS, POINTED, strict=True))),
        [Clean({"main (kWh)": MAIN})],
    ),
    Awkward(
        "decimal commas that are delimiters too",
        text_file(
            "commas.csv", lines(["time", "main (kWh)"], *zip(HOURS, ["1,5"] * 6, strict=True))
        ),
        Refused(("row 2", "3 cells", "decimal comma")),
    ),
    Awkward(
        "two decimal marks in one column",
        text_file(
            "marks.csv",
            lines(["time;kWh"], ["2025-01-01;1.5"], ["2025-01-02;2.5"], ["2025-01-03;3,5"]),
        ),
        Refused(("row 4", "3,5")),
    ),
    Awkward(
        "a line sep=; for Excel",
        text_file("sep.csv", "sep=;\n" + lines(EN, *body(), sep=";")),
        [EN_CLEAN],
    ),
    Awkward("packed", text_file("packed.csv.gz", lines(EN, *body())), [EN_CLEAN]),
    Awkward("tabs", text_file("tabs.tsv", lines(EN, *body(), sep="\t")), [EN_CLEAN]),
    Awkward(
        "old line ends", text_file("mac.csv", lines(EN, *body()).replace("\n", "\r")), [EN_CLEAN]
    ),
    Awkward(
        "a quote that takes in rows",
        text_file(
            "quote.csv",
            lines(
                EN, *body()[:2], [HOURS[2], '"87.0', 1.5], *body()[3:5], [HOURS[5], '66.0"', 0.25]
            ),
        ),
        Refused(("quote.csv", "row 4", "quote")),
    ),
    Awkward(
        "a quote that is never closed",
        text_file("unclosed.csv", lines(EN, *body()[:3], [HOURS[3], '"101.75', 3.25], *body()[4:])),
        Refused(("unclosed.csv", "row 5", "quote")),
    ),
    Awkward(
        "a remark of two lines in quotes",
        text_file(
            "remark.csv",
            lines(
                [*EN, "remark"],
                *[[*row, '"checked,\nagain"' if n == 1 else ""] for n, row in enumerate(body())],
            ),
        ),
        [EN_CLEAN],
    ),
    Awkward(
        "a web page named .xls",
        text_file("page.xls", "<html><table><tr><td>1</td></tr></table></html>"),
        Refused(("page.xls", "web page", ".xlsx")),
    ),
]


def _broken_utf8(path: Path) -> Path:
    raw = lines(ZH, *body()).encode().split(b"\n")
    raw[3] = raw[3] + b",\xff"
    path.write_bytes(b"\n".join(raw))
    return path
