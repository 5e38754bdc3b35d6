"""A report of which nothing has changed is not made again: its case, its notebooks, the release and
the libraries are as they were, and so is each file of the bundle.

Only the standard library is imported, and `neutrality/__main__` asks here before all else: the
command is over before pandas would have been imported. What the check says depends on the same
files and on no date, so it is not repeated either.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import time
from contextlib import suppress

from neutrality.runner import cache, members

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_BEGUN = time.time()  # when this process took the package's code [s since 1970]
_FORM = 1  # of what is remembered: another number makes the earlier ones unused
_NUMBERED = re.compile(r"\d\d_.*\.ipynb")  # the notebooks of a run among the files of a folder
_OPTIONS = ("--outputs", "--notebooks", "--lang")  # of `run`; with any other, nothing is skipped
_LANGUAGES = ("en", "zh")
# Variables of the environment that change how Python, its numbers or its dates come out.
_VARIABLES = ("PYTHON", "NEUTRALITY", "IPYTHON", "MPL", "MATPLOTLIB", "PANDAS", "LC_", "LANG", "TZ")
_THREADS = ("OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_")


def tell(arguments: list[str]) -> bool:
    """Print what `neutrality` says of a run that has nothing to do, and return True; else False.

    `arguments` are those of the command line. Of one case alone, and without options other than
    outputs, notebooks and language, nothing is skipped otherwise.
    """
    if not (asked := _asked(arguments)):
        return False
    case, chosen = asked
    held = _held(case, chosen.get("--outputs", "outputs"), chosen.get("--notebooks"))
    if not held:
        return False
    target, record = held
    print(record["said"][chosen.get("--lang") or record["lang"]])
    pages = [name for name in sorted(os.listdir(target)) if name.startswith("report.")]
    pages = [name for name in pages if name.split(".")[1] in _LANGUAGES]
    for path in [os.path.join(target, name) for name in pages] or [target]:
        print(os.path.relpath(path))
    sys.stdout.flush()
    return True


def bundle(case_yaml: str, outputs: str, notebooks: str | None = None) -> tuple[str, str] | None:
    """Return the bundle of a case of which nothing has changed, and the sentence that says so.

    None where anything has, also in the bundle itself: a file altered, added or missing, signatures
    aside, or the rest of a run that broke off beside it.
    """
    held = _held(case_yaml, outputs, notebooks)
    return (held[0], held[1]["said"]["en"]) if held else None


def remember(case_yaml: str, outputs: str, made: dict, said: dict[str, str], lang: str) -> None:
    """Leave what `bundle` compares with.

    `made` has `target` (folder below the outputs), the sha256 of its `manifest` and `crate`,
    `places` and `state`, what `state` returned of them before the run; `said` is the sentence by
    language.
    """
    if made["state"] and state(made["places"]) == made["state"] and not doubtful():
        text = json.dumps({**made, "said": said, "lang": lang}, sort_keys=True)
        cache.write(_folder(outputs), _key(case_yaml), text.encode())


def state(places: dict[str, str]) -> str:
    """Return a hash over the files of a case, of the notebooks and of the release, and over the
    environment; empty where a folder cannot be read, or holds a link to one.

    `places` are folders or files by what they are; of notebooks only the numbered ones count.
    """
    try:
        held = {
            what: _notebooks(place) if what.endswith("notebooks") else files(place)
            for what, place in places.items()
        }
        about = [held, environment(times=True)]
    except OSError:
        return ""
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def files(place: str, compiled: bool = False) -> dict[str, str]:
    """Return the sha256 of each file below a folder by its path in it; of one file, by "".

    What Python has compiled is left out, unless asked for. OSError for what cannot be read, for a
    link to a folder, and for what is no file.
    """
    if not os.path.isdir(place):
        return {"": _sha256(place)} if os.path.exists(place) else {}
    found, waiting = {}, [("", place)]
    while waiting:
        above, folder = waiting.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_file():
                    found[above + entry.name] = _sha256(entry.path)
                elif not entry.is_dir(follow_symlinks=False):
                    raise OSError(f"{entry.name}: is neither a file nor a folder")
                elif compiled or entry.name != "__pycache__":
                    waiting.append((f"{above}{entry.name}/", entry.path))
    return found


def environment(times: bool = False) -> dict:
    """Return what beside case, notebooks and release a figure may depend on: Python, the machine,
    installed libraries with versions, variables, and what IPython runs at its start.

    With `times` also when each library was installed, for another build has the same version.
    """
    kept = (*_VARIABLES, *_THREADS)
    return {
        "python": sys.version,
        "machine": [sys.platform, *(os.uname()[4:] if hasattr(os, "uname") else ())],
        "libraries": _installed(times),
        "variables": {name: os.environ[name] for name in os.environ if name.startswith(kept)},
        "startup": _startup(),
    }


def doubtful() -> bool:
    """Return whether a notebook may run another package than this process: one that was edited
    since the process began, or that a kernel, which starts in another folder, does not find.
    """
    named = os.environ.get("PYTHONPATH")
    if named and not all(map(os.path.isabs, named.split(os.pathsep))):
        return True
    try:
        return os.path.dirname(PACKAGE) == os.getcwd() or any(
            os.stat(os.path.join(folder, name)).st_mtime > _BEGUN
            for folder, _, names in os.walk(PACKAGE)
            for name in names
            if os.path.basename(folder) != "__pycache__"
        )
    except OSError:  # a file that is gone: somebody is editing there
        return True


def _asked(arguments: list[str]) -> tuple[str, dict[str, str]] | None:
    """Return the case and the options of `run` for one case, or None for any other command."""
    rest, cases, chosen = list(arguments[1:]), [], {}
    while rest:
        name, is_there, value = (word := rest.pop(0)).partition("=")
        if name in _OPTIONS:
            chosen[name] = value if is_there else rest.pop(0) if rest else ""
        else:
            cases.append(word)
    words = [*cases, *chosen.values()]
    if arguments[:1] != ["run"] or len(cases) != 1 or any(not w or w[0] == "-" for w in words):
        return None
    return (cases[0], chosen) if chosen.get("--lang", "en") in _LANGUAGES else None


def _held(case_yaml: str, outputs: str, notebooks: str | None) -> tuple[str, dict] | None:
    """Return the bundle's folder and what was remembered of it, where all is as it was."""
    folder, key = _folder(outputs), _key(case_yaml)
    for content in cache.read(folder, key):
        record = json.loads(content)
        target = os.path.join(os.path.abspath(outputs), record["target"])
        places = record["places"]
        places |= {"notebooks": notebooks or places["released_notebooks"]}
        if _whole(target, record["manifest"], record["crate"]) and state(places) == record["state"]:
            cache.used(folder, key, content)
            return target, record
    return None


