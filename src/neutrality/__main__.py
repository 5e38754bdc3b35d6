"""`python -m neutrality` is the command `neutrality`."""

import sys

from neutrality import cli

sys.exit(cli.main())
