"""What is odd about a case as a whole: sources that lack months, factors that override published
ones or carry a wrong value, illustrations.
"""

from __future__ import annotations

from pathlib import Path

from neutrality.case import tables
from neutrality.texts.findings import Finding

ILLUSTRATIVE = "ILLUSTRATIVE"  # how an illustrative case marks what it made up
NAMED = (
    "certificates",
    "credits",
    "factors",
    "company",
    "activities",
)  # tables in which the mark may stand








_SAID = {
    "months_missing": {
        "zh": "{name}：{a} 年有 {one} 个月的数据，{b} 年有 {two} 个月；请补齐，或以数量 0 说明已停用",
        "en": "{name}: {one} months in {a}, {two} in {b}; supply the rest, or say with amount 0 that it stopped",
    },
    "repeated": {
        "zh": "第 {row} 行与前面某行的来源、月份和数量相同（{name}，{month}）；若为重复请删除",
        "en": "row {row} has the source, month and amount of a row above ({name}, {month}); delete it if it is the same bill",
    },
    "override": {
        "zh": "因子 {id} 以本案例的 {value:g} 替换公布值 {published:g}（{unit}）",
        "en": "factor {id}: the case's own {value:g} replaces the published {published:g} ({unit})",
    },
}


def _found(table: str, rule: str, said: dict[str, str]) -> Finding:
    return Finding(table, 0, rule, "odd", f"{table}：{said['zh']}。", f"{table}: {said['en']}.")


def refuse_illustrations(case: Path, illustrative: bool) -> None:
    """Raise ValueError where a case that is not illustrative holds made-up rows: the mark
    itself, or calibrated figures.
    """
    if illustrative:
        return
    found = []
    for name in (name for name in NAMED if tables.exists(case, name)):
        table = tables.read(case, name)
        marked = (
            table.select_dtypes("str")
            .apply(lambda column: column.str.contains(ILLUSTRATIVE))
            .any(axis=1)
        )
        found += [
            f"{name}.csv, row {row}: it is marked {ILLUSTRATIVE}; give the real row, or set illustrative: true"
            for row in table.index[marked][: tables.ROWS_SHOWN]
        ]
    announced = tables.read_or_empty(case, "announced")
    found += [
        f"announced.csv, row {row}, column calibrated: true means an input was made to fit; set illustrative: true"
        for row in announced.index[announced["calibrated"]]
    ]
    if found:
        raise ValueError("\n".join(found))








