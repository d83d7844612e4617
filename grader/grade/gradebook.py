"""nbgrader's gradebook and course directory: reaching them, the lab's registration, the reading of grades."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, InvalidEntry, MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells
from sqlalchemy.exc import SAWarning, SQLAlchemyError
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from grader.errors import UserError
from grader.grade.lab import Lab
from grader.grade.outcome import write_text
from grader.grade.run import QUIET

PATIENCE = 60
"""Seconds to wait for a locked gradebook."""


class _Folders(CourseDirectory):
    """nbgrader's course directory; a timestamp that can't be read counts as none instead of stopping the batch."""

    def get_existing_timestamp(self, dest_path):
        try:
            return super().get_existing_timestamp(dest_path)
        except (AttributeError, ValueError, OverflowError):
            return None


@dataclass(frozen=True)
class Course:
    """A class's folder and gradebook."""

    root: Path
    db_url: str
    config: Config = field(default_factory=Config, compare=False)

    @classmethod
    def open(cls, root: Path, db_url: str | None = None) -> Course:
        """The course in `root`, made if it isn't there. A `nbgrader_config.py` in it is obeyed.

        `db_url` goes before what the configuration says; the default is SQLite, `gradebook.db` in `root`.
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
    """A new database makes nbgrader call the `alembic` that is installed beside this Python.

    Not by nbgrader's own `setenv`, after which there would be no PATH any more.
    """
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


@contextlib.contextmanager
def reached(course: Course) -> Iterator[Gradebook]:
    """The gradebook; what keeps us from reaching it is said with its cure."""
    with said(), course.gradebook() as gradebook:
        yield gradebook


@contextlib.contextmanager
def said() -> Iterator[None]:
    """What keeps us from reaching the gradebook becomes a UserError."""
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
                "Close the formgrader and other programs that use it, and run the same command again: "
                "what has been graded is kept and will only be recorded.",
            ) from error
        raise UserError(
            f"The gradebook can't be opened: {reason}",
            "Check --db, and that its server runs. Run the same command again: what has been graded is kept.",
        ) from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the warnings that SQLAlchemy gives about nbgrader's own queries."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        yield


def patient(url: str) -> str:
    """SQLite waits 5 s for a lock and then fails; 60 s outlast any other writer."""
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
        raise UserError(f"{file} can't be read: {type(error).__name__}: {error}", "Mend or remove it.") from error


def register(course: Course, lab: Lab) -> None:
    """Put the lab into the gradebook, or bring it up to date, and its notebook into `source/`."""
    about = {"notebook": lab.name, "assignment": lab.name, "student": ".", "db_url": course.db_url}
    try:
        with reached(course) as gradebook:
            gradebook.update_or_create_assignment(lab.name)
            SaveCells(log=QUIET).preprocess(lab.official, {"nbgrader": about})
    except RuntimeError as error:  # SaveCells, where there are submissions already
        raise UserError(
            f"{lab.name} has got other cells since the class in {course.root} was first graded.",
            "Grade into a new folder with --course-dir, or forget the old grades with "
            f"`nbgrader db assignment remove {lab.name} --force` there.",
        ) from error
    source = course.root / "source" / lab.name / f"{lab.name}.ipynb"
    write_text(source, nbformat.writes(lab.instructor) + "\n")


@dataclass(frozen=True)
class CellGrade:
    """A graded cell as the gradebook knows it: whether a person has graded it, or still has to."""

    score: float
    max_score: float
    manual: bool
    waits: bool


@dataclass(frozen=True)
class Grades:
    """A student's grades for a lab as the gradebook knows them, manual ones and late penalty included.

    `comments` are those that a person wrote, by grade_id.
    """

    score: float
    max_score: float
    penalty: float
    cells: dict[str, CellGrade]
    comments: dict[str, str]
    name: str = ""


def grades(course: Course, lab: str, student: str) -> Grades | None:
    """What the gradebook says about a student's lab; None if it says nothing."""
    with course.gradebook() as gradebook:
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