def _whole(target: str, manifest: str, crate: str) -> bool:
    """Return whether a bundle has the files of its manifest, signatures perhaps, which change its
    crate too, no other file, and no broken run beside.
    """
    beside, year = os.path.split(target)
    path = os.path.join(target, members.MANIFEST)
    try:
        if _sha256(path) != manifest or any(
            name.startswith((f".{year}.run-", f"{year}.failed")) for name in os.listdir(beside)
        ):
            return False
        with open(path, encoding="utf-8") as file:
            listed = json.load(file)["files"]
        held = files(target, compiled=True)
    except OSError:
        return False
    if any(os.path.islink(os.path.join(target, name)) for name in held):
        return False
    signed = any(name.startswith(f"{members.SIGNATURES}/") for name in held)
    own = {name for name in held if members.added(name) and name not in listed}
    return (signed or held.get(members.CRATE) == crate) and {
        name: sha256 for name, sha256 in held.items() if name not in own
    } == {name: about["sha256"] for name, about in listed.items()}


def _folder(outputs: str) -> str:
    return os.path.join(os.path.abspath(outputs), cache.FOLDER)


def _key(case_yaml: str) -> str:
    asked = ["report", _FORM, os.path.abspath(case_yaml), PACKAGE]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _sha256(path: str) -> str:
    with open(path, "rb", buffering=0) as file:
        return hashlib.sha256(file.read()).hexdigest()


def _notebooks(folder: str) -> dict[str, str]:
    with os.scandir(folder) as found:
        numbered = [each for each in found if _NUMBERED.fullmatch(each.name)]
        return {each.name: _sha256(each.path) for each in numbered}


def _installed(times: bool) -> list[tuple[str, int]]:
    """Return the installed distributions by name and version, in the order Python finds them."""
    found = []
    for place in dict.fromkeys(filter(os.path.isdir, sys.path)):
        with os.scandir(place) as entries:
            held = [each for each in entries if each.name.endswith((".dist-info", ".egg-info"))]
            found += sorted((e.name, e.stat().st_mtime_ns if times else 0) for e in held)
    return found


def _startup() -> dict[str, str]:
    """Return the sha256 of the files that a user lets IPython run before each notebook."""
    home = os.environ.get("IPYTHONDIR") or os.path.join(os.path.expanduser("~"), ".ipython")
    profile, found = os.path.join(home, "profile_default"), {}
    for place in (profile, os.path.join(profile, "startup")):
        with suppress(OSError), os.scandir(place) as entries:
            run = [each for each in entries if each.name.endswith((".py", ".ipy"))]
            found |= {each.path: _sha256(each.path) for each in run}
    return found
