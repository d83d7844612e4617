"""`grader new`: starts a lesson from the template, with one exercise, its tests and its answer bank.

The template is the folder `template/`: `lab.py.in`, in which `$number`, `$title` and `$seed` are filled in, and the
answers. Its files end in `.in` so that no tool takes them for modules of this package.
"""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

from grader import paths
from grader.errors import UserError

TEMPLATE = Path(__file__).parent / "template"
TODO = "TODO"
"""Marks what the author has to write."""
_NAME = re.compile(r"(?P<number>\d\d)_(?P<topic>[a-z][a-z0-9]*(?:_[a-z0-9]+)*)")


def create(name: str) -> list[Path]:
    """Writes `course/modules/<name>/` and returns the files, lab.py first.

    Raises UserError, and writes nothing, when the name is not of the form NN_topic, or the folder exists, or
    another lesson has its number or its topic.
    """
    found = _NAME.fullmatch(name)
    if not found:
        raise UserError(
            f"{name!r} is not a name for a lesson.",
            "Use two digits, an underscore and a topic in lower case, such as 14_transformers.",
        )
    folder = paths.MODULES / name
    _refuse_a_taken_name(folder, found["number"], found["topic"])
    values = {
        "number": found["number"],
        "title": found["topic"].replace("_", " ").capitalize(),
        "seed": str(int(found["number"])),
    }
    texts = {folder / "lab.py": Template((TEMPLATE / "lab.py.in").read_text(encoding="utf-8")).substitute(values)}
    for source in sorted((TEMPLATE / "answers").rglob("*.in")):
        texts[folder / source.relative_to(TEMPLATE).with_suffix("")] = source.read_text(encoding="utf-8")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(texts)


def _refuse_a_taken_name(folder: Path, number: str, topic: str) -> None:
    if folder.exists():
        raise UserError(f"{folder} already exists.", "Choose a different name, or remove the folder first.")
    for other in paths.lessons():
        if taken := {number, topic} & set(other.name.split("_", 1)):
            raise UserError(
                f"The lesson {other.name} already uses {min(taken)!r}.",
                "Choose a number and a topic that no lesson has: commands accept either as a lab's name.",
            )
