"""The arithmetic by which a claim follows from others, checked against its value before it is
shown.

`texts/formulas.csv` has a row for each claim of the register that is plain arithmetic on its
inputs. Operands are claims, published factors and coefficients, `grid:<role>`, `parameter:<name>`
(a * takes the claim's own), and in capitals constants of `units`; `ceil` rounds up, `min` takes the
smaller.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from functools import cache

from neutrality import register, sheets
from neutrality.reference import units
from neutrality.texts import hints

# Relative, as far as the claims of other notebooks were read back with all their digits; absolute
# for a difference that is float noise.
_CLOSE = 1e-9
_OPERAND = re.compile(r"[a-z]\w*:[\w*]+|[A-Za-z]\w*")
_FUNCTIONS = {"ceil": math.ceil, "min": min}
_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def formula(claim_id: str, inputs: str = "") -> str:
    """Return the formula of a claim, or an empty text; a * is filled from its inputs if one fits.

    >>> formula("building_kwh_per_m2", "electricity_mwh;parameter:floor_area_m2")
    'electricity_mwh * KWH_PER_MWH / parameter:floor_area_m2'
    """
    written = _listed().get(register.find(claim_id).id, "") if register.holds(claim_id) else ""
    own = [each for each in inputs.split(";") if each.startswith("parameter:")]
    if "parameter:*" in written:
        return written.replace("parameter:*", own[0]) if len(own) == 1 else ""
    return written


@cache
def _listed() -> dict[str, str]:
    return sheets.packaged("texts/formulas.csv").set_index("id")["formula"].to_dict()


def operands(written: str) -> list[str]:
    """Return what a formula names, in its order, without functions.

    >>> operands("ceil((load_mwh - grid:x) * KWH_PER_MWH)")
    ['load_mwh', 'grid:x', 'KWH_PER_MWH']
    """
    return [each for each in _OPERAND.findall(written) if each not in _FUNCTIONS]


def constant(name: str) -> float:
    """Return a constant of `units`; ValueError, with the nearest, for another name."""
    known = [each for each in vars(units) if each.isupper() and not each.startswith("_")]
    if name not in known:
        raise ValueError(f"units has no constant {name}{hints.did_you_mean(name, known)}")
    return float(getattr(units, name))


def holds(value: float, result: float) -> bool:
    """Return whether a formula's result is the claim's value, to 1e-9 of it."""
    return math.isclose(value, result, rel_tol=_CLOSE, abs_tol=_CLOSE)


def result(written: str, values: Mapping[str, float]) -> float:
    """Return what a formula gives for the values of its operands; NaN where one is not known.

    ValueError for anything but + - * /, ceil and min.

    >>> result("(a - b) * grid:x", {"a": 3.0, "b": 1.0, "grid:x": 0.5})
    1.0
    """
    plain = _OPERAND.sub(lambda found: found[0].replace(":", "__"), written)
    known = {name.replace(":", "__"): value for name, value in values.items()}
    return float(_value(ast.parse(plain, mode="eval").body, known))


def _value(node: ast.expr, known: Mapping[str, float]) -> float:
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.left, known), _value(node.right, known))
    if isinstance(node, ast.Call) and node.func.id in _FUNCTIONS:
        given = [_value(each, known) for each in node.args]
        return math.nan if any(map(math.isnan, given)) else _FUNCTIONS[node.func.id](*given)
    if isinstance(node, ast.Name):
        return constant(node.id) if node.id.isupper() else known.get(node.id, math.nan)
    raise ValueError(f"a formula has + - * /, ceil and min, not {ast.unparse(node)!r}")


def written_with(written: str, shown: Callable[[str], str]) -> str:
    """Return a formula as people write it, each operand and function as `shown` gives it.

    >>> written_with("ceil(a_t * b - c)", lambda name: {"ceil": "up "}.get(name, name.upper()))
    'up (A_T × B − C)'
    """
    signs = {" * ": " × ", " / ": " ÷ ", " - ": " − "}
    named = re.compile(f"{_OPERAND.pattern}| [*/-] ")
    return named.sub(lambda found: signs.get(found[0]) or shown(found[0]), written)
