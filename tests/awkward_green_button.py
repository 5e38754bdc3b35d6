"""Awkward files of Green Button, the XML that utilities publish, each with one trap and its truth
(see `awkward`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from awkward import HOURS, MAIN, Awkward, Clean, Refused, text_file


def espi(name: str, *meters: dict, packed: bool = False) -> Callable[[Path], Path]:
    """Return what writes a Green Button feed of meters: title and values.

    It may set uom, power, flow, seconds and quality (by position of the interval) as well.
    """
    entries = []
    for number, meter in enumerate(meters, 1):
        base = f"/Customer/1/UsagePoint/{number}"
        reading, kind = f"{base}/MeterReading/{number}", f"/ReadingType/{number}"
        seconds = meter.get("seconds", 3600)
        entries += [
            _entry(base, [], "<UsagePoint/>", meter["title"]),
            _entry(reading, [kind], "<MeterReading/>"),
            _entry(
                kind,
                [],
                "<ReadingType><accumulationBehaviour>4</accumulationBehaviour>"
                f"<flowDirection>{meter.get('flow', 1)}</flowDirection>"
                f"<intervalLength>{seconds}</intervalLength>"
                f"<powerOfTenMultiplier>{meter.get('power', 0)}</powerOfTenMultiplier>"
                f"<uom>{meter.get('uom', 72)}</uom></ReadingType>",
            ),
            _entry(
                f"{reading}/IntervalBlock/1",
                [f"{reading}/IntervalBlock"],
                "<IntervalBlock>"
                + "".join(
                    _interval(n, seconds, value, meter.get("quality", {}).get(n))
                    for n, value in enumerate(meter["values"])
                )
                + "</IntervalBlock>",
            ),
        ]
    feed = (
        f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">{"".join(entries)}</feed>'
    )
    return text_file(f"{name}.gz" if packed else name, feed)


def _entry(link: str, related: list[str], content: str, title: str = "") -> str:
    links = "".join(f'<link rel="up" href="{each}"/>' for each in related)
    content = content.replace("/>", ">", 1) if content.endswith("/>") else content
    tag = content[1:].split(">")[0]
    close = "" if content.endswith(f"</{tag}>") else f"</{tag}>"
    content = content.replace(f"<{tag}>", f'<{tag} xmlns="http://naesb.org/espi">', 1) + close
    return (
        f'<entry><link rel="self" href="{link}"/>{links}<title>{title}</title>'
        f"<content>{content}</content></entry>"
    )


def _interval(number: int, seconds: int, value: int, quality: int | None) -> str:
    start = int(HOURS[0].replace(tzinfo=dt.UTC).timestamp()) + number * seconds
    flag = (
        "" if quality is None else f"<ReadingQuality><quality>{quality}</quality></ReadingQuality>"
    )
    return (
        f"<IntervalReading>{flag}<timePeriod><duration>{seconds}</duration><start>{start}</start>"
        f"</timePeriod><value>{value}</value></IntervalReading>"
    )


WH = [int(value * 1000) for value in MAIN]
QUARTERS = [dt.datetime(2025, 3, 1, 0, 15 * quarter) for quarter in range(4)]

GREEN_BUTTON = [
    Awkward(
        "Green Button with two meters, one sold",
        espi(
            "two.xml",
            {"title": "Main", "values": WH},
            {"title": "Roof", "values": [5, 6], "flow": 19},
        ),
        [
            Clean(
                {"value (kWh)": MAIN},
                units={"value (kWh)": "kWh"},
                texts={"start (UTC)": HOURS, "flow": ["delivered to the customer"] * 6},
            ),
            Clean(
                {"value (kWh)": [0.005, 0.006]},
                (2, 3),
                texts={"meter": ["Roof"] * 2, "flow": ["received from the customer"] * 2},
            ),
        ],
    ),
    Awkward(
        "Green Button with a power of ten",
        espi("power.xml", {"title": "Main", "values": [1205, 982], "power": 2}, packed=True),
        [Clean({"value (kWh)": [120.5, 98.2]}, (2, 3))],
    ),
    Awkward(
        "Green Button of gas",
        espi("gas.xml", {"title": "Gas", "values": [15, 20], "uom": 169, "power": -1}),
        [Clean({"value (therm)": [1.5, 2.0]}, (2, 3), units={"value (therm)": "therm"})],
    ),
    Awkward(
        "Green Button with a unit that is not known",
        espi("unit.xml", {"title": "Main", "values": [1], "uom": 111}),
        Refused(("unit.xml", "111", "72 (kWh)")),
    ),
    Awkward(
        "Green Button with estimated intervals",
        espi("quality.xml", {"title": "Main", "values": WH[:3], "quality": {1: 8, 2: 10}}),
        [
            Clean(
                {"value (kWh)": MAIN[:3]},
                (2, 3, 4),
                texts={"quality": ["valid", "estimated", "questionable"]},
            )
        ],
    ),
    Awkward(
        "Green Button of quarter hours",
        espi("quarters.xml", {"title": "Main", "values": [250] * 4, "seconds": 900}),
        [Clean({"value (kWh)": [0.25] * 4}, (2, 3, 4, 5), texts={"start (UTC)": QUARTERS})],
    ),
    Awkward(
        "XML with an entity that grows",
        text_file(
            "bomb.xml",
            '<?xml version="1.0"?><!DOCTYPE f [<!ENTITY a "aa"><!ENTITY b "&a;">]><f>&b;</f>',
        ),
        Refused(("bomb.xml", "XML")),
    ),
]
