"""`grader grade LAB`: takes submissions in, grades them, prints the table."""

from __future__ import annotations

import random
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from grader import paths
from grader.errors import UserError

DEFAULT_COURSE = Path("classroom")
CELLS_OF_TIME = 10
"""The notebook as a whole may take as long as this many of its slowest allowed cells."""


def grade(
    lab: str,
    submissions: Path | None = None,
    course_dir: Path = DEFAULT_COURSE,
    db: str | None = None,
    timeout: float | None = None,
    seed: int | None = None,
    only: list[str] | None = None,
    console: Console | None = None,
) -> int:
    """Grade a lab's submissions; returns the exit code: 1 if the grader itself failed anywhere, else 0.

    `submissions` is a folder, notebook or zip to take in first; without it, what lies in the course
    directory's `submitted/` is graded. `seed` is what checks draw their data from, random by default and
    recorded with each grade. Raises UserError when there is nothing to grade.
    """
    from grader.grade.lab import load_lab  # nbgrader takes seconds to import, also for `grader --help`

    return grade_lab(
        load_lab(paths.find_lesson(lab)), submissions, course_dir, db, timeout, seed, only, console or Console()
    )


def grade_lab(lab, submissions, course_dir, db, timeout, seed, only, console) -> int:
    """`grade` for a lab that has been loaded."""
    from grader.grade.batch import Settings, grade_class
    from grader.grade.gradebook import Course
    from grader.grade.run import Limits
    from grader.grade.submissions import take_in
    from grader.grade.table import table

    course = Course.open(course_dir, db)
    taken = None
    if submissions is not None:
        intake = take_in(submissions, course.submitted, lab.name)
        taken = intake.students
        for remark in intake.remarks:
            console.print(remark, style="yellow", markup=False)
    students = _choose(course, lab.name, taken, only)
    seconds = timeout or lab.timeout
    settings = Settings(
        limits=Limits(cell_seconds=seconds, notebook_seconds=CELLS_OF_TIME * seconds),
        seed=random.SystemRandom().randrange(2**31) if seed is None else seed,
    )
    outcomes = []
    with _progress(console) as progress:
        bar = progress.add_task(lab.name, total=len(students), student=students[0])
        for outcome in grade_class(course, lab, students, settings):
            outcomes.append(outcome)
            following = students[len(outcomes) : len(outcomes) + 1]
            progress.update(bar, advance=1, student=following[0] if following else "")
    console.print(table(f"{lab.title} · {lab.name}", outcomes))
    return _report_faults(course, outcomes, console)


def _choose(course, lab: str, taken: tuple[str, ...] | None, only: list[str] | None) -> list[str]:
    """The students to grade: those just taken in, or all; of these `only`, if given."""
    from grader.grade.submissions import students_of

    present = taken if taken is not None else students_of(course.submitted, lab)
    if not present:
        raise UserError(
            f"There are no submissions for {lab} in {course.submitted}.",
            "Give a folder or a zip of them with --submissions, or collect them with nbgrader.",
        )
    if not only:
        return list(present)
    if unknown := sorted(set(only) - set(present)):
        raise UserError(
            f"No submission for {lab} from: {', '.join(unknown)}.", f"There are some from: {', '.join(present)}."
        )
    return [student for student in present if student in only]


def _report_faults(course, outcomes, console: Console) -> int:
    """Say loudly what was no student's fault; the exit code."""
    faults = [outcome for outcome in outcomes if outcome.has_fault]
    for outcome in faults:
        console.print(f"⚠ grader fault: {outcome.student}", style="bold magenta", markup=False)
        for task in outcome.tasks:
            for part in task.parts:
                if part.fault:
                    console.print(f"  {part.id}: {part.fault.strip().splitlines()[-1]}", markup=False)
        if outcome.fault:
            console.print(outcome.fault, markup=False)
        console.print(f"  details: {course.outcome(outcome.student, outcome.lesson)}", markup=False)
    if faults:
        console.print("These points are not lost: mend the fault and grade again with --only.", style="bold")
    return 1 if faults else 0


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[student]}", markup=False),
        console=console,
    )
