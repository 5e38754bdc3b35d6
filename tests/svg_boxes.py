"""Where the texts of a saved figure stand, read from its SVG: matplotlib draws each glyph as a path
of its own and names the text in a comment, so that no browser and no second drawing is needed.
"""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from functools import reduce

import numpy as np

_HREF = "{http://www.w3.org/1999/xlink}href"
_STEP = re.compile(r"(\w+)\(([^)]*)\)")


@dataclass(frozen=True)
class Box:
    """A text and the smallest upright box around what it draws [points of the canvas]."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other, by=0.0):
        """Return whether two boxes share more than `by` points in both directions."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return wide > by and high > by


def read(path):
    """Return the canvas (width, height) of an SVG and the boxes of its texts."""
    parser = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
    root = ElementTree.parse(path, parser).getroot()
    glyphs = {
        each.get("id"): _matrix(each.get("transform", "")) @ _corners(each.get("d"))
        for each in root.iter(_tag(root, "path"))
        if each.get("id")
    }
    texts = [g for g in root.iter(_tag(root, "g")) if (g.get("id") or "").startswith("text_")]
    found = [_box(each, glyphs) for each in texts]
    _, _, width, height = map(float, root.get("viewBox").split())
    return (width, height), [each for each in found if each]


def _tag(root, name):
    return root.tag.removesuffix("svg") + name


def _corners(drawn):
    """Return the four corners around a path, as columns of x, y, 1."""
    points = np.array(re.findall(r"-?[\d.]+(?:e-?\d+)?", drawn or ""), float).reshape(-1, 2)
    if not len(points):
        return np.empty((3, 0))
    (left, low), (right, high) = points.min(axis=0), points.max(axis=0)
    return np.array([[left, right, left, right], [low, low, high, high], [1, 1, 1, 1]])


def _box(group, glyphs):
    """Return a text's box, or None where nothing is drawn."""
    said = [each.text.strip() for each in group if each.tag is ElementTree.Comment]
    points = np.hstack([np.empty((3, 0)), *_points(group, np.eye(3), glyphs)])
    if not points.shape[1]:
        return None
    (left, top), (right, bottom) = points[:2].min(axis=1), points[:2].max(axis=1)
    return Box(" ".join(said), left, top, right, bottom)


def _points(node, outer, glyphs):
    at = outer @ _matrix(node.get("transform", "")) if isinstance(node.tag, str) else outer
    if isinstance(node.tag, str) and node.tag.endswith("use"):
        return [at @ glyphs[node.get(_HREF)[1:]]]
    if isinstance(node.tag, str) and node.tag.endswith("defs"):
        return []
    return [each for child in node for each in _points(child, at, glyphs)]


def _matrix(written):
    return reduce(np.matmul, (_step(*step) for step in _STEP.findall(written)), np.eye(3))


def _step(kind, given):
    """Return one step of a transform as a matrix; ValueError for one that matplotlib has not."""
    numbers = [float(each) for each in re.split(r"[\s,]+", given.strip())]
    if kind == "translate":
        x, y = (*numbers, 0)[:2]
        return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])
    if kind == "scale":
        x, y = (*numbers, numbers[0])[:2]
        return np.diag([x, y, 1.0])
    if kind == "rotate":
        turn = np.deg2rad(numbers[0])
        return np.array(
            [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
        )
    raise ValueError(f"a transform {kind}({given}) is not known")
