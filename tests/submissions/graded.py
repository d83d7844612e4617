"""Grading in tests: a class in this process, and runs that are made up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nbformat import NotebookNode

from grader.grade import gradebook
from grader.grade.batch import Settings, grade_students
from grader.grade.gradebook import Course, Grades
from grader.grade.judged import Judged, show
from grader.grade.lab import Lab, grade_id, is_test
from grader.grade.outcome import Outcome
from grader.grade.recorder import Recorder
from grader.grade.run import Run
from grader.verdict import Status


def register(course: Course, lab: Lab) -> None:
    """Put the lab into the course's gradebook."""
    with Recorder(course, lab) as recorder:
        recorder.register()


def grade_class(
    course: Course, lab: Lab, students: Sequence[str], settings: Settings, *team_and_progress
) -> Iterator[Outcome]:
    """Register the lab and grade each student's submission; yields outcomes as they come."""
    with Recorder(course, lab) as recorder:
        recorder.register()
        yield from grade_students(course, lab, students, settings, recorder, *team_and_progress)


def grade_one(course: Course, lab: Lab, student: str, settings: Settings) -> Outcome:
    """Grade one submission of a lab that is registered, in this process."""
    with Recorder(course, lab) as recorder:
        (outcome,) = grade_students(course, lab, [student], settings, recorder)
    return outcome


def grades(course: Course, lab: str, student: str) -> Grades | None:
    """What the course's gradebook says about a student's lab."""
    with course.gradebook() as opened:
        return gradebook.grades(opened, lab, student)


def judged(notebook: NotebookNode, found: Mapping[str, Judged | Status] | None = None, **more) -> Run:
    """A run of which every test cell passed but those that are `found` to be otherwise."""
    tests = [cell for cell in notebook.cells if is_test(cell)]
    all_found = {grade_id(cell): _judged((found or {}).get(grade_id(cell), Status.PASSED)) for cell in tests}
    for cell in tests:
        show(cell, all_found[grade_id(cell)])
    return Run(notebook, all_found, **more)


def _judged(found: Judged | Status) -> Judged:
    return found if isinstance(found, Judged) else Judged(found)
