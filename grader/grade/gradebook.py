"""nbgrader's gradebook and course directory: the lab's registration, the recording of grades, their reading."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute, SaveCells
from nbgrader.utils import setenv
from sqlalchemy.exc import SAWarning, SQLAlchemyError
from traitlets import List
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from grader.errors import UserError
from grader.grade.lab import Lab, grade_id, is_solution
from grader.grade.outcome import Outcome, Status, write_text
from grader.grade.run import QUIET


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
        # A new database makes nbgrader call the `alembic` that is installed beside this Python.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        with setenv(PATH=path), _quiet(), Gradebook(self.db_url) as gradebook:
            yield gradebook


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
    return f"{url}{'&' if '?' in url else '?'}timeout=60"


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
        with course.gradebook() as gradebook:
            gradebook.update_or_create_assignment(lab.name)
        with _quiet():
            SaveCells(log=QUIET).preprocess(lab.official, {"nbgrader": about})
    except (SQLAlchemyError, ImportError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(
            f"The gradebook can't be opened: {reason}", "Check --db, and that the driver for it is installed."
        ) from error
    except RuntimeError as error:  # SaveCells, where there are submissions already
        raise UserError(
            f"{lab.name} has got other cells since the class in {course.root} was first graded.",
            "Grade into a new folder with --course-dir, or forget the old grades with "
            f"`nbgrader db assignment remove {lab.name} --force` there.",
        ) from error
    source = course.root / "source" / lab.name / f"{lab.name}.ipynb"
    write_text(source, nbformat.writes(lab.instructor) + "\n")


class _Record(Autograde):
    """nbgrader's autograde for one notebook that has been run already: what is left is to save and to score."""

    preprocessors = List([])

    def __init__(self, notebook: NotebookNode, **kwargs):
        super().__init__(**kwargs)
        self.notebook = notebook
        self.force = True
        self.preprocessors = [p for p in self.autograde_preprocessors if p is not Execute]

    def init_notebooks(self):
        folder = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        self.assignments = {folder: [os.path.join(folder, f"{self.coursedir.assignment_id}.ipynb")]}

    def convert_single_notebook(self, notebook_filename):
        resources = self.init_single_notebook_resources(notebook_filename)
        self.write_single_notebook(*self.exporter.from_notebook_node(self.notebook, resources))


def record(course: Course, lab: Lab, outcome: Outcome, notebook: NotebookNode) -> None:
    """Save an executed notebook in `autograded/` and its scores in the gradebook.

    Unlike nbgrader alone, an answer that has changed takes the manual grade of the old one with it.
    """
    before = _sources(course.autograded(outcome.student, lab.name))
    folders = course.folders(lab.name, outcome.student)
    with _quiet():
        _Record(notebook, coursedir=folders, config=course.config, log=QUIET).start()
    after = {grade_id(cell): cell.source for cell in notebook.cells if is_solution(cell)}
    changed = {name for name in before if before[name] != after.get(name)}
    with course.gradebook() as gradebook:
        for task, result in zip(lab.tasks, outcome.tasks, strict=True):
            for test, part in zip(task.tests, result.parts, strict=True):
                grade = gradebook.find_grade(test.id, lab.name, lab.name, outcome.student)
                if task.solution in changed:
                    grade.manual_score = grade.extra_credit = None
                    grade.needs_manual_grade = grade.auto_score is None
                if part.status is Status.FAULT:  # not zero: a person has to look
                    grade.auto_score, grade.needs_manual_grade = None, True
        gradebook.db.commit()


def _sources(autograded: Path) -> dict[str, str]:
    """The answers that were graded last time, by grade_id."""
    try:
        notebook = nbformat.read(autograded, as_version=4)
    except (FileNotFoundError, ValueError):
        return {}
    return {grade_id(cell): cell.source for cell in notebook.cells if is_solution(cell)}


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
