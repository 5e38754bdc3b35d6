"""The structure of the package: which wing and room may import which (`make house` draws it)."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "neutrality"

# From the bottom: a wing imports from lower floors only, never from its own.
FLOORS = (
    ("sheets",),
    ("texts",),
    ("reference",),
    ("case", "inventory"),
    ("register", "files"),
    ("lineage",),
    ("claims",),
    ("energy", "ledger", "report"),
    ("trend", "green", "offset", "intake"),
    ("stores",),
    ("runner",),
    ("verifier",),
    ("portfolio",),
    ("commands",),
    ("cli",),
)
# The same inside a wing: a room imports from rooms of lower floors only.
ROOMS = {
    "texts": (
        ("labels", "findings", "hints", "repeats", "side_by_side"),
        ("fonts", "messages"),
        ("pictures", "svg"),
        ("drawing",),
    ),
    "reference": (
        ("status", "units", "published", "schemes"),
        ("gases",),
        ("emission_factors",),
        ("grid_factors", "kinds"),
        ("own_factors",),
    ),
    "case": (
        ("alike", "schemas", "thresholds", "arrays", "encodings"),
        ("columns", "writing"),
        ("headings",),
        ("tables",),
        ("assertions", "illustration", "names"),
    ),
    "files": (
        ("cells", "kinds", "numbers", "binary_records"),
        ("number_formats", "text_files", "green_button", "heading_lines", "total_rows"),
        ("workbook_styles",),
        ("workbook_marks",),
        ("workbooks", "layout"),
        ("opening",),
    ),
    "inventory": (
        ("activities", "views"),
        ("attribution", "change", "neighbours", "plausibility", "quality"),
        ("falls",),
    ),
    "energy": (
        (
            "meters",
            "calendars",
            "towt",
            "charts",
            "bands",
            "month_models",
            "day_weather",
            "period_ridge",
            "step_filter",
        ),
        ("hour_ridge",),
        ("savings", "baseline", "periods", "degree_days"),
        ("attribution", "reading_checks"),
        (
            "sufficiency",
            "period_checks",
            "bill_checks",
            "site_load",
            "models",
            "screen",
            "adjustments",
        ),
        ("evidence", "events", "clocks"),
    ),
    "ledger": (
        (
            "ranges",
            "spelling",
            "reporters",
            "claim_years",
            "export_headings",
            "export_values",
            "certificate_months",
        ),
        ("export_files",),
        ("serials", "certificate_forms", "certificate_periods", "certificate_kinds"),
        (
            "certificate_serials",
            "certificate_blocks",
            "credit_serials",
            "plant_projects",
            "retirement_text",
        ),
        (
            "certificates",
            "credits",
            "export_columns",
            "export_rows",
            "ledger_files",
            "certificate_rows",
        ),
        ("registry", "certificate_lists", "double_claims"),
    ),
    "report": (
        (
            "audit",
            "bridge",
            "crosschecks",
            "methods",
            "exhibits",
            "open_evidence",
            "clauses",
            "formulas",
            "word",
            "templates",
            "disclosures",
            "charts",
        ),
        ("origins", "columns"),
        ("pages",),
        ("answers", "sentences", "placeholders"),
        ("report",),
    ),
    "trend": (
        ("series", "lmdi", "charts"),
        ("intensity", "carriers", "building"),
        ("targets", "peers"),
        ("statements",),
    ),
    "green": (("coverage", "rules", "charts"), ("criteria",)),
    "offset": (("uncertainty", "charts"), ("sizing",), ("residual", "stress")),
    "stores": (("layout",), ("plan",), ("work",), ("savings_by_meter", "green_by_meter")),
    "commands": (("shared",), ("cases", "files", "lists", "bundles", "portfolios", "stores")),
    "verifier": (
        ("received", "verdicts", "sshsig", "timestamps", "years", "sampling", "sketch"),
        ("printed", "recalculation", "statements"),
        ("actions",),
        ("signatures", "making"),
        ("verify", "replay"),
        ("told", "compare", "bench", "opinion"),
    ),
    "intake": (
        ("moments", "intervals", "registers", "mapping", "bills_by_month"),
        ("fields", "spans", "merging"),
        ("amounts", "naming", "source", "evidence"),
        ("drafts",),
        ("multipliers", "bill_columns"),
        ("values", "once", "reconcile"),
        ("taking",),
        ("timing", "into_tables"),
        ("proposing",),
        ("importing",),
    ),
    "portfolio": (
        ("turn", "storage", "stated", "wording", "bars"),
        ("site", "cases"),
        ("workers", "summary", "warm", "stored", "places"),
        ("overview",),
        ("rows", "book", "remote"),
        ("parcel", "page"),
        ("apart", "publishing"),
        ("cluster",),
        ("batch", "progress"),
    ),
    "runner": (
        (
            "parameters",
            "yaml_file",
            "refusals",
            "locks",
            "given",
            "unfilled",
            "cache",
            "garbage",
            "members",
            "warm",
        ),
        ("kernels", "listings", "console", "unchanged"),
        ("advice",),
        ("checks", "release"),
        ("bundle",),
        ("provenance", "reuse"),
        ("crate", "ahead"),
        ("engine",),
        ("execution",),
        ("run", "new", "outputs"),
    ),
}


def height(floors, name):
    """Return the floor of a name; ValueError where it has none."""
    for level, names in enumerate(floors):
        if name in names:
            return level
    raise ValueError(f"{name} has no floor: give it one in tests/house.py")


def modules():
    """Return the path of each module by its dotted name, front doors left out."""
    return {
        path.relative_to(SRC).with_suffix("").as_posix().replace("/", "."): path
        for path in sorted(SRC.rglob("*.py"))
        if not path.stem.startswith("__")
    }


def imports(path, known):
    """Return the modules of the package that a file imports."""
    return imported(path.read_text(encoding="utf-8"), path.parent.relative_to(SRC).parts, known)


def imported(text, folder, known):
    """Return the known modules that a text in a folder of the package imports, in any form."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.removeprefix("neutrality.") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            inside = ("neutrality", *folder)
            base = ".".join(inside[: len(inside) + 1 - node.level]) if node.level else ""
            base = ".".join(filter(None, [base, node.module or ""]))
            if base.split(".")[0] == "neutrality":
                base = base.removeprefix("neutrality").strip(".")
                full = [f"{base}.{alias.name}".strip(".") for alias in node.names]
                found |= {name if name in known else base for name in full}
    return found & set(known)


def wings(known):
    """Return the wings that each wing imports."""
    drawn = {}
    for name, path in known.items():
        wing = name.split(".")[0]
        drawn.setdefault(wing, set()).update(other.split(".")[0] for other in imports(path, known))
    return {wing: sorted(others - {wing}) for wing, others in drawn.items()}


def picture():
    """Return the imports between wings as graphviz text, a line a wing, from the top floor down."""
    drawn = wings(modules())
    lines = ["digraph neutrality {"]
    for floor in reversed(FLOORS):
        lines.append(f"  {{ rank=same; {'; '.join(floor)} }}")
        lines += [f"  {wing} -> {{ {' '.join(drawn[wing])} }}" for wing in floor if drawn[wing]]
    return "\n".join([*lines, "}"])


if __name__ == "__main__":
    sys.stdout.write(picture() + "\n")
