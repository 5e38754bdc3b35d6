"""What the process that workers are copied from has done already, by importing this room: no site
pays again for what is the same for all.
"""

from neutrality.portfolio import site  # noqa: F401
from neutrality.runner import garbage, parameters, release

parameters.jsonschema()  # before nbformat and papermill, which would import it whole
import nbformat  # noqa: E402, F401
import papermill  # noqa: E402, F401

garbage.search_seldom()
release.made_by()
