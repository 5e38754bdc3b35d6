"""Which files of a bundle no manifest has: the manifest itself, the crate, and signatures.

Only the standard library is imported, as `unchanged` asks here before pandas is.
"""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

MANIFEST = "manifest.json"
# What the files are, for machines. It has the signatures too, which come after the manifest, and so
# is in no manifest: `verify` makes it anew from the files.
CRATE = "ro-crate-metadata.json"
# What the people who sign a bundle add to it: it signs the manifest and so is not in it.
SIGNATURES = "signatures"
_SIGNATURE = re.compile(r"(analyst|reviewer|verifier)-[1-9]\d?\.(json|sig|tsr)")


def added(name: str) -> bool:
    """Return whether a path in a bundle is the manifest's own, the crate's or a signature's."""
    folder, _, file = name.rpartition("/")
    return name in (MANIFEST, CRATE) or (folder == SIGNATURES and is_signature(file))


def is_among(name: str, patterns: Iterable[str] | None) -> bool:
    """Return whether a path in a bundle is one of those that patterns name, folder by folder;
    without any it is.

    >>> [is_among(name, ("tables/*.csv",)) for name in ("tables/fit.csv", "tables/a/fit.csv")]
    [True, False]
    """
    return patterns is None or any(
        name.count("/") == each.count("/") and fnmatchcase(name, each) for each in patterns
    )


def is_signature(file: str) -> bool:
    """Return whether a file name is one of those that signing adds.

    >>> is_signature("reviewer-2.sig"), is_signature("notes.txt")
    (True, False)
    """
    return _SIGNATURE.fullmatch(file) is not None
