"""Amounts compared between base and reporting year and with the building's size: what lost a
source, changed its unit, or jumped, is refused until the case gives a reason.
"""

from __future__ import annotations

import pandas as pd

from neutrality.reference import gases, kinds, units
from neutrality.texts import labels
from neutrality.texts.findings import Finding, in_table

# A slip of units (MJ for GJ, L for m3, kWh for MWh) is a factor of 1000, a slip of the comma one
# of 10; weather and occupancy change a building's yearly amounts by far less.
JUMP = 10.0
# Purchased heat [GJ/m2 a]. The bounds are the authors', a fifth of the first and eight times the
# second of two published figures: a passive house needs at most 15 kWh/m2 (0.054 GJ; Passive House
# Institute), the towns of northern China take 5.95 billion GJ for 15.6 billion m2 (0.38 GJ;
# Tsinghua University, Decarbonize Urban Heating System, 2024, section 3.1). So wide, they find
# slips of units, which are factors of 1000, and no building that is merely good or bad.
_HEAT_GJ_PER_M2 = (0.01, 3.0)
# [t/head a] burned by a building. No published figure was found: the bound is the authors', two
# orders above an office heated by gas, so that only slips of units, or a plant, are beyond it.
_FUEL_CO2_T_PER_HEAD = 100.0
# A listed source that emits less [t/head a] is no building's: a canteen burns some m3 of gas a head
# (0.002 t/m3), and one small refill of refrigerant is some 0.3 t.
_LEAST_T_PER_HEAD = {"natural_gas": 5e-4, kinds.RELEASED: 5e-5}
_SLIP = 1000.0  # m3 as L, kg as g
# Fuels that may be of vehicles which the site does not own: outside scope 1 with a reason only.
_OF_VEHICLES = ("diesel", "petrol")
_SAME_BILL = ["month", "kind", "amount", "unit"]
# What buildings have as a rule; a case without them says so by a row of amount 0 with a reason.
_USUAL = (kinds.HEAT, "natural_gas", kinds.RELEASED)


def refuse(activities: pd.DataFrame, factors: pd.DataFrame, years: tuple[int, int]) -> None:
    """Raise ValueError, one line each, for what makes a total smaller without a word of why.

    `years` are the base and the reporting year. Refused are a counted source that the base year
    has and the reporting year lacks (a row of amount 0 with a reason says that it stopped), and,
    unless the column `reason` says why, a source whose amounts of the reporting year are all 0, a
    unit that the base year does not have, and a yearly amount that changed tenfold or more; and
    heat, fuels and refrigerants of a building outside scopes 1 and 2: diesel and petrol may be of
    others' vehicles, and need a reason there; of the others only the upstream part of what is
    counted, a row of the same month and amount, may stand there.
    """
    rows = with_kind(activities, factors)
    base, reporting = (counted(rows, year) for year in years)
    found = _lost(base, reporting, years) + _unused(reporting, years)
    found += _other_units(base, reporting, years)
    found += _jumps(base, reporting, years) + _outside(rows, years)
    if found:
        raise ValueError("\n".join(f"activities.csv{sentence}" for sentence in found))


def with_kind(activities: pd.DataFrame, factors: pd.DataFrame) -> pd.DataFrame:
    """Return activities whose factor is known, with year, kind, and the item that is compared:
    the source, of gases released source and gas; t_gas is what factors of CO2 and CO2e give [t].
    """
    rows = activities[activities["factor_id"].isin(factors.index)]
    same = ["source", "scope", "unit", "factor_id"]
    groups = rows[same].drop_duplicates()
    kind = [kinds.kind(row, factors.loc[row.factor_id]) for _, row in groups.iterrows()]
    rows = rows.join(groups.assign(kind=kind).set_index(same)["kind"], on=same)
    gas = (" (" + rows["factor_id"] + ")").where(rows["kind"] == kinds.RELEASED, "")
    of_row = rows["factor_id"].map(factors["value"]).astype(float) * _ratios_to_t(rows, factors)
    in_co2 = rows["factor_id"].map(factors["gas"]).isin(("CO2", "CO2e"))
    reason = rows["reason"] if "reason" in rows else pd.Series("", rows.index)
    return rows.assign(
        year=rows["month"].str[:4].astype("int64"),
        item=rows["source"] + gas,
        reason=reason.fillna(""),
        t_gas=(rows["amount"] * of_row).where(in_co2, 0.0),
    )


