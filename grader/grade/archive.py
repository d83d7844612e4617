"""Keeps what a submission became: the executed notebook in `autograded/`, then the outcome; each file as a whole."""

from __future__ import annotations

import json
import shutil
from functools import cached_property
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, Execute, SaveAutoGrades

from grader.grade import outcome as o
from grader.grade.gradebook import Course
from grader.grade.lab import Lab
from grader.grade.outcome import Outcome, digest, write_text
from grader.grade.run import QUIET
from grader.grade.work import Graded

NOT_OURS = (Execute, SaveAutoGrades, AssignLatePenalties, CheckCellMetadata)
"""Of nbgrader's steps those that run the notebook, touch the gradebook, or check what is the instructor's anyway."""


class Archive:
    """The course directory's folders for what has been graded of one lab."""

    def __init__(self, course: Course, lab: Lab):
        self.course, self.lab = course, lab

    def keep(self, graded: Graded) -> Outcome:
        """Write down what was graded; the outcome, which then knows the notebook it belongs to."""
        outcome = graded.outcome
        if graded.notebook is not None:
            notebook = nbformat.from_dict(json.loads(graded.notebook))
            outcome = outcome.model_copy(update={"executed": self._keep_notebook(graded.student, notebook)})
        self.keep_outcome(outcome)
        return outcome

    def keep_outcome(self, outcome: Outcome) -> None:
        o.write(outcome, self.course.outcome(outcome.student, self.lab.name))

    def _keep_notebook(self, student: str, notebook: NotebookNode) -> str:
        """Put an executed notebook into `autograded/`, with what was handed in beside it, as nbgrader does.

        The class's configuration decides what is cut off or cleared of it. Returns its digest.
        """
        lab = self.lab.name
        about = {"notebook": lab, "assignment": lab, "student": student, "db_url": self.course.db_url}
        text = self._exporter.from_notebook_node(notebook, {"nbgrader": about})[0]
        path = self.course.autograded(student, lab)
        copy_files(self.course.submission(student, lab), path.parent)
        write_text(path, text)
        path.chmod(int(str(self._nbgrader.permissions), 8))
        return digest(text)

    @cached_property
    def _nbgrader(self) -> Autograde:
        return Autograde(coursedir=self.course.folders(self.lab.name), config=self.course.config, log=QUIET)

    @cached_property
    def _exporter(self) -> NotebookExporter:
        """Writes a notebook after nbgrader's steps, and those that the class's configuration adds."""
        exporter = NotebookExporter(config=self.course.config, log=QUIET, default_preprocessors=[])
        for preprocessor in self._nbgrader.autograde_preprocessors:
            if preprocessor not in NOT_OURS:
                exporter.register_preprocessor(preprocessor)
        return exporter


def holds_notebook(course: Course, outcome: Outcome) -> bool:
    """Whether `autograded/` has the notebook that the outcome came with."""
    try:
        return digest(course.autograded(outcome.student, outcome.lesson).read_bytes()) == outcome.executed
    except FileNotFoundError:
        return False


def copy_files(source: Path, target: Path) -> None:
    """The plain files that were handed in beside the notebook, in place of those of an earlier submission."""
    target.mkdir(parents=True, exist_ok=True)
    for old in target.iterdir():
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old)
        elif not _is_notebook(old.name):
            old.unlink()
    for path in source.rglob("*"):
        relative = path.relative_to(source)
        if path.is_file() and _is_within(path, source) and not any(map(_is_notebook, relative.parts)):
            (target / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target / relative)


def _is_notebook(name: str) -> bool:
    return name.lower().endswith(".ipynb")


def _is_within(path: Path, folder: Path) -> bool:
    """Whether no link leads out of the folder, at the end or on the way."""
    return path.resolve().is_relative_to(folder.resolve())
