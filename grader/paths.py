"""The one place that knows where things lie in the repository."""

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
    """Folders of all lessons, in the order of the course."""
    return sorted(path.parent for path in MODULES.glob("*/lab.py"))


def find_lesson(name: str) -> Path:
    """The lesson's folder by its full name, number or topic (`01_lifecycle`, `01`, `lifecycle`).

    Raises UserError when no lesson, or more than one, answers to the name.
    """
    name = name.rstrip("/").rsplit("/", 1)[-1]
    names = [path.name for path in lessons()]
    found = [n for n in names if n == name] or [n for n in names if name in n.split("_", 1)]
    if len(found) != 1:
        raise UserError(f"There is no lab called {name!r}.", f"The labs are: {', '.join(names)}.")
    return MODULES / found[0]


def lab_notebook(lesson: Path) -> Path:
    """What a student opens."""
    return LABS / lesson.name / f"{lesson.name}.ipynb"


def solution_notebook(lesson: Path) -> Path:
    """The executed solution that CI replays."""
    return SOLUTIONS / lesson.name / f"{lesson.name}.ipynb"
