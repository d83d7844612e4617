"""nbgrader's gradebook and course directory: opening them, registering a lab and reading grades."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, InvalidEntry, MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade, is_locked, is_solution, is_task
from sqlalchemy.exc import SAWarning, SQLAlchemyError
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from grader.errors import UserError
from grader.grade.lab import Lab, grade_id
from grader.grade.outcome import write_text
from grader.grade.run import QUIET

PATIENCE = 60
"""Seconds to wait for a locked gradebook."""


class _Folders(CourseDirectory):
    """nbgrader's course directory. An unreadable timestamp counts as no timestamp and does not stop the batch."""

    def get_existing_timestamp(self, dest_path):
        try:
            return super().get_existing_timestamp(dest_path)
        except (AttributeError, ValueError, OverflowError):
            return None


@dataclass(frozen=True)
class Course:
    """The folder and the gradebook of a class."""

    root: Path
    db_url: str
    config: Config = field(default_factory=Config, compare=False)

    @classmethod
    def open(cls, root: Path, db_url: str | None = None) -> Course:
        """The course in `root`, created if it does not exist. A `nbgrader_config.py` in `root` is loaded.

        `db_url` overrides the configuration; the default is SQLite, `gradebook.db` in `root`.
        """
        root = root.resolve()
        root.mkdir(parents=True, exist_ok=True)
        config = _load_config(root)
        url = db_url or config.CourseDirectory.get("db_url") or f"sqlite:///{root / 'gradebook.db'}"
        return cls(root, patient(url), config)

    @property
    def submitted(self) -> Path:
        return self.root / "submitted"

    def submission(self, student: str, lab: str) -> Path:
        return self.submitted / student / lab

    def autograded(self, student: str, lab: str) -> Path:
        return self.root / "autograded" / student / lab / f"{lab}.ipynb"

    def outcome(self, student: str, lab: str) -> Path:
        return self.root / "outcomes" / lab / f"{student}.json"

    def feedback(self, student: str, lab: str) -> Path:
        return self.root / "feedback" / student / lab / f"{lab}.html"

    def folders(self, lab: str, student: str = "*") -> CourseDirectory:
        return _Folders(
            config=self.config,
            log=QUIET,
            root=str(self.root),
            db_url=self.db_url,
            assignment_id=lab,
            student_id=student,
            notebook_id="*",
        )

    @contextlib.contextmanager
    def gradebook(self) -> Iterator[Gradebook]:
        with _alembic(), _quiet(), Gradebook(self.db_url) as gradebook:
            yield gradebook


