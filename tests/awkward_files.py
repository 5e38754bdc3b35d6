"""All awkward files on the way to a clean table, of every kind of trap."""

from awkward_green_button import GREEN_BUTTON
from awkward_layouts import LAYOUT
from awkward_texts import TEXTS
from awkward_workbooks import WORKBOOKS

FILES = [*TEXTS, *LAYOUT, *WORKBOOKS, *GREEN_BUTTON]
