"""Ridge regressions of many meters at once, for periods that all meters share or that each has.

Arrays lead with an axis v, which is 1 where all meters share the periods and else the number of
meters m; n are periods. With columns X, prior variance P of their coefficients and noise N, the
readings y have the covariance S = X P X' + N. Its inverse R gives all that is needed: coefficients
P X' R y, and the error of each reading predicted from all the others, (R y)_i / R_ii.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_TINY = 1e-12


@dataclass(frozen=True)
class Solved:
    """`weighted` R y (m, n), 0 where not read; `inverse` R (v, n, n); `diagonal` of each meter's R
    (m, n), without periods not read."""

    weighted: np.ndarray
    inverse: np.ndarray
    diagonal: np.ndarray

    @property
    def left_out(self) -> np.ndarray:
        """The error of each reading (m, n) predicted from all other readings; 0 where not read."""
        return self.weighted / self.diagonal


def inverse(columns: np.ndarray, variance: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Return R (v, n, n) of columns (v, n, p), coefficients' variance (p) and noise (v, n)."""
    covariance = (columns * variance) @ columns.swapaxes(1, 2)
    at = np.arange(noise.shape[1])
    covariance[:, at, at] += noise
    return np.linalg.inv(covariance)


def solve(inverse: np.ndarray, readings: np.ndarray) -> Solved:
    """Return R y of readings (m, n), NaN where not read, exactly as if such periods were not there.

    A missing reading is replaced by what the others make most likely, for which its R y is zero.
    """
    known = np.isfinite(readings)
    filled = np.where(known, readings, 0.0)
    diagonal = np.repeat(
        np.einsum("vnn->vn", inverse), len(readings) if len(inverse) == 1 else 1, axis=0
    )
    gaps = np.flatnonzero(~known.all(axis=1))
    if len(gaps):
        own = inverse if len(inverse) == 1 else inverse[gaps]
        filled[gaps], less = _fill(own, filled[gaps], known[gaps])
        diagonal[gaps] = diagonal[gaps] - less
    weighted = _times(inverse, filled) * known
    return Solved(weighted, inverse, np.where(known, np.maximum(diagonal, _TINY), 1.0))


def _times(inverse: np.ndarray, readings: np.ndarray) -> np.ndarray:
    """Return R y (m, n) of readings (m, n)."""
    if len(inverse) == 1:
        return readings @ inverse[0]
    return (inverse @ readings[..., None])[..., 0]


def _fill(inverse, readings, known) -> tuple[np.ndarray, np.ndarray]:
    """Return the readings (m, n) with likely values where not known, and by how much the diagonal
    of R is less without those periods (m, n).
    """
    most = int((~known).sum(axis=1).max())
    at = np.argsort(known, axis=1, kind="stable")[:, :most]  # periods not read come first
    missing = ~np.take_along_axis(known, at, 1)
    meter = np.arange(len(at))[:, None] if len(inverse) > 1 else np.zeros((len(at), 1), int)
    across = np.where(missing[..., None], inverse[meter, at], 0.0)  # m, k, n
    block = np.take_along_axis(across, at[:, None], 2) * missing[:, None]
    block += np.eye(most) * ~missing[:, None]
    right = -(across @ readings[..., None]) * missing[..., None]
    filled = readings.copy()
    values = np.linalg.solve(block, right)[..., 0]
    np.put_along_axis(filled, at, np.where(missing, values, np.take_along_axis(filled, at, 1)), 1)
    return filled, (across * np.linalg.solve(block, across)).sum(axis=1)


def coefficients(columns: np.ndarray, variance: np.ndarray, weighted: np.ndarray) -> np.ndarray:
    """Return the coefficients (m, p) of columns (v, n, p) by R y (m, n)."""
    if len(columns) == 1:
        return (weighted @ columns[0]) * variance
    return (weighted[:, None] @ columns)[:, 0] * variance


def beside(
    solved: Solved, readings: np.ndarray, columns: np.ndarray, variance: float
) -> tuple[Solved, np.ndarray]:
    """Return what `solve` would with some more columns of each meter (m, n, q), and their
    coefficients (m, q) (Woodbury's identity).
    """
    known, count = np.isfinite(readings), columns.shape[2]
    if not count:
        return solved, np.zeros((len(readings), 0))
    seen = np.where(known[..., None], columns, np.nan)
    through = np.stack(
        [solve(solved.inverse, seen[..., at]).weighted for at in range(count)], axis=2
    )
    own = (columns * known[..., None]).swapaxes(1, 2)
    small = np.linalg.inv(own @ through + np.eye(count) / variance)
    slope = (small @ (own @ solved.weighted[..., None]))[..., 0]
    weighted = solved.weighted - (through @ slope[..., None])[..., 0]
    diagonal = solved.diagonal - ((through @ small) * through).sum(axis=2)
    return Solved(weighted, solved.inverse, np.maximum(diagonal, _TINY)), slope


def gains(solved: Solved, columns: np.ndarray, variance: float) -> tuple:
    """Return what the profile of one or two further columns needs: products with R y (m, g), and
    with each other (v, g, g), of the columns (v, n, g), with 1 / variance on the diagonal.
    """
    product = coefficients(columns, np.ones(columns.shape[2]), solved.weighted)
    pairs = columns.swapaxes(1, 2) @ (solved.inverse @ columns)
    return product, pairs + np.eye(columns.shape[2]) / variance


def explained(product: np.ndarray, pairs: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return how much single columns at some positions (m, k) explain of y' R y (m, k)."""
    gain = product**2 / np.einsum("vgg->vg", pairs)
    return np.take_along_axis(gain, np.maximum(at, 0), 1)


def best_single(product: np.ndarray, pairs: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Return which of some columns explains most with a slope of 0 or more (m), -1 for none."""
    gain = np.where(product > 0, product**2 / np.einsum("vgg->vg", pairs), 0.0) * allowed
    best = gain.argmax(axis=1)
    return np.where(np.take_along_axis(gain, best[:, None], 1)[:, 0] > 0, best, -1)


def best_beside(
    product: np.ndarray, pairs: np.ndarray, one: int, allowed: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return which allowed column explains most beside column `one`, both slopes 0 or more (m), and
    how much both explain (m), 0 for none.
    """
    at = np.flatnonzero(allowed)
    if not len(at):
        return np.full(len(product), -1), np.zeros(len(product))
    own, cross = np.einsum("vgg->vg", pairs)[:, at], pairs[:, one, at]
    theirs, right, left = pairs[:, one, one, None], product[:, at], product[:, one, None]
    determinant = np.maximum(own * theirs - cross**2, _TINY)
    slope = (right * theirs - left * cross) / determinant
    other = (left * own - right * cross) / determinant
    gain = np.where((slope > 0) & (other > 0), slope * right + other * left, 0.0)
    best = gain.argmax(axis=1)
    return at[best], gain[np.arange(len(gain)), best]
