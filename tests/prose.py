"""The notebooks in Chinese: the cells and outputs of the English ones, with translated prose.

`notebooks_zh/<name>.md` holds the translation, cell by cell. Each begins with a line
`<!-- id hash -->`: the cell's id, and the hash of the English text that was translated. An edited
English cell has another hash, so its translation counts as missing until it is renewed.
`make refresh` writes the Chinese notebooks; `python tests/prose.py` does so without running any.
"""

import copy
import hashlib
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENGLISH, CHINESE = ROOT / "notebooks", ROOT / "notebooks_zh"
_MARK = re.compile(r"^<!-- (\S+)(?: (\w+))? -->\n", re.MULTILINE)


def english() -> list[Path]:
    """Return the numbered notebooks, those that no run takes as well."""
    return sorted(ENGLISH.glob("[0-9][0-9]_*.ipynb"))


def digest(source: str | list[str]) -> str:
    """Return a short hash of a cell's source."""
    return hashlib.sha256("".join(source).encode()).hexdigest()[:12]


def sources(notebook: dict) -> dict[str, str]:
    """Return the hash of each cell's source by the cell's id."""
    return {cell["id"]: digest(cell["source"]) for cell in notebook["cells"]}


def read(path: Path) -> dict:
    """Return a notebook as plain JSON."""
    return json.loads(path.read_text(encoding="utf-8"))


def translations(path: Path) -> dict[str, tuple[str, str]]:
    """Return the hash of the English text and the Chinese text by a cell's id."""
    _, *parts = _MARK.split(path.read_text(encoding="utf-8"))
    found = list(zip(parts[::3], parts[1::3], parts[2::3], strict=True))
    twice = {id for id, *_ in found if [each[0] for each in found].count(id) > 1}
    if twice:
        raise ValueError(f"{path.name}: {', '.join(sorted(twice))} is translated twice")
    return {id: (known or "", text.strip()) for id, known, text in found}


def stale(notebook: dict, known: dict[str, tuple[str, str]], name: str) -> list[str]:
    """Return a sentence for each translation that is missing, out of date or of no cell."""
    prose = {
        c["id"]: digest(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown"
    }
    return [
        f"notebooks_zh/{name}.md: renew the translation of cell {id}, under <!-- {id} {now} -->"
        for id, now in prose.items()
        if known.get(id, ("", ""))[0] != now or not known[id][1]
    ] + [
        f"notebooks_zh/{name}.md: no cell {id} has prose; remove it"
        for id in known
        if id not in prose
    ]


def translated(notebook: dict, known: dict[str, tuple[str, str]]) -> dict:
    """Return the notebook with Chinese prose; code cells and outputs are the same."""
    made = copy.deepcopy(notebook)
    for cell in made["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = known[cell["id"]][1].splitlines(keepends=True)
    if "refreshed" in made["metadata"]:
        made["metadata"]["refreshed"] = sources(made)
    return made


def chinese(path: Path) -> str:
    """Return the Chinese notebook made from an English one, as it is stored.

    ValueError names each cell whose translation is missing or out of date.
    """
    notebook, known = read(path), translations(CHINESE / f"{path.stem}.md")
    if found := stale(notebook, known, path.stem):
        raise ValueError("\n".join(found))
    return json.dumps(translated(notebook, known), ensure_ascii=False, indent=1) + "\n"


def write() -> None:
    """Write the Chinese notebooks; ValueError where a translation is missing or out of date."""
    made, refused = {}, []
    for path in english():
        try:
            made[CHINESE / path.name] = chinese(path)
        except (ValueError, OSError) as error:
            refused.append(str(error))
    if refused:
        raise ValueError("\n".join(refused))
    for path, text in made.items():
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    try:
        write()
    except ValueError as error:
        sys.exit(str(error))
