"""Figures of the report as a whole: the bridge and the audit.

A table and a language in, axes out.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from neutrality.texts import drawing, labels

# Colour of each verdict, in the order of the scorecard; the last is shown only where it was given.
NO_VERDICT = "no verdict"
_FACES = {
    "holds": "#2f8577",
    "fails": "#b5482f",
    "not decidable": "#8a7fa3",
    "by construction": "#9aa5ad",
    NO_VERDICT: "#d5d8da",
}
_NAME_AT = {"zh": 7, "en": 19}  # [characters] at which a verdict's name takes another line
_NARROW_NAME_AT = {"zh": 5, "en": 12}
_SQUARES = 10  # squares in a row of a box, before a second row makes them narrower


def bridge(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the bridge from the counterfactual to zero [tCO2e] of a table of `bridge.steps`, with
    the interval of what is modelled.
    """
    _, axes = drawing.axes(2.2)
    table = _given(table)
    # Credits that were not checked lead to no level: they stand apart. Of the two steps that are
    # modelled the level has the interval.
    apart = table["step"] == "credits_unchecked"
    shown = table.assign(
        t_co2e=table["t_co2e"].mask(apart, -table["t_co2e"]),
        total=table["total"] | apart,
        low_t=table["low_t"].where(table["total"]),
    )
    drawing.waterfall(axes, shown, ("counterfactual", "savings", "credits_unchecked"))
    names = [drawing.name(f"bridge_{step}", lang, case) for step in table["step"]]
    drawing.names_below(axes, [name.replace(" ", "\n").replace("-", "-\n") for name in names])
    return axes


def _given(table: pd.DataFrame) -> pd.DataFrame:
    """Return the steps without those of green power and credits that this case does not have, and
    without the level that a step left out leads to.
    """
    without = {
        step
        for step, level in (("matched_green", "market"), ("credits", "remaining"))
        if (table.loc[table["step"] == step, "t_co2e"] == 0).all()
        for step in (step, level)
    }
    if table["step"].eq("uncovered_factor").any():
        without -= {"market"}
    return table[~table["step"].isin(without)].reset_index(drop=True)


def verdicts(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw a scorecard: a box a verdict with how many it was given, and a square for each of them.

    `table` has a column verdict, one row for each thing that was audited.
    """
    _, axes = drawing.axes(1.35)
    counts = table["verdict"].value_counts()
    shown = [verdict for verdict in _FACES if verdict in counts or verdict != NO_VERDICT]
    for place, verdict in enumerate(shown):
        at = (_NARROW_NAME_AT if drawing.is_narrow() else _NAME_AT)[lang]
        name = textwrap.fill(labels.label(verdict, lang, case), at)
        _score(axes, place, name, counts.get(verdict, 0))
        _squares(axes, place, counts.get(verdict, 0), _FACES[verdict])
    axes.set_xlim(-0.05, len(shown) + 0.05)
    axes.set_ylim(-0.02, 1.02)
    axes.set_axis_off()
    return axes


def _score(axes: Axes, place: int, name: str, count: int) -> None:
    """Write how often a verdict was given, and its name below."""
    text = {"ha": "center", "color": "#22292e"}
    size = 6 if drawing.is_narrow() else 8
    axes.annotate(f"{count}", (place + 0.5, 0.83), va="center", fontsize=17, **text)
    axes.annotate(name, (place + 0.5, 0.66), va="top", fontsize=size, linespacing=1.2, **text)


def _squares(axes: Axes, place: int, count: int, colour: str) -> None:
    """Draw a box around a verdict, and a small square for each time it was given."""
    edge = {"facecolor": "none", "edgecolor": colour, "linewidth": 1.4}
    axes.add_patch(Rectangle((place + 0.03, 0), 0.94, 1, **edge))
    across = max(_SQUARES, -(-count // 2))  # two rows at most
    for each in range(count):
        row, column = divmod(each, across)
        corner = (place + 0.08 + column * 0.84 / across, 0.17 - row * 0.11)
        axes.add_patch(Rectangle(corner, 0.84 / across * 0.8, 0.08, facecolor=colour))
