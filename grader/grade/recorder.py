"""Records outcomes in nbgrader's gradebook, each in one transaction that also says which outcome it was."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from nbgrader.api import (
    Assignment,
    Base,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import Column, String, Text, select

from grader.grade.gradebook import Course, explained, register
from grader.grade.lab import Lab, grade_id, is_solution
from grader.grade.outcome import Outcome, digest
from grader.grade.run import QUIET
from grader.verdict import Status


class _Kept(Base):
    """Which outcome a submission's scores in the gradebook come from: one row each, written with the scores.

    `answers` are the digests of the answers that manual grades were given for. The table is separate from nbgrader's
    tables; none of their keys refer to it.
    """

    __tablename__ = "grader_record"
    submission = Column(String(32), primary_key=True)
    state = Column(String(64), nullable=False)
    answers = Column(Text, nullable=False)


def state_of(course: Course, outcome: Outcome, due: str) -> str:
    """The digest of what a record depends on: the outcome, when the work was handed in, and when it was due."""
    stamp = course.submission(outcome.student, outcome.lesson) / "timestamp.txt"
    return digest(outcome.model_dump_json(), stamp.read_bytes() if stamp.is_file() else b"", due)


class Recorder:
    """The gradebook, opened when it is first needed and kept open for a whole batch of one lab; to be closed.

    Opening it takes longer than recording an outcome. After an error it is closed, and the next use opens it again.
    """

    def __init__(self, course: Course, lab: Lab):
        self.course, self.lab = course, lab
        self._untouched = {grade_id(cell): digest(cell.source) for cell in lab.official.cells if is_solution(cell)}
        self._open = contextlib.ExitStack()
        self._gradebook: Gradebook | None = None

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the gradebook; the next use opens it again."""
        self._gradebook = None
        self._open.close()

    @contextlib.contextmanager
    def _reached(self) -> Iterator[Gradebook]:
        """The gradebook, free of what an earlier use has read. Raises UserError if it can't be reached."""
        try:
            with explained():
                self._gradebook = self._gradebook or self._open.enter_context(self.course.gradebook())
                self._gradebook.db.rollback()  # another program may have written since
                yield self._gradebook
        except BaseException:
            self.close()
            raise

    def register(self) -> None:
        """Put the lab into the gradebook, or bring it up to date. Raises UserError if other cells have been graded."""
        with self._reached() as gradebook:
            register(gradebook, self.course, self.lab)

    def recorded(self) -> dict[str, str]:
        """For each recorded student the state, as `state_of` returns it, that the gradebook was brought to."""
        with self._reached() as gradebook:
            rows = gradebook.db.execute(
                select(SubmittedAssignment.student_id, _Kept.state)
                .join(_Kept, _Kept.submission == SubmittedAssignment.id)
                .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
                .where(Assignment.name == self.lab.name)
            )
            return {student: state for student, state in rows}

    def deadlines(self) -> dict[str, str]:
        """When each student's work is due, by the gradebook; the key "" holds for students without an entry."""
        with self._reached() as gradebook:
            due = str(gradebook.find_assignment(self.lab.name).duedate)
            rows = gradebook.db.execute(
                select(SubmittedAssignment.student_id, SubmittedAssignment.extension)
                .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
                .where(Assignment.name == self.lab.name)
            )
            return {"": f"{due} None", **{student: f"{due} {extension}" for student, extension in rows}}

    def record(self, outcome: Outcome) -> None:
        """Save an outcome's scores, and the late penalty, in one transaction.

        Unlike in nbgrader alone, a manual grade is removed when the answer that it was given for changes.
        Raises UserError if the gradebook can't be reached.
        """
        with self._reached() as gradebook:
            self._record(gradebook, outcome)

    def _record(self, gradebook: Gradebook, outcome: Outcome) -> None:
        submission = self._submission(gradebook, outcome.student)
        notebook = gradebook.find_submission_notebook(self.lab.name, self.lab.name, outcome.student)
        kept = gradebook.db.get(_Kept, submission.id)
        before = json.loads(kept.answers) if kept else outcome.answers
        changed = {name for name, answer in before.items() if outcome.answers.get(name) != answer}
        _score(self.lab, outcome, _by_cell(gradebook, Grade, notebook), changed)
        for name, comment in _by_cell(gradebook, Comment, notebook).items():
            no_answer = outcome.answers.get(name) == self._untouched.get(name)
            comment.auto_comment = "No response." if no_answer else None
        gradebook.db.flush()
        notebook.late_submission_penalty = _penalty(self.course, gradebook, submission, notebook)
        state = state_of(self.course, outcome, f"{submission.assignment.duedate} {submission.extension}")
        answers = json.dumps(outcome.answers, sort_keys=True)
        gradebook.db.merge(_Kept(submission=submission.id, state=state, answers=answers))
        gradebook.db.commit()

    def _submission(self, gradebook: Gradebook, student: str) -> SubmittedAssignment:
        """The student's submission, with the time when it was handed in, as nbgrader reads it."""
        lab, folders = self.lab.name, self._nbgrader.coursedir
        if self._nbgrader.create_student and gradebook.db.get(Student, student) is None:
            gradebook.add_student(student)
        try:
            submission = gradebook.find_submission(lab, student)
        except MissingEntry:
            submission = gradebook.add_submission(lab, student)
        stamp = folders.get_existing_timestamp(folders.format_path(folders.submitted_directory, student, lab))
        if stamp:
            submission.timestamp = stamp
        return submission

    @cached_property
    def _nbgrader(self) -> Autograde:
        return Autograde(coursedir=self.course.folders(self.lab.name), config=self.course.config, log=QUIET)


def _by_cell(gradebook: Gradebook, kind: type, notebook: SubmittedNotebook) -> dict[str, Any]:
    """A submission's grades or comments by grade_id, in one query."""
    query = select(BaseCell.name, kind).join(kind, kind.cell_id == BaseCell.id).where(kind.notebook_id == notebook.id)
    return {name: item for name, item in gradebook.db.execute(query)}


def _score(lab: Lab, outcome: Outcome, grades: dict[str, Grade], changed: set[str]) -> None:
    for task, result in zip(lab.tasks, outcome.tasks, strict=True):
        for test, part in zip(task.tests, result.parts, strict=True):
            grade, before = grades[test.id], grades[test.id].auto_score
            waits = part.status in (Status.FAULT, Status.TO_GRADE)  # not zero: a person has to look
            grade.auto_score = None if waits else part.points
            if task.solution in changed:
                grade.manual_score = grade.extra_credit = None
            if grade.manual_score is None:
                grade.needs_manual_grade = waits
            elif grade.auto_score != before:  # the person graded on the strength of another score
                grade.needs_manual_grade = True


def _penalty(
    course: Course, gradebook: Gradebook, submission: SubmittedAssignment, notebook: SubmittedNotebook
) -> float | None:
    """The late penalty of the class's plugin, between 0 and the score; None for work that was on time."""
    late = submission.total_seconds_late
    if late <= 0:
        return None
    penalties = AssignLatePenalties(config=course.config, log=QUIET)
    penalties.init_plugin()
    gradebook.db.refresh(notebook)  # the database computes its score
    score = notebook.score
    penalty = penalties.plugin_inst.late_submission_penalty(submission.student.id, score, late)
    return None if penalty is None else min(max(penalty, 0), score)
