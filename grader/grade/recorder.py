"""Records outcomes in nbgrader's gradebook, each in one transaction that also says which outcome it was."""

from __future__ import annotations

import contextlib
import json
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

from grader.grade.gradebook import Course, reached, said
from grader.grade.lab import Lab, grade_id, is_solution
from grader.grade.outcome import Outcome, digest
from grader.grade.run import QUIET
from grader.verdict import Status


class _Kept(Base):
    """Which outcome a submission's scores in the gradebook come from: one row each, in the scores' own transaction.

    `answers` are the digests of the answers that a person's grades were given for. A table of ours beside nbgrader's;
    no key of nbgrader's points to it.
    """

    __tablename__ = "grader_record"
    submission = Column(String(32), primary_key=True)
    state = Column(String(64), nullable=False)
    answers = Column(Text, nullable=False)


def recorded(course: Course, lab: Lab) -> dict[str, str]:
    """By student, the state (as `state_of` gives it) that the gradebook was brought to."""
    with reached(course) as gradebook:
        rows = gradebook.db.execute(
            select(SubmittedAssignment.student_id, _Kept.state)
            .join(_Kept, _Kept.submission == SubmittedAssignment.id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .where(Assignment.name == lab.name)
        )
        return {student: state for student, state in rows}


def deadlines(course: Course, lab: Lab) -> dict[str, str]:
    """What the gradebook says of when each student's work was due; under "" what holds for the others."""
    with reached(course) as gradebook:
        due = str(gradebook.find_assignment(lab.name).duedate)
        rows = gradebook.db.execute(
            select(SubmittedAssignment.student_id, SubmittedAssignment.extension)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .where(Assignment.name == lab.name)
        )
        return {"": f"{due} None", **{student: f"{due} {extension}" for student, extension in rows}}


def state_of(course: Course, outcome: Outcome, due: str) -> str:
    """What a record is made from: the outcome, when the work was handed in, and when it was due."""
    stamp = course.submission(outcome.student, outcome.lesson) / "timestamp.txt"
    return digest(outcome.model_dump_json(), stamp.read_bytes() if stamp.is_file() else b"", due)


class Recorder:
    """The gradebook, kept open while outcomes of one lab are recorded in it; to be closed.

    Opening it anew for each takes longer than recording.
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
        self._gradebook = None
        self._open.close()

    def record(self, outcome: Outcome) -> None:
        """Save an outcome's scores, and the late penalty, in one transaction.

        Unlike nbgrader alone, an answer that has changed takes the manual grade of the old one with it.
        Raises UserError when the gradebook can't be reached.
        """
        try:
            with said():
                self._gradebook = self._gradebook or self._open.enter_context(self.course.gradebook())
                self._record(self._gradebook, outcome)
        except BaseException:
            self.close()
            raise

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
        """The student's submission, with the time it came in, as nbgrader reads it."""
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
            elif grade.auto_score != before:  # what the person knew of it is no longer so
                grade.needs_manual_grade = True


def _penalty(
    course: Course, gradebook: Gradebook, submission: SubmittedAssignment, notebook: SubmittedNotebook
) -> float | None:
    """The late penalty that the class's plugin gives, between 0 and the score; None where the work came in time."""
    late = submission.total_seconds_late
    if late <= 0:
        return None
    penalties = AssignLatePenalties(config=course.config, log=QUIET)
    penalties.init_plugin()
    gradebook.db.refresh(notebook)  # its score is a sum that the database makes
    score = notebook.score
    penalty = penalties.plugin_inst.late_submission_penalty(submission.student.id, score, late)
    return None if penalty is None else min(max(penalty, 0), score)