def _ratios_to_t(rows: pd.DataFrame, factors: pd.DataFrame) -> pd.Series:
    """Return the tonnes of gas that a unit of each row gives at a factor of 1; 0 where the factor
    is of another unit, which is refused elsewhere.
    """
    pairs = list(zip(rows["unit"], rows["factor_id"].map(factors["unit"]), strict=True))
    fitting = {pair: kinds.fits(*pair) for pair in set(pairs)}
    ratio = {pair: kinds.t_per_unit(*pair) if fits else 0.0 for pair, fits in fitting.items()}
    return pd.Series([ratio[pair] for pair in pairs], rows.index, dtype=float)


def counted(rows: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the rows of a year's inventory."""
    return rows[(rows["year"] == year) & (rows["line"] == "inventory")]


def _lost(base: pd.DataFrame, reporting: pd.DataFrame, years: tuple[int, int]) -> list[str]:
    had = base.groupby("source")["amount"].sum()
    emitted_t = base.groupby("source")["t_gas"].sum()
    gone = [source for source in had.index[had > 0] if source not in set(reporting["source"])]
    return [
        f": source '{source}' has rows in {years[0]} ({emitted_t[source]:,.1f} t of CO2 or CO2e) "
        f"and none in the inventory of {years[1]}; add its bills, or, if it stopped, a row of "
        f"{years[1]} with amount 0 and why in the column reason"
        for source in gone
    ]


def _unused(reporting: pd.DataFrame, years: tuple[int, int]) -> list[str]:
    """Return a sentence for each listed source that uses nothing and does not say why."""
    found = []
    for source, rows in reporting.groupby("source"):
        if not rows["amount"].any() and not rows["reason"].any():
            found.append(
                f", row {rows.index[0]}, column amount: found 0 in all of {years[1]} for "
                f"'{source}'; enter its bills, or say in the column reason why nothing was used"
            )
    return found


def _other_units(base: pd.DataFrame, reporting: pd.DataFrame, years: tuple[int, int]) -> list[str]:
    found = []
    for item, rows in reporting[reporting["reason"] == ""].groupby("item"):
        had = set(base["unit"][base["item"] == item])
        other = rows[~rows["unit"].isin(had) & (rows["amount"] > 0)]
        if had and len(other):
            found.append(
                f", row {other.index[0]}, column unit: found '{other['unit'].iloc[0]}' for "
                f"{item}, which has {' and '.join(sorted(had))} in {years[0]}; convert it to the "
                "same unit, or say why in the column reason"
            )
    return found


def _yearly(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the amount of each item and dimension of a year in its first unit, with the unit."""
    dimension = rows["unit"].map({unit: _dimension(unit) for unit in rows["unit"].unique()})
    first = rows.groupby(["item", dimension], sort=False)["unit"]
    common = rows.assign(dimension=dimension, common=first.transform("first"))
    ratio = _ratios(common["unit"], common["common"])
    summed = common.assign(amount=common["amount"] * ratio).groupby(["item", "dimension"])
    return summed.agg({"amount": "sum", "common": "first", "reason": _first_reason})


def _ratios(from_units: pd.Series, to_units: pd.Series) -> list[float]:
    """Return how many of the second unit one of the first is, row by row."""
    pairs = list(zip(from_units, to_units, strict=True))
    ratio = {(a, b): 1.0 if a == b else units.convert(1.0, a, b) for a, b in set(pairs)}
    return [ratio[pair] for pair in pairs]


def _dimension(unit: str) -> str:
    try:
        return units.dimension(unit)
    except ValueError:
        return unit  # a unit of one's own, such as a room-night


def _first_reason(reasons: pd.Series) -> str:
    return next(filter(None, reasons), "")


def compared(base: pd.DataFrame, reporting: pd.DataFrame) -> pd.DataFrame:
    """Return the items of both years with amounts above 0, in the reporting year's unit."""
    both = _yearly(base).add_suffix("_base").join(_yearly(reporting), how="inner")
    both = both[(both["amount_base"] > 0) & (both["amount"] > 0)]
    ratio = _ratios(both["common_base"], both["common"])
    both = both.assign(amount_base=both["amount_base"] * ratio)
    return both.assign(ratio=both["amount"] / both["amount_base"]).reset_index()


def _jumped(base: pd.DataFrame, reporting: pd.DataFrame) -> pd.DataFrame:
    both = compared(base, reporting)
    return both[(both["ratio"] >= JUMP) | (both["ratio"] <= 1 / JUMP)]


def _jumps(base: pd.DataFrame, reporting: pd.DataFrame, years: tuple[int, int]) -> list[str]:
    return [
        f": {row.item} changed from {row.amount_base:,.6g} {row.common} in {years[0]} to "
        f"{row.amount:,.6g} {row.common} in {years[1]}, tenfold or more; correct the unit or the "
        f"amounts, or say why in the column reason of a row of {years[1]}"
        for row in _jumped(base, reporting).itertuples()
        if not row.reason
    ]


def _outside(rows: pd.DataFrame, years: tuple[int, int]) -> list[str]:
    """Return a sentence for each source of a building's own energy outside scopes 1 and 2."""
    burned = (*kinds.OF_BUILDINGS, *_OF_VEHICLES)
    lines = rows[rows["year"].isin(years) & rows["kind"].isin(burned) & (rows["amount"] > 0)]
    scope = lines["scope"].astype(int)
    bills = zip(*(lines[each] for each in _SAME_BILL), strict=True)
    same = pd.Series(bills, lines.index, dtype=object)
    billed = same[(lines["line"] == "inventory") & scope.isin((1, 2))]
    of_others = lines["kind"].isin(_OF_VEHICLES) & (lines["reason"] != "")
    out = lines[(scope == 3) & ~same.isin(set(billed)) & ~of_others]
    return [
        f", row {group.index[0]}, column scope: found '{group['scope'].iloc[0]}' and line "
        f"'{group['line'].iloc[0]}' for {source} ({group['t_gas'].sum():,.1f} t of CO2 or CO2e); "
        f"what a building burns, buys as heat or leaks is scope 1 or 2 of the inventory: correct "
        f"scope and line{_remedy(group['kind'].iloc[0])}"
        for source, group in out.groupby("source")
    ]


def _remedy(kind: str) -> str:
    """Return what else may be done about fuel outside scope 1."""
    if kind in _OF_VEHICLES:
        return ", or, for vehicles that the site does not own, say so in the column reason"
    return ""


def findings(
    activities: pd.DataFrame,
    emitted: pd.DataFrame,
    factors: pd.DataFrame,
    years: tuple[int, int],
    floor_area_m2: float = 0.0,
    occupants: float = 0.0,
) -> list[Finding]:
    """Return what is odd in the amounts of both years, each with its size [tCO2e].

    `emitted` are the tonnes of the rows of `activities`; the size of the building is 0 where it is
    not given.
    """
    rows = with_kind(activities, factors).assign(t_co2e=emitted["t_co2e"])
    base, reporting = (counted(rows, year) for year in years)
    found = _reasons(base, reporting, years) + _stopped(base, reporting, years)
    found += _never(base, reporting, years)
    found += _lost_gases(base, reporting, years) + _later(rows, years[1])
    found += _apart(rows[rows["year"] == years[1]], years[1]) + _unstated(rows, years)
    found += _small(reporting, years[1], occupants)
    return found + _for_its_size(reporting, years[1], floor_area_m2, occupants)


def _names(source: str) -> dict[str, str]:
    return {f"name_{lang}": labels.label(source, lang) for lang in labels.LANGUAGES}


def _reasons(base: pd.DataFrame, reporting: pd.DataFrame, years: tuple[int, int]) -> list[Finding]:
    """Return a finding for each source whose rows of the year give a reason, which it quotes;
    what is used in neither year is told by `_never`.
    """
    found: list[Finding] = []
    for source, rows in reporting[reporting["reason"] != ""].groupby("source", sort=False):
        base_t = base["t_co2e"][base["source"] == source].sum()
        now_t = reporting["t_co2e"][reporting["source"] == source].sum()
        if not base_t and not now_t:
            continue  # told by `_never`
        quoted = _names(source) | {"base_year": years[0], "year": years[1], "base_t": base_t}
        quoted |= {"now_t": now_t, "reason": "; ".join(dict.fromkeys(rows["reason"]))}
        found += in_table("activities", "reason_given", t_co2e=now_t - base_t, **quoted)
    return found


def _stopped(base: pd.DataFrame, reporting: pd.DataFrame, years: tuple[int, int]) -> list[Finding]:
    """Return a finding for each source with months of amount 0, sized by the same months of the
    base year; a single row of 0 that stands for the whole year by the whole base year.
    """
    found: list[Finding] = []
    for source, rows in reporting.groupby("source", sort=False):
        by_month = rows.groupby(rows["month"].str[5:])["amount"].sum()
        zero = by_month.index[by_month == 0]
        before = base[base["source"] == source]
        if len(zero) < len(by_month):
            before = before[before["month"].str[5:].isin(zero)]
        if len(zero) and before["t_co2e"].sum() > 0:
            quoted = _names(source) | {"base_year": years[0], "year": years[1]}
            size_t = -before["t_co2e"].sum()
            found += in_table(
                "activities", "source_stopped", months=len(zero), t_co2e=size_t, **quoted
            )
    return found


def _never(base: pd.DataFrame, reporting: pd.DataFrame, years: tuple[int, int]) -> list[Finding]:
    """Return one finding on the sources of which neither year has any, with the reasons given:
    what they would emit, nobody knows.
    """
    used = pd.concat([base, reporting]).groupby("source")["amount"].sum()
    zero = reporting[reporting["source"].isin(used.index[used == 0])]
    if zero.empty:
        return []
    said = zero.groupby("source", sort=False)["reason"].agg(_first_reason)
    listed = {
        f"listed_{lang}": mark.join(
            form.format(labels.label(source, lang), reason) for source, reason in said.items()
        )
        for lang, form, mark in (("zh", "{}（“{}”）", "；"), ("en", "{} ('{}')", "; "))
    }
    return in_table("activities", "never_used", base_year=years[0], year=years[1], **listed)


def _lost_gases(
    base: pd.DataFrame, reporting: pd.DataFrame, years: tuple[int, int]
) -> list[Finding]:
    """Return a finding for each Kyoto gas that the base year has and the reporting year lacks,
    while its source goes on with other gases.
    """
    kyoto = gases.families().kyoto
    gone = base[(base["kind"] == kinds.RELEASED) & ~base["item"].isin(reporting["item"])]
    gone = gone[gone["source"].isin(reporting["source"])]
    gone = gone[gone["factor_id"].map(kyoto) != "false"]
    return [
        finding
        for (source, gas), rows in gone.groupby(["source", "factor_id"], sort=False)
        for finding in in_table(
            "activities",
            "gas_lost",
            gas=gas,
            base_year=years[0],
            year=years[1],
            t_co2e=-rows["t_co2e"].sum(),
            **_names(source),
        )
    ]


def _later(rows: pd.DataFrame, year: int) -> list[Finding]:
    """Return a finding for counted rows that are dated after the reporting year."""
    after = rows[(rows["year"] > year) & (rows["line"] == "inventory")]
    if after.empty:
        return []
    size_t = -after["t_co2e"].sum()
    return in_table("activities", "dated_later", rows=len(after), year=year, t_co2e=size_t)


def _apart(rows: pd.DataFrame, year: int) -> list[Finding]:
    """Return a finding for each source of the year that could be the building's own and is in no
    total: fuels and heat on memo lines, and gases outside the Kyoto list.
    """
    burned = [*kinds.OF_BUILDINGS, *_OF_VEHICLES]
    memo = rows[(rows["line"] == "memo") & rows["kind"].isin(burned)]
    kyoto = rows["factor_id"].map(gases.families().kyoto)
    other = rows[(rows["line"] == "inventory") & (kyoto == "false")]
    return [
        finding
        for rule, told in (("memo_energy", memo), ("outside_kyoto", other))
        for source, group in told[told["t_co2e"] > 0].groupby("source", sort=False)
        for finding in in_table(
            "activities", rule, year=year, t_co2e=-group["t_co2e"].sum(), **_names(source)
        )
    ]


def _unstated(rows: pd.DataFrame, years: tuple[int, int]) -> list[Finding]:
    """Return a finding where the case says nothing, not even 0, of what buildings usually have."""
    held = set(rows["kind"][rows["year"].isin(years)])
    missing = [kind for kind in _USUAL if kind not in held]
    if not missing:
        return []
    names = {
        f"names_{lang}": ("、" if lang == "zh" else ", ").join(
            labels.label(f"kind_{kind}", lang) for kind in missing
        )
        for lang in labels.LANGUAGES
    }
    return in_table("activities", "source_unstated", **names)


def _small(reporting: pd.DataFrame, year: int, occupants: float) -> list[Finding]:
    """Return a finding for each source that is too small for any building of so many people, as
    where both years have a unit a thousand times too small; the size is what it would be then.
    """
    found: list[Finding] = []
    summed = reporting.groupby(["source", "kind"], sort=False)["t_co2e"].sum()
    for (source, kind), t in summed[summed > 0].items():
        least = _LEAST_T_PER_HEAD.get(kind, 0.0)
        if occupants and t / occupants < least:
            quoted = {"per_head": t / occupants, "least": least, "year": year}
            size_t = t - _SLIP * t
            found += in_table(
                "activities", "small_per_head", t_co2e=size_t, **quoted, **_names(source)
            )
    return found


def _for_its_size(
    reporting: pd.DataFrame, year: int, floor_area_m2: float, occupants: float
) -> list[Finding]:
    """Return a finding where heat per m2 or fuel per head is far from any building's.

    The size is what the inventory is away from the nearest plausible amount, or, where a unit a
    thousand times larger makes it plausible, from that [tCO2e].
    """
    found: list[Finding] = []
    heat = reporting[(reporting["kind"] == kinds.HEAT) & (reporting["amount"] > 0)]
    heat = heat[heat["unit"].map(_dimension) == units.dimension("GJ")]
    if floor_area_m2 and len(heat):
        parts = zip(heat["amount"], heat["unit"], strict=True)
        per_m2 = sum(units.convert(amount, unit, "GJ") for amount, unit in parts) / floor_area_m2
        low, high = _HEAT_GJ_PER_M2
        if not low <= per_m2 <= high:
            heat_t = heat["t_co2e"].sum()
            slip = per_m2 < low <= per_m2 * _SLIP <= high  # GJ as MJ in both years
            size_t = heat_t - heat_t * (_SLIP if slip else min(max(per_m2, low), high) / per_m2)
            quoted = {"per_m2": per_m2, "low": low, "high": high, "year": year}
            found += in_table("activities", "heat_per_m2", t_co2e=size_t, **quoted)
    fuels = reporting[~reporting["kind"].isin((kinds.HEAT, kinds.RELEASED, kinds.ELECTRICITY))]
    per_head = fuels["t_co2e"].sum() / occupants if occupants else 0.0
    if per_head > _FUEL_CO2_T_PER_HEAD:
        size_t = (per_head - _FUEL_CO2_T_PER_HEAD) * occupants
        quoted = {"per_head": per_head, "limit": _FUEL_CO2_T_PER_HEAD, "year": year}
        found += in_table("activities", "fuel_per_head", t_co2e=size_t, **quoted)
    return found
