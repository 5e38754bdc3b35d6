"""TODO"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from neutrality.offset import sizing
from neutrality.reference import published, units

# beside "Agriculture Forestry and Other Land Use" in Verra's export as kept by CarbonPlan,
# offsets-db-data
FOREST_SCOPE = "14"


STUDIES = {
    "overcredit_badgley_low": ("，{level:g} % 区间下端", ", lower end of its {level:g} % interval"),
    "overcredit_badgley": ("", ""),
    "overcredit_badgley_high": (
        "，{level:g} % 区间上端",
        ", upper end of its {level:g} % interval",
    ),
}


WHOLE = ("label_lost", "vintage_tighter")  # stresses that void a block or leave it


ABOUT_SOME = (
    *STUDIES,
    "reversal",
    "label_lost",
)  # not applicable to a ledger that holds none of the credits they are about


def valid_credits(
    blocks: pd.DataFrame, reporting_year: int, reversal_share: float, tighter_years: int
) -> pd.DataFrame:
    """Return what each stress would leave of each block: stress, name_zh, name_en, row, serial,
    quantity, void_share (0-1), valid.

    Badgley et al. 2022, with the ends of its interval, and a reversal beyond the buffer act on
    forest and land-use credits and on those whose serial does not tell; Probst et al. 2024 on all.
    A lost label voids credits with an additional certification; a tighter vintage those that end
    too long before the reporting year. Valid ones of a block are a share and not whole. `blocks`
    are carbon_credits.blocks.
    """
    scope = blocks["serial_scope"].astype("object").fillna("")
    forest = scope.isin(["", FOREST_SCOPE]).to_numpy(float)
    acting = {id: forest for id in STUDIES} | {
        "probst_all": np.ones(len(blocks)),
        "reversal": forest,
        "label_lost": (blocks["serial_certified"].astype("object") == "1").to_numpy(float),
        "vintage_tighter": (
            blocks["vintage_end"].dt.year < reporting_year - tighter_years
        ).to_numpy(float),
    }
    made = []
    for id, (share, *names) in stresses(reversal_share, tighter_years).items():
        void = acting[id] * share
        valid = blocks["quantity"].to_numpy() * (1 - void)
        told = {"stress": id, "name_zh": names[0], "name_en": names[1], "row": blocks.index}
        made.append(blocks[["serial", "quantity"]].assign(**told, void_share=void, valid=valid))
    return pd.concat(made, ignore_index=True)[
        ["stress", "name_zh", "name_en", "row", "serial", "quantity", "void_share", "valid"]
    ]


def stresses(reversal_share: float, tighter_years: int) -> dict[str, tuple[float, str, str]]:
    """Return, by stress, the share of the credits it acts on that is void (0-1) and its two
    names.
    """
    percent, level = (
        published.coefficient,
        published.coefficient("overcredit_badgley_level"),
    )
    found = {
        id: (
            percent(id) / units.PERCENT,
            f"若林业和土地利用类信用有 {percent(id):g} % 无效（Badgley 等 2022，加州履约机制{zh.format(level=level)}）",
            f"if {percent(id):g} % of the forest and land-use credits were void (Badgley et al. 2022, Californian compliance programme"
            f"{en.format(level=level)})",
        )
        for id, (zh, en) in STUDIES.items()
    }
    return found | {
        "probst_all": (
            1 - percent("probst_all") / units.PERCENT,
            f"若全部信用中仅 {percent('probst_all'):g} % 为真实减排（Probst 等 2024，各类项目）",
            f"if only {percent('probst_all'):g} % of all credits were real (Probst et al. 2024, projects of all types)",
        ),
        "reversal": (
            reversal_share,
            f"若缓冲池之外，林业和土地利用类信用另有 {reversal_share * units.PERCENT:g} % 逆转（假定）",
            f"if {reversal_share * units.PERCENT:g} % of the forest and land-use credits were reversed beyond the buffer (assumed)",
        ),
        "label_lost": (1.0, "若附加认证标签失效", "if additional labels were lost"),
        "vintage_tighter": (
            1.0,
            f"若减排年份须不早于前 {tighter_years} 年（假定）",
            f"if a vintage could be at most {tighter_years} years old (assumed)",
        ),
    }


def stress_table(
    needed: int,
    prudent: int,
    confidence: float,
    retired: int,
    valid: pd.DataFrame,
    reversal_share: float,
    tighter_years: int,
) -> pd.DataFrame:
    """Return kind, name_zh, name_en, credits then needed, valid ones left, missing, enough: as
    accounted, prudently, and under each stress.

    Credits void in part ask for the same ones in a larger number, needed / (1 - share); whole void
    blocks are added to what is needed, also where more is held than that. `missing` are the further
    credits to buy, of a kind that the stress leaves. Where the ledger holds none of the credits a
    stress is about, it is not applicable. Studies of other programmes: an illustration of size.
    Without credits the shares act on those still to be bought.
    """
    level = f"{confidence * units.PERCENT:g} %"
    rows = [
        ("accounted", "按核算", "as accounted", needed, retired, True),
        (
            "prudent",
            f"以 {level} 置信度足够（单侧）",
            f"enough with {level} confidence, one-sided",
            prudent,
            retired,
            True,
        ),
    ]
    for id, (share, zh, en) in stresses(reversal_share, tighter_years).items():
        of = valid[valid["stress"] == id]
        void, held = (of["void_share"] * of["quantity"]).sum(), of["quantity"].sum()
        mean = void / held if held else share
        asked = (
            needed + int(void + 0.5) if id in WHOLE else sizing.credits_needed(needed / (1 - mean))
        )
        rows.append(
            (
                "stress",
                zh,
                en,
                asked,
                math.floor(of["valid"].sum() + sizing.DUST_T),
                of.empty or void > 0 or share == 0 or id not in ABOUT_SOME,
            )
        )
    table = pd.DataFrame(
        rows, columns=["kind", "name_zh", "name_en", "credits", "valid", "applies"]
    ).astype({"credits": "Int64", "valid": "Int64"})
    suffice = table["credits"].where(table["kind"] == "prudent", needed)
    table["missing"] = (suffice - table["valid"]).clip(lower=0)
    table["enough"] = (
        (table["missing"] == 0).astype("object").where(table["applies"], "not_applicable")
    )
    table.loc[~table["applies"], ["credits", "valid", "missing"]] = pd.NA
    return table.drop(columns="applies")


def stress_listed(
    valid: pd.DataFrame, blocks: pd.DataFrame, most: int = sizing.BLOCKS_SHOWN
) -> pd.DataFrame:
    """Return name_zh, name_en, quantity and the valid credits under each stress as columns: by
    block, where there are many by project and vintage.
    """
    names = pd.DataFrame(
        {
            "row": blocks.index,
            "project": blocks["programme"] + " " + blocks["project_id"].astype("str"),
            "vintage": blocks["vintage_start"].dt.year,
        }
    )
    wide = valid.pivot(index="row", columns="stress", values="valid")[
        list(dict.fromkeys(valid["stress"]))
    ].reset_index()
    table = names.merge(wide, on="row").assign(quantity=blocks["quantity"].to_numpy(), blocks=1)
    sums = ["quantity", "blocks", *wide.columns[1:]]
    if len(table) <= most:
        of = [(f"第\u00a0{row.row}\u00a0行", f"row\u00a0{row.row}") for row in table.itertuples()]
    else:
        table = sizing._pooled(
            table.groupby(["project", "vintage"], sort=False)[sums].sum().reset_index(),
            ["project", "vintage"],
            sums,
            most,
        )
        of = [(f"{n:,}\u00a0批", f"{n:,}\u00a0blocks") for n in table["blocks"]]
    told = [
        " · ".join(str(part) for part in each if part)
        for each in zip(table["project"], table["vintage"])
    ]
    table = table.assign(
        name_zh=[" · ".join(filter(None, (name or "其余", zh))) for name, (zh, _) in zip(told, of)],
        name_en=[
            " · ".join(filter(None, (name or "others", en))) for name, (_, en) in zip(told, of)
        ],
    )
    return table[["name_zh", "name_en", "quantity", *wide.columns[1:]]].rename_axis(columns=None)
