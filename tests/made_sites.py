"""Small published bundles of made sites: the files that a portfolio reads, figures by a rule."""

import json
from pathlib import Path

import pandas as pd
from ledgers import CERTIFICATE, credit

from neutrality import claims, register
from neutrality.case import tables
from neutrality.report import methods
from neutrality.runner import bundle

YEAR, BASE = 2025, 2023
KG = 1000.0
M2 = 10_000.0


def figures(location_t=1000.0, market_t=400.0, area_m2=M2, base_t=1200.0, **changed):
    """Return the claims of a site by id: value, or (value, low, high, level)."""
    made = {
        "location_t": location_t,
        "market_t": market_t,
        "base_location_t": base_t,
        "base_market_t": base_t,
        "residual_t": (market_t, 0.9 * market_t, 1.1 * market_t, 0.95),
        "residual_u_t": 0.05 * market_t,
        "avoided_green_t": location_t - market_t,
        "credits_needed": market_t,
        "credits_retired": market_t,
        "credits_checked": market_t,
        "electricity_mwh": 2 * location_t,
        "matched_mwh": 2 * (location_t - market_t),
    }
    if area_m2:
        for view, t in (("location", location_t), ("market", market_t)):
            made[f"building_{view}_kg_per_m2"] = KG * t / area_m2
        made["building_kwh_per_m2"] = 2 * KG * location_t / area_m2
    return made | changed


def made(outputs, site, year=YEAR, status="SINGLE", first=1, notebooks=None, about=(), **given):
    """Publish the bundle of a site; its certificates and credits are numbered from `first` on.

    `status` is that of every figure, or one by id; `about` changes what the report prints, `given`
    the figures.
    """
    folder = Path(outputs) / site / str(year)
    area = given.get("area_m2", M2)
    stated = figures(**given)
    claims_of(folder, stated, status, year)
    meta = {"reporting_year": year, "site_en": f"{site} tower", "site_zh": f"{site}大厦"}
    meta |= {"gwp_edition": "AR5", "matching": "Y", "scheme": "ISO 14068-1:2023"} | dict(about)
    (folder / "report.json").write_text(json.dumps(meta), encoding="utf-8")
    yaml = f"reporting_year: {year}\nfloor_area_m2: {area or 0.0}\n"
    (folder / "params.yaml").write_text(yaml, encoding="utf-8")
    for lang in ("zh", "en"):
        (folder / f"report.{lang}.html").write_text(f"<title>{site}</title>", encoding="utf-8")
    put(folder, "tables/data_quality", rated(stated["location_t"]))
    (folder / "inputs").mkdir()
    block = CERTIFICATE | {"serial_from": first, "serial_to": first + 239}
    tables.write(pd.DataFrame([block]), folder / "inputs/certificates.csv")
    tables.write(pd.DataFrame([credit(first, first + 99)]), folder / "inputs/credits.csv")
    for stem in methods.released()["notebook"].unique() if notebooks is None else ():
        methods.write_notebook(stem, folder / "notebooks", stem)
    if notebooks is not None:
        notebooks(folder / "notebooks")
    bundle.describe(folder)
    return folder


def claims_of(folder, stated, status, year):
    rows = []
    for id, given in stated.items():
        value = given if isinstance(given, tuple) else (given,)
        entry = register.find(id)
        of = status if isinstance(status, str) else status.get(id, "SINGLE")
        about = {"unit": register.filled(entry, "unit", {}), "digits": entry.digits}
        about["year"] = BASE if entry.year == "base" else year
        rows.append(
            claims.Claim(
                id,
                value[0],
                **dict(zip(("low", "high", "level"), value[1:], strict=False)),
                **about,
                status=of,
            )
        )
    claims.write(rows, folder / "claims.csv")


def rated(location_t):
    shares = {"measured": 0.7, "billed": 0.2, "estimated": 0.06, "assumed": 0.04}
    rows = [("grid", rating, location_t * share, share, "") for rating, share in shares.items()]
    return pd.DataFrame(rows, columns=["source", "rating", "t_co2e", "share", "evidence"])


def put(folder, name, table):
    path = folder / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def alter(folder):
    """Write the release's notebooks, the third with another last cell."""
    for stem in methods.released()["notebook"].unique():
        path = methods.write_notebook(stem, folder, stem)
        if stem.startswith("03"):
            held = json.loads(path.read_text(encoding="utf-8"))
            held["cells"][-1]["source"] = "residual = 1"
            path.write_text(json.dumps(held), encoding="utf-8")
