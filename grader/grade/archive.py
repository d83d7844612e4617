"""Keeps the results of a submission: the executed notebook in `autograded/`, then the outcome; each file as a whole."""

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
"""The steps of nbgrader that are not used: they run the notebook, write to the gradebook, or check official cells."""


class Archive:
    """The folders of the course directory that hold the results of one lab."""

    def __init__(self, course: Course, lab: Lab):
        self.course, self.lab = course, lab

    def keep(self, graded: Graded) -> Outcome:
        """Write the results of a submission. Returns the outcome with the digest of its executed notebook."""
        outcome = graded.outcome
        if graded.notebook is not None:
            notebook = nbformat.from_dict(json.loads(graded.notebook))
            outcome = outcome.model_copy(update={"executed": self._keep_notebook(graded.student, notebook)})
        self.keep_outcome(outcome)
        return outcome

    def keep_outcome(self, outcome: Outcome) -> None:
        o.write(outcome, self.course.outcome(outcome.student, self.lab.name))

    def _keep_notebook(self, student: str, notebook: NotebookNode) -> str:
        """Write an executed notebook to `autograded/`, together with the submitted files, as nbgrader does.

        The class's configuration decides what is truncated or cleared. Returns the notebook's digest.
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
        """Writes a notebook after nbgrader's steps and those that the class's configuration adds."""
        exporter = NotebookExporter(config=self.course.config, log=QUIET, default_preprocessors=[])
        for preprocessor in self._nbgrader.autograde_preprocessors:
            if preprocessor not in NOT_OURS:
                exporter.register_preprocessor(preprocessor)
        return exporter


def holds_notebook(course: Course, outcome: Outcome) -> bool:
    """Whether `autograded/` still has the notebook that belongs to the outcome."""
    try:
        return digest(course.autograded(outcome.student, outcome.lesson).read_bytes()) == outcome.executed
    except FileNotFoundError:
        return False


def copy_files(source: Path, target: Path) -> None:
    """Copy the plain files submitted with the notebook; those of an earlier submission are removed."""
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
    """Whether the path stays in the folder when all links are followed."""
    return path.resolve().is_relative_to(folder.resolve())