@contextlib.contextmanager
def _alembic() -> Iterator[None]:
    """Lets nbgrader find the `alembic` that is installed alongside this Python, which it calls for a new database.

    nbgrader's own `setenv` would leave no PATH behind.
    """
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Whatever keeps the gradebook from being reached is raised as a UserError that says what to do."""
    try:
        yield
    except ImportError as error:
        raise UserError(
            f"The gradebook's driver is missing: {error}.",
            "Install it; for postgresql:// it is `pip install 'psycopg[binary]'`.",
        ) from error
    except (SQLAlchemyError, InvalidEntry) as error:
        reason = str(error).splitlines()[0]
        if "database is locked" in str(error):
            raise UserError(
                f"The gradebook is locked: another program has been writing to it for more than {PATIENCE} s.",
                "Close Formgrader and any other program that uses it, and run the same command again: "
                "grading results are kept and only need to be recorded.",
            ) from error
        raise UserError(
            f"The gradebook can't be opened: {reason}",
            "Check --db and that its server is running, then run the same command again: grading results are kept.",
        ) from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Hides the warnings that SQLAlchemy gives about nbgrader's own queries."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        yield


def patient(url: str) -> str:
    """The URL with a longer wait for a lock: SQLite gives up after 5 s, and 60 s outlast any other writer."""
    if not url.startswith("sqlite") or "timeout=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}timeout={PATIENCE}"


def _load_config(root: Path) -> Config:
    file = root / "nbgrader_config.py"
    if not file.exists():
        return Config()
    try:
        return PyFileConfigLoader(file.name, path=str(root)).load_config()
    except Exception as error:
        raise UserError(f"{file} can't be read: {type(error).__name__}: {error}", "Fix it or remove it.") from error


def register(gradebook: Gradebook, course: Course, lab: Lab) -> None:
    """Put the lab into an open gradebook, or bring it up to date, and write its notebook to `source/`."""
    gradebook.update_or_create_assignment(lab.name)
    cells = [c for c in lab.official.cells if is_grade(c) or is_solution(c) or is_locked(c) or is_task(c)]
    _register_notebook(gradebook, course, lab, cells)
    for cell in cells:
        name, place = grade_id(cell), {"notebook": lab.name, "assignment": lab.name}
        if is_grade(cell):
            points = float(cell.metadata.nbgrader.points)
            gradebook.update_or_create_grade_cell(name, **place, max_score=points, cell_type=cell.cell_type)
        if is_solution(cell):
            gradebook.update_or_create_solution_cell(name, **place)
        if is_task(cell):
            points = float(cell.metadata.nbgrader.points)
            gradebook.update_or_create_task_cell(name, **place, max_score=points, cell_type=cell.cell_type)
        gradebook.update_or_create_source_cell(
            name,
            **place,
            cell_type=cell.cell_type,
            locked=is_locked(cell),
            source=cell.source,
            checksum=cell.metadata.nbgrader.get("checksum"),
        )
    write_text(course.root / "source" / lab.name / f"{lab.name}.ipynb", nbformat.writes(lab.instructor) + "\n")


def _register_notebook(gradebook: Gradebook, course: Course, lab: Lab, cells: list[NotebookNode]) -> None:
    """Make sure that the lab's notebook is registered and has no cells other than these.

    nbgrader's own step does the same, but opens the gradebook again for it.
    """
    kinds = {"grade_cells": is_grade, "solution_cells": is_solution, "task_cells": is_task, "source_cells": bool}
    wanted = {kind: {grade_id(cell) for cell in cells if belongs(cell)} for kind, belongs in kinds.items()}
    try:
        notebook = gradebook.find_notebook(lab.name, lab.name)
    except MissingEntry:
        pass
    else:
        if {kind: {cell.name for cell in getattr(notebook, kind)} for kind in kinds} == wanted:
            return
        if notebook.submissions:
            raise UserError(
                f"{lab.name} now has other cells than when the class in {course.root} was first graded.",
                "Grade into a new folder with --course-dir, or delete the old grades with "
                f"`nbgrader db assignment remove {lab.name} --force` there.",
            )
        gradebook.remove_notebook(lab.name, lab.name)
    gradebook.add_notebook(lab.name, lab.name, kernelspec=json.dumps(lab.official.metadata.get("kernelspec", {})))


@dataclass(frozen=True)
class CellGrade:
    """A graded cell in the gradebook. `manual`: a person has graded it; `waits`: a person still has to."""

    score: float
    max_score: float
    manual: bool
    waits: bool


@dataclass(frozen=True)
class Grades:
    """A student's grades for a lab in the gradebook, including manual grades and the late penalty.

    `comments` are those that a person wrote, by grade_id.
    """

    score: float
    max_score: float
    penalty: float
    cells: dict[str, CellGrade]
    comments: dict[str, str]
    name: str = ""


def grades(gradebook: Gradebook, lab: str, student: str) -> Grades | None:
    """What an open gradebook says about a student's lab; None if it says nothing."""
    try:
        notebook = gradebook.find_submission_notebook(lab, lab, student)
    except MissingEntry:
        return None
    cells = {
        grade.name: CellGrade(
            score=float(grade.score),
            max_score=float(grade.max_score),
            manual=grade.manual_score is not None,
            waits=grade.needs_manual_grade,
        )
        for grade in notebook.grades
    }
    comments = {c.name: c.manual_comment for c in notebook.comments if c.manual_comment}
    person = notebook.student
    return Grades(
        score=float(notebook.score),
        max_score=float(notebook.max_score),
        penalty=float(notebook.late_submission_penalty or 0),
        cells=cells,
        comments=comments,
        name=" ".join(filter(None, [person.first_name, person.last_name])),
    )
