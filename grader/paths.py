"""Where everything is in the repository. No other module builds these paths."""

from __future__ import annotations

from pathlib import Path

import course
from grader.errors import UserError

MODULES = Path(course.__file__).parent / "modules"
ROOT = Path(course.__file__).parent.parent
LABS = ROOT / "labs"
SOLUTIONS = ROOT / "solutions"
SANITIZE = ROOT / "course" / "nbval_sanitize.cfg"


def lessons() -> list[Path]:
    """The folders of all lessons, in the order of the course."""
    return sorted(path.parent for path in MODULES.glob("*/lab.py"))


def find_lesson(name: str) -> Path:
    """The folder of the lesson with this name, number or topic (`01_lifecycle`, `01`, `lifecycle`).

    Raises UserError if no lesson matches, or more than one does.
    """
    name = name.rstrip("/").rsplit("/", 1)[-1]
    names = [path.name for path in lessons()]
    found = [n for n in names if n == name] or [n for n in names if name in n.split("_", 1)]
    if len(found) != 1:
        raise UserError(f"There is no lab called {name!r}.", f"The labs are: {', '.join(names)}.")
    return MODULES / found[0]


def lab_path(lesson: Path) -> Path:
    """The path of the lab that a student opens."""
    return LABS / lesson.name / f"{lesson.name}.ipynb"


def solution_path(lesson: Path) -> Path:
    """The path of the executed solution that CI replays."""
    return SOLUTIONS / lesson.name / f"{lesson.name}.ipynb"
