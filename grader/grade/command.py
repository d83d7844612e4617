"""`grader grade LAB`: imports submissions, grades the new ones and prints the table."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from grader import paths
from grader.errors import UserError

DEFAULT_COURSE = Path("classroom")
CELLS_OF_TIME = 10
"""The notebook as a whole may take as long as this many of its slowest allowed cells."""
INTERRUPTED = 130


@dataclass(frozen=True)
class Options:
    """How to grade a batch. `workers` 0 grades in this process; None uses as many as the machine allows.

    Without `allow_unsandboxed`, nothing is graded on a machine without a working sandbox.
    """

    workers: int | None = None
    cluster: str = ""
    regrade: bool = False
    allow_unsandboxed: bool = False


def grade(
    lab: str,
    submissions: Path | None = None,
    course_dir: Path = DEFAULT_COURSE,
    db: str | None = None,
    timeout: float | None = None,
    seed: int | None = None,
    only: list[str] | None = None,
    console: Console | None = None,
    options: Options | None = None,
) -> int:
    """Grade a lab's submissions. Returns the exit code: 1 if the grader itself failed anywhere, otherwise 0.

    `submissions` is a folder, notebook or zip to import first; without it, the submissions in `submitted/` of the
    course directory are graded. Submissions that have been graded before and are unchanged are kept, so that an
    interrupted batch resumes. Checks draw their data from `seed`; by default it is the interrupted batch's seed or a
    random one, and each outcome records it. Raises UserError if there is nothing to grade.
    """
    os.environ.setdefault("GRADER_KERNEL_IDLE", "60")  # the warm process need not stay long after the batch
    if submissions is not None and not (options and options.cluster):
        _begin_warming()
    from grader.grade.lab import load_lab  # nbgrader takes seconds to import, also for `grader --help`

    lab = load_lab(paths.find_lesson(lab))
    return grade_lab(lab, submissions, course_dir, db, timeout, seed, only, console or Console(), options)


def grade_lab(lab, submissions, course_dir, db, timeout, seed, only, console, options: Options | None = None) -> int:
    """`grade` for a loaded lab."""
    from grader.grade import plan as plans
    from grader.grade.gradebook import Course

    course = Course.open(course_dir, db)
    with plans.alone(course):
        students = _students(course, lab, submissions, only, console)
        batch = plans.begin(course, lab.name, seed, (options or Options()).regrade)
        if batch.resumed:
            console.print(f"Resuming the interrupted batch, seed {batch.seed}.", markup=False)
        try:
            with _stoppable():
                code = _grade(course, lab, students, batch, timeout, console, options or Options())
        except KeyboardInterrupt:
            console.print("\nStopped. The results so far are kept; run the same command again to resume.")
            return INTERRUPTED
        plans.finish(course, lab.name)
    return code


def _begin_warming() -> None:
    """Let the warm process import Keras while this process imports nbgrader and plans the batch."""
    from grader.kernel import client, tuning
    from grader.sandbox import Policy

    client.warm_up_confined(Policy(private="/nowhere", variables=tuning.VARIABLES))


def _students(course, lab, submissions, only, console) -> list[str]:
    from grader.grade.submissions import take_in

    taken = None
    if submissions is not None:
        intake = take_in(submissions, course.submitted, lab.name)
        taken = intake.students
        for remark in intake.remarks:
            console.print(remark, style="yellow", markup=False)
    return _choose(course, lab.name, taken, only)


def _grade(course, lab, students, batch, timeout, console, options: Options) -> int:
    """Grade and record whatever is left to do, then print the table."""
    from grader.grade import plan as plans
    from grader.grade.batch import Settings, grade_students
    from grader.grade.progress import progress_for
    from grader.grade.recorder import Recorder
    from grader.grade.run import RunLimits
    from grader.grade.table import table

    seconds = timeout or lab.timeout
    limits = RunLimits(cell_seconds=seconds, notebook_seconds=CELLS_OF_TIME * seconds)
    backend = _sandbox(options, console)
    settings = Settings(limits=limits, seed=batch.seed, backend=backend, batch=batch.id)
    with Recorder(course, lab) as recorder:
        recorder.register()
        plan = plans.plan(course, lab, students, settings, recorder, options.regrade)
        for student in plan.unrecorded:
            recorder.record(plan.kept[student])
        _say_what_is_kept(plan, plans.differing(list(plan.kept.values()), settings), console)
        outcomes = dict(plan.kept)
        team = _team(options, len(plan.todo), console)
        with (
            progress_for(console, len(plan.todo), lab.name) as progress,
            contextlib.closing(grade_students(course, lab, plan.todo, settings, recorder, team, progress)) as graded,
        ):
            outcomes.update((outcome.student, outcome) for outcome in graded)
    ordered = [outcomes[student] for student in students]
    console.print(table(f"{lab.title} · {lab.name}", ordered, kept=set(plan.kept)))
    return _report_faults(course, ordered, console)


def _sandbox(options: Options, console: Console):
    """The sandbox backend that confines submissions. Raises UserError if none works."""
    from grader.sandbox import choose

    backend = choose(allow_unsandboxed=options.allow_unsandboxed)
    if backend.name == "none":
        console.print("⚠ No sandbox: each submission runs with all your rights on this machine.", style="bold red")
    return backend


def _team(options: Options, todo: int, console: Console):
    """What grades the submissions; prints the number of workers and the reason for it."""
    from grader.grade import capacity
    from grader.grade.workers import Here, Processes

    if not todo or options.workers == 0:
        return Here()
    if options.cluster:
        from grader.grade.cluster import Cluster

        return Cluster(options.cluster)
    available = capacity.here()
    number = min(options.workers or available.workers, todo)
    console.print(f"{number} worker{'s' if number > 1 else ''} ({available})", style="dim", markup=False)
    return Processes(number)


def _say_what_is_kept(plan, differing, console: Console) -> None:
    if plan.unreadable:
        console.print(
            f"{len(plan.unreadable)} saved outcome{'s' * (len(plan.unreadable) > 1)} can't be read (damaged, or from"
            f" another version); grading again: {', '.join(plan.unreadable)}.",
            style="yellow",
            markup=False,
        )
    if plan.kept:
        recorded = f", {len(plan.unrecorded)} of them recorded now" if plan.unrecorded else ""
        console.print(f"{len(plan.kept)} kept: submission and lesson are unchanged{recorded}.", markup=False)
    if differing:
        console.print(
            f"{len(differing)} of those were graded with a different seed, limit, sandbox or version;"
            " use --regrade to replace them.",
            style="yellow",
            markup=False,
        )


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Makes SIGTERM stop a batch as cleanly as Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _choose(course, lab: str, taken: tuple[str, ...] | None, only: list[str] | None) -> list[str]:
    """The students to grade: those just imported, or all; only those in `only`, if it is given."""
    from grader.grade.submissions import students_of

    present = taken if taken is not None else students_of(course.submitted, lab)
    if not present:
        raise UserError(
            f"There are no submissions for {lab} in {course.submitted}.",
            "Pass a folder or a zip of them with --submissions, or collect them with nbgrader.",
        )
    if not only:
        return list(present)
    if unknown := sorted(set(only) - set(present)):
        raise UserError(f"No submission for {lab} from: {', '.join(unknown)}.", f"Choose from: {', '.join(present)}.")
    return [student for student in present if student in only]


def _report_faults(course, outcomes, console: Console) -> int:
    """Report each grader fault, which is no student's fault. Returns the exit code."""
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
        console.print("These points are not lost: fix the fault and run the same command again.", style="bold")
    _report_doubts(outcomes, console)
    return 1 if faults else 0


def _report_doubts(outcomes, console: Console) -> None:
    """Name the tests that keep their status although something may have failed in the grader as well."""
    doubts = [(x, part) for x in outcomes if not x.has_fault for task in x.tasks for part in task.parts if part.fault]
    for outcome, part in doubts:
        words = part.fault.strip().splitlines()[-1]
        console.print(
            f"Possible grader fault: {outcome.student}, {part.id} ({part.status}): {words}",
            style="magenta",
            markup=False,
        )
    if doubts:
        console.print("The scores above are final. For details, run: grader show STUDENT LAB", style="dim")
