"""Stress tests of the credits: how many would still be valid, and how many would then be needed.

The shares of invalid credits come from published studies or are assumed. The studies cover other
programmes or wider samples: they illustrate a size and say nothing about the credits of this case.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from neutrality.offset import sizing
from neutrality.reference import published, units

# Agriculture Forestry and Other Land Use, in Verra's export as kept by CarbonPlan, offsets-db-data.
_FOREST_SCOPE = "14"
# Estimates of one study: what their names add about the interval.
_BADGLEY = {
    "overcredit_badgley_low": ("，{level:g} % 区间下端", ", lower end of its {level:g} % interval"),
    "overcredit_badgley": ("", ""),
    "overcredit_badgley_high": (
        "，{level:g} % 区间上端",
        ", upper end of its {level:g} % interval",
    ),
}
_WHOLE_BLOCKS = ("label_lost", "vintage_tighter")  # a block is wholly valid or wholly invalid
# Not applicable where the ledger holds none of the credits concerned.
_FOR_SOME_CREDITS = (*_BADGLEY, "reversal", "label_lost")


class _Stress(NamedTuple):
    invalid_share: float  # of the credits concerned, 0-1
    name_zh: str
    name_en: str


def valid_credits(
    blocks: pd.DataFrame, reporting_year: int, reversal_share: float, tighter_years: int
) -> pd.DataFrame:
    """Return how many credits of each block stay valid under each stress: stress, name_zh, name_en,
    row, serial, quantity, void_share (invalid, 0-1), valid.

    Badgley et al. 2022, with the ends of its interval, and a reversal beyond the buffer concern
    forest and land-use credits, and credits whose serial does not show their type; Probst et al.
    2024 concerns all. A lost label invalidates credits with an additional certification, a tighter
    vintage limit those whose vintage ends too long before the reporting year. The valid credits of
    a block may be a fraction. `blocks` is the table of `credits.blocks`.
    """
    scope = blocks["serial_scope"].astype("object").fillna("")
    forest = scope.isin(["", _FOREST_SCOPE]).to_numpy(float)
    certified = (blocks["serial_certified"].astype("object") == "1").to_numpy(float)
    too_old = (blocks["vintage_end"].dt.year < reporting_year - tighter_years).to_numpy(float)
    concerned = dict.fromkeys(_BADGLEY, forest) | {
        "probst_all": np.ones(len(blocks)),
        "reversal": forest,
        "label_lost": certified,
        "vintage_tighter": too_old,
    }
    tables = []
    for id, stress in _stresses(reversal_share, tighter_years).items():
        invalid = concerned[id] * stress.invalid_share
        table = blocks[["serial", "quantity"]].assign(
            stress=id,
            name_zh=stress.name_zh,
            name_en=stress.name_en,
            row=blocks.index,
            void_share=invalid,
            valid=blocks["quantity"].to_numpy() * (1 - invalid),
        )
        tables.append(table)
    return pd.concat(tables, ignore_index=True)[
        ["stress", "name_zh", "name_en", "row", "serial", "quantity", "void_share", "valid"]
    ]


def _stresses(reversal_share: float, tighter_years: int) -> dict[str, _Stress]:
    percent, reversed_percent = published.coefficient, reversal_share * units.PERCENT
    return {id: _badgley(id, *suffixes) for id, suffixes in _BADGLEY.items()} | {
        "probst_all": _Stress(
            1 - percent("probst_all") / units.PERCENT,
            f"若全部信用中仅 {percent('probst_all'):g} % 为真实减排（Probst 等 2024，各类项目）",
            f"if only {percent('probst_all'):g} % of all credits were real "
            "(Probst et al. 2024, projects of all types)",
        ),
        "reversal": _Stress(
            reversal_share,
            f"若缓冲池之外，林业和土地利用类信用另有 {reversed_percent:g} % 逆转（假定）",
            f"if {reversed_percent:g} % of the forest and land-use credits were reversed "
            "beyond the buffer (assumed)",
        ),
        "label_lost": _Stress(1.0, "若附加认证标签失效", "if additional labels were lost"),
        "vintage_tighter": _Stress(
            1.0,
            f"若减排年份须不早于前 {tighter_years} 年（假定）",
            f"if a vintage could be at most {tighter_years} years old (assumed)",
        ),
    }


def _badgley(id: str, suffix_zh: str, suffix_en: str) -> _Stress:
    percent = published.coefficient(id)
    level = published.coefficient("overcredit_badgley_level")
    return _Stress(
        percent / units.PERCENT,
        f"若林业和土地利用类信用有 {percent:g} % 无效"
        f"（Badgley 等 2022，加州履约机制{suffix_zh.format(level=level)}）",
        f"if {percent:g} % of the forest and land-use credits were void (Badgley et al. 2022, "
        f"Californian compliance programme{suffix_en.format(level=level)})",
    )


def stress_table(
    needed: int,
    prudent: int,
    confidence: float,
    retired: int,
    valid: pd.DataFrame,
    reversal_share: float,
    tighter_years: int,
) -> pd.DataFrame:
    """Return kind, name_zh, name_en, credits needed, valid, missing, enough: as accounted, with the
    case's confidence, and under each stress.

    Partly invalid credits are grossed up: needed / (1 - share). Wholly invalid blocks are added to
    what is needed, also where more credits are held than needed. `missing` are the further credits
    to buy, of a kind that the stress does not affect. Without credits the shares apply to those
    still to be bought. enough is "not_applicable", and the numbers are empty, where a stress
    concerns none of the credits held. `valid` is the table of `valid_credits`.
    """
    level = f"{confidence * units.PERCENT:g} %"
    prudent_names = (f"以 {level} 置信度足够（单侧）", f"enough with {level} confidence, one-sided")
    rows = [
        ("accounted", "按核算", "as accounted", needed, retired, True),
        ("prudent", *prudent_names, prudent, retired, True),
    ]
    for id, stress in _stresses(reversal_share, tighter_years).items():
        numbers = _under_stress(id, stress.invalid_share, needed, valid[valid["stress"] == id])
        rows.append(("stress", stress.name_zh, stress.name_en, *numbers))
    columns = ["kind", "name_zh", "name_en", "credits", "valid", "applies"]
    table = pd.DataFrame(rows, columns=columns).astype({"credits": "Int64", "valid": "Int64"})
    target = table["credits"].where(table["kind"] == "prudent", needed)
    table["missing"] = (target - table["valid"]).clip(lower=0)
    enough = (table["missing"] == 0).astype("object")
    table["enough"] = enough.where(table["applies"], "not_applicable")
    table.loc[~table["applies"], ["credits", "valid", "missing"]] = pd.NA
    return table.drop(columns="applies")


def _under_stress(
    id: str, invalid_share: float, needed: int, held: pd.DataFrame
) -> tuple[int, int, bool]:
    """Return the credits needed under a stress, those held that stay valid, and whether it
    applies.
    """
    invalid, quantity = (held["void_share"] * held["quantity"]).sum(), held["quantity"].sum()
    mean_share = invalid / quantity if quantity else invalid_share
    if id in _WHOLE_BLOCKS:
        credits = needed + int(invalid + 0.5)
    else:
        credits = sizing.credits_needed(needed / (1 - mean_share))
    applies = held.empty or invalid > 0 or invalid_share == 0 or id not in _FOR_SOME_CREDITS
    return credits, math.floor(held["valid"].sum() + sizing.TOLERANCE_T), applies


def stress_listed(
    valid: pd.DataFrame, blocks: pd.DataFrame, most: int = sizing.BLOCKS_SHOWN
) -> pd.DataFrame:
    """Return name_zh, name_en, quantity and the valid credits under each stress, one column each,
    by block; where there are more than `most` blocks, by project and vintage.
    """
    names = pd.DataFrame(
        {
            "row": blocks.index,
            "project": blocks["programme"] + " " + blocks["project_id"].astype("str"),
            "vintage": blocks["vintage_start"].dt.year,
        }
    )
    stresses = list(dict.fromkeys(valid["stress"]))
    wide = valid.pivot(index="row", columns="stress", values="valid")[stresses].reset_index()
    table = names.merge(wide, on="row").assign(quantity=blocks["quantity"].to_numpy(), blocks=1)
    if len(table) > most:
        keys, sums = ["project", "vintage"], ["quantity", "blocks", *stresses]
        grouped = table.groupby(keys, sort=False)[sums].sum().reset_index()
        table = sizing.largest_and_others(grouped, keys, sums, most)
    listed = table.assign(
        name_zh=[_line_name(row, "其余", "第\u00a0{}\u00a0行", "\u00a0批") for row in _rows(table)],
        name_en=[_line_name(row, "others", "row\u00a0{}", "\u00a0blocks") for row in _rows(table)],
    )
    return listed[["name_zh", "name_en", "quantity", *stresses]].rename_axis(columns=None)


def _rows(table: pd.DataFrame) -> list[dict]:
    return table.to_dict("records")


def _line_name(line: dict, others: str, row: str, blocks: str) -> str:
    """Return the name of a line: project, vintage, and its row or its number of blocks."""
    project = [str(line[key]) for key in ("project", "vintage") if line[key]] or [others]
    last = row.format(line["row"]) if "row" in line else f"{line['blocks']:,}{blocks}"
    return " · ".join([*project, last])
