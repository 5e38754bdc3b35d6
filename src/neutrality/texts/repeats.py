"""What a figure is asked again while it is laid out and drawn is worked out once: matplotlib finds
the ticks of an axis a dozen times, and the place of a text in its box half a dozen times, mostly in
the same state.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from matplotlib import cbook
from matplotlib.axis import Axis
from matplotlib.text import Text

_update_ticks, _label_boxes = Axis._update_ticks, Axis._get_ticklabel_bboxes
_text_layout = Text._get_layout


@contextmanager
def answered_once() -> Iterator[None]:
    """Answer a repeated question as the first time, inside a block that changes nothing of its
    figures but the size and place of axes.
    """
    ticks, boxes, texts = WeakKeyDictionary(), WeakKeyDictionary(), WeakKeyDictionary()

    def update_ticks(axis: Axis) -> list:
        """Put ticks in their places, and return those to draw."""
        state = _state(axis)
        if axis not in ticks or ticks[axis][0] != state:  # the last alone: a tick has one place
            boxes.pop(axis, None)
            ticks[axis] = state, _update_ticks(axis)
        return ticks[axis][1]

    def label_boxes(axis: Axis, shown: list, renderer) -> tuple[list, list]:
        """Return the boxes of both labels of ticks."""
        if axis not in ticks or ticks[axis] != (_state(axis), shown):
            return _label_boxes(axis, shown, renderer)
        if axis not in boxes:
            boxes[axis] = _label_boxes(axis, shown, renderer)
        return boxes[axis]

    def text_layout(text: Text, renderer) -> tuple:
        """Return box and lines of a text around its own point."""
        if text.get_wrap() or text.get_transform_rotates_text():  # they depend on that point
            return _text_layout(text, renderer)
        state = text.get_text(), text.get_figure(root=True).dpi
        if text not in texts or texts[text][0] != state:
            texts[text] = state, _text_layout(text, renderer)
        return texts[text][1]

    of_axes = {"_update_ticks": update_ticks, "_get_ticklabel_bboxes": label_boxes}
    with cbook._setattr_cm(Axis, **of_axes), cbook._setattr_cm(Text, _get_layout=text_layout):
        yield


def _state(axis: Axis) -> tuple:
    """Return what the ticks of an axis follow from, beside what no layout changes."""
    figure = axis.get_figure(root=True)
    return (*axis.get_view_interval(), *axis.axes.bbox.bounds, figure.dpi)
