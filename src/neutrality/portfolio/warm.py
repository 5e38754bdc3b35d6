"""What the process that workers are copied from has done already, by importing this room: no site
pays again for what is the same for all.
"""

import nbformat  # noqa: F401
import papermill  # noqa: F401

from neutrality.portfolio import site  # noqa: F401
from neutrality.report import templates
from neutrality.runner import garbage, release
from neutrality.texts import labels

garbage.search_seldom()
release.made_by()
for _lang in labels.LANGUAGES:
    templates.claims_asked(templates.text(_lang))
