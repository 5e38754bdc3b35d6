"""Sphinx for both languages: `make docs`, or sphinx-build -c docs -D language=en docs/en OUT.

Pages of tables, parameters, factors, method and sources are made at build, in `made/` (pages.py).
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "neutrality"
extensions = ["myst_parser"]
myst_heading_anchors = 3
html_theme = "alabaster"  # part of Sphinx; nothing is fetched, by the build or by its pages
# System fonts, for those of Chinese; alabaster's own list begins with Latin faces.
FONTS = "system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
html_theme_options = {
    "fixed_sidebar": True,
    "page_width": "1180px",
    "sidebar_width": "240px",
    "font_family": FONTS,
    "head_font_family": FONTS,
}
html_title = "neutrality"
html_show_sourcelink = False
html_show_copyright = False
html_use_index = False
exclude_patterns = ["Thumbs.db", ".DS_Store"]


def setup(app):
    """Make the pages that are no text of ours."""
    import pages

    app.connect("builder-inited", lambda app: pages.write(Path(app.srcdir) / "made", language(app)))


def language(app):
    """Return zh or en; Sphinx calls the former zh_CN."""
    return app.config.language[:2]
