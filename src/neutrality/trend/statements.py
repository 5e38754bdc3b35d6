"""TODO"""

from __future__ import annotations

from math import nan

import pandas as pd

from neutrality.claims import Claim
from neutrality.texts import labels
from neutrality.trend import lmdi, series


def trend_claims(
    trend: pd.DataFrame,
    quantity_id: str,
    unit: str,
    base_year: int,
    target_year: int,
    threshold_percent: float,
    status: dict[str, str],
    convention: str = "",
) -> list[Claim]:
    """Return four claims a basis from the table of `intensity.trend`; <key> is e.g. carbon_revenue.

    change_<key> on the base year in the target year [%]: without a value where it cannot be formed,
    its label naming what is missing. change_<key>_latest: the same for the latest year that can be
    formed [%]. breakeven_<key>: the quantity in the target year that just gives the threshold
    [`unit`]. allowed_<key>: the same as a change on the base year [%]. `status` by basis;
    `convention` names how electricity was counted as energy.
    """
    made = []
    for row in trend.itertuples():
        key, fall = f"{quantity_id}_{row.Index}", f"{threshold_percent:g}\u00a0%"
        what_zh, what_en = (
            labels.under(quantity_id, convention, lang) for lang in labels.LANGUAGES
        )
        per_zh, per_en = (labels.label(row.Index, lang) for lang in labels.LANGUAGES)
        name_zh, name_en = f"{what_zh}/{per_zh}", f"{what_en} per {_lower(per_en)}"
        lack_zh = f"（缺：{row.missing_zh}）" if row.missing_zh else ""
        lack_en = f" (missing: {row.missing_en})" if row.missing_en else ""
        about = {"digits": 1, "basis": row.Index, "status": status[row.Index]}
        then = about | {"year": target_year}
        latest = about | {"year": row.latest_year or None}
        just_en = f"that would just give −{fall}"
        names = {
            f"change_{key}": (
                f"{name_zh}，{target_year}年较{base_year}年{lack_zh}",
                f"{name_en}, {target_year} on {base_year}{lack_en}",
            ),
            f"change_{key}_latest": (
                f"{name_zh}，最近可算年份较{base_year}年",
                f"{name_en}, latest year that can be formed on {base_year}",
            ),
            f"breakeven_{key}": (
                f"{target_year}年{what_zh}不高于此值方可下降{fall}",
                f"{what_en} in {target_year} {just_en}",
            ),
            f"allowed_{key}": (
                f"{target_year}年{what_zh}较{base_year}年变化不高于此值方可下降{fall}",
                f"change of {_lower(what_en)}, {target_year} on {base_year}, {just_en}",
            ),
        }
        values = (
            (row.change_percent, "%", then),
            (row.latest_change_percent, "%", latest),
            (row.breakeven, unit, then),
            (row.allowed_change_percent, "%", then),
        )
        made += [
            Claim(id, value, of, label_zh=zh, label_en=en, **about)
            for (id, (zh, en)), (value, of, about) in zip(names.items(), values, strict=True)
        ]
    return made


def pathway_claims(ways: pd.DataFrame, quantity_id: str, status: dict[str, str]) -> list[Claim]:
    """Return required_<quantity>_<basis>_<year>: how fast an intensity must fall from the last year
    known [% a year].

    `ways` is the table of `targets.pathways`; `status` by basis.
    """
    what_zh, what_en = (labels.label(quantity_id, lang) for lang in labels.LANGUAGES)
    return [
        Claim(
            f"required_{quantity_id}_{way.basis}_{way.to_year}",
            way.required_percent,
            "%/yr",
            digits=1,
            basis=way.basis,
            year=way.to_year,
            status=status[way.basis],
            label_zh=f"{what_zh}/{labels.label(way.basis, 'zh')}：{way.from_year}年起每年须变化，以便{way.to_year}年下降{-way.to_percent:g}\u00a0%",
            label_en=f"{what_en} per {_lower(labels.label(way.basis, 'en'))}: change a year from {way.from_year} for "
            f"−{-way.to_percent:g}\u00a0% in {way.to_year}",
        )
        for way in ways.itertuples()
    ]


def who_claims(
    drivers: pd.DataFrame, whose: str, lacking: list[str], status: str = ""
) -> list[Claim]:
    """Return what the company and what the grid did to the emissions [Mt], each a sum of its own,
    from `carriers.drivers`.

    <whose>_company_<basis>_mt on each basis, and <whose>_grid_mt, which is the same on all; with
    _location or _market before _mt where both views were published. Without drivers both are one
    claim without a value, whose label names the metrics that are `lacking`, or the years in common.
    Where the grid cannot be told from green power, its label says so.
    """
    about = {"unit": "MtCO2e", "digits": 2, "status": status}
    if drivers.empty:
        lack = {
            lang: labels.listed([_lower(series.name(each, lang)) for each in lacking], lang)
            for lang in labels.LANGUAGES
        }
        why_zh = (
            f"未公布：{lack['zh']}" if lacking else "所需各项及业务量没有在首年和另一年同时公布"
        )
        why_en = (
            f"not published: {lack['en']}"
            if lacking
            else "not all of it, activity included, is published for the first year and for another"
        )
        return [
            Claim(
                f"{whose}_{who}_mt",
                nan,
                **about,
                label_zh=f"{labels.label(f'did_{who}', 'zh')}（{why_zh}）",
                label_en=f"{labels.label(f'did_{who}', 'en')} ({why_en})",
            )
            for who in ("company", "grid")
        ]
    did, made = lmdi.by_who(drivers, "view", "basis"), []
    of_company = did[did["who"] == "company"].assign(id=lambda rows: "company_" + rows["basis"])
    of_grid = (
        did[did["who"].str.startswith("grid")].drop_duplicates("view").assign(id="grid", basis="")
    )
    for row in pd.concat([of_company, of_grid]).itertuples():
        view = "" if row.view == "as_published" else row.view
        said = {
            lang: [
                labels.label(f"did_{row.who}", lang),
                *(labels.label(each, lang) for each in (row.basis, view) if each),
            ]
            for lang in labels.LANGUAGES
        }
        made.append(
            Claim(
                f"{whose}_{row.id}_{view}_mt".replace("__", "_"),
                row.effect_mt,
                **about,
                basis=row.basis,
                year=int(row.year),
                label_zh="，".join(said["zh"]),
                label_en=", ".join(map(_lower, said["en"])),
            )
        )
    return made


def society_claims(society_mt: pd.Series, years) -> list[Claim]:
    """Return what others are said to have avoided [Mt]: the years that were published, and the
    total if none is missing.

    `society_mt` by year, from `intensity.society_avoided`. A memo, never netted. The target year
    itself counts, the base year does not.
    """
    counted = society_mt.reindex(list(years)[1:])
    absent = [str(year) for year in counted.index[counted.isna()]]
    lack_zh, lack_en = (
        (f"（缺：{'、'.join(absent)} 年）", f" (missing: {', '.join(absent)})")
        if absent
        else ("", "")
    )
    total = nan if absent else float(counted.sum())
    return [
        Claim("society_avoided_mt", float(counted.sum()), "MtCO2e", basis="memo"),
        Claim(
            "society_total_mt",
            total,
            "MtCO2e",
            basis="memo",
            label_zh=f"社会减排合计{lack_zh}",
            label_en=f"society avoided, all years{lack_en}",
        ),
    ]


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
