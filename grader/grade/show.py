"""`grader show STUDENT LAB`: one student's outcome, and the circumstances of the grade."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from grader import paths
from grader.errors import UserError
from grader.grade.command import DEFAULT_COURSE


def show(
    student: str,
    lab: str,
    course_dir: Path = DEFAULT_COURSE,
    db: str | None = None,
    console: Console | None = None,
) -> int:
    """Print an outcome. Returns the exit code. Raises UserError if there is no such student or lab."""
    from grader.grade.gradebook import Course

    if not course_dir.is_dir():
        raise UserError(f"There is no class in {course_dir}.", "Pass the folder of the class with --course-dir.")
    course = Course.open(course_dir, db)
    (console or Console()).print(page(course, _find(course, student, paths.find_lesson(lab).name)))
    return 0


def page(course, outcome) -> Group:
    """Everything that an outcome contains, for the terminal."""
    from grader.grade.table import describe, number

    title = Text.assemble((outcome.student, "bold"), f" · {outcome.lesson} · ", (describe(outcome), "bold"))
    total = Text(f"{number(outcome.score)} of {number(outcome.max_score)} points by this outcome")
    parts = [title, total, *_gradebook(course, outcome), _tasks(outcome), *_messages(outcome)]
    notes = [Text(f"• {note}") for note in outcome.notes]
    return Group(
        *parts,
        *([Text("\nNotes", style="bold"), *notes] if notes else []),
        *_fault(outcome),
        _record(outcome),
        _places(course, outcome),
    )


def _find(course, student: str, lab: str):
    from grader.grade import outcome as o

    path = course.outcome(student, lab)
    present = sorted(p.stem for p in path.parent.glob("*.json"))
    if student in present:
        try:
            return o.read(path)
        except ValueError:
            raise UserError(
                f"{path} can't be read: it is damaged, or another version wrote it.",
                f"Grade it again: grader grade {lab} --only {student}",
            ) from None
    if course.submission(student, lab).is_dir():
        raise UserError(f"{student} has handed {lab} in, but it has not been graded.", f"grader grade {lab}")
    if not present:
        raise UserError(f"Nothing has been graded yet for {lab} in {course.root}.", f"grader grade {lab}")
    raise UserError(f"There is no outcome of {student!r} for {lab}.", f"There are outcomes of: {', '.join(present)}.")


def _gradebook(course, outcome) -> Iterator[Text]:
    """The points in the gradebook, which also has manual grades and the late penalty."""
    from grader.grade.gradebook import explained, grades

    with explained(), course.gradebook() as gradebook:
        kept = grades(gradebook, outcome.lesson, outcome.student)
    if kept is None:
        yield Text("not in the gradebook yet", style="yellow")
        return
    by_hand = sum(cell.manual for cell in kept.cells.values())
    waiting = sum(cell.waits for cell in kept.cells.values())
    words = [f"{kept.score - kept.penalty:g} of {kept.max_score:g} points in the gradebook"]
    words += [f"late penalty {kept.penalty:g}"] if kept.penalty else []
    words += [f"{by_hand} graded by hand"] if by_hand else []
    words += [f"{waiting} waiting for a person"] if waiting else []
    yield Text(", ".join(words))


def _tasks(outcome) -> Table:
    from grader.grade.table import MARKS, number

    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for name, side in (("task", "left"), ("points", "right"), ("status", "left"), ("seconds", "right")):
        table.add_column(name, justify=side)
    for task in outcome.tasks:
        mark, style = MARKS[task.status]
        points = f"{number(task.points)} of {number(task.max)}"
        table.add_row(Text(task.id), points, Text(f"{mark} {task.status}", style=style), f"{task.seconds:.1f}")
        for part in task.parts if len(task.parts) > 1 else ():
            mark, style = MARKS[part.status]
            points = f"{number(part.points)} of {number(part.max)}"
            table.add_row(
                Text(f"  {part.id}"),
                points,
                Text(f"{mark} {part.status}", style=style),
                f"{part.seconds:.1f}",
                style="dim",
            )
    return table


def _messages(outcome) -> Iterator[Text]:
    """What failed, task by task: the checks' observations, the student's own error, faults of the grader."""
    from grader.verdict import Status

    for task in outcome.tasks:
        failed = [(v.title, x) for v in task.verdicts for x in v.observations if not x.ok]
        faults = [part for part in task.parts if part.fault]
        if not (failed or task.problem or faults):
            continue
        yield Text(f"\n{task.title}", style="bold")
        for title, seen in failed:
            yield Text(f"  {title}: {seen.about}")
            yield from (
                Text(f"    {name} {words}")
                for name in ("seen", "expected", "why", "next")
                if (words := getattr(seen, name))
            )
        if task.problem:
            yield Text("\n".join(f"    {line}" for line in task.problem.splitlines()), style="red")
        for part in faults:
            sure = "grader fault" if part.status is Status.FAULT else "possible grader fault"
            yield Text(f"  {part.id}: {sure}: {part.fault.strip()}", style="magenta")


def _fault(outcome) -> list[Text]:
    return [Text(f"\n{outcome.fault.strip()}", style="magenta")] if outcome.fault else []


def _record(outcome) -> Table:
    """The circumstances of the grade."""
    made = outcome.versions
    rows = {
        "graded": f"{outcome.finished} in {outcome.seconds:.1f} s on {made.machine}",
        "engine": f"keras-course {made.engine}, nbgrader {made.nbgrader}, Keras {made.keras}, Python {made.python}",
        "lesson": made.lesson[:16],
        "submission": outcome.submission[:16],
        "made from": outcome.made_from[:16],
        "seed": str(made.seed),
        "sandbox": made.sandbox or "not recorded",
        "left out": f"{outcome.left_out} of the lab's own examples, which no graded cell uses",
        "limits": ", ".join(f"{name} {value:g}" for name, value in made.limits.items()) or f"cell {made.timeout:g} s",
    }
    return _grid("\nMade with", rows)


def _places(course, outcome) -> Table:
    student, lab = outcome.student, outcome.lesson
    places = {
        "handed in": course.submission(student, lab),
        "notebook": course.autograded(student, lab),
        "feedback": course.feedback(student, lab),
        "outcome": course.outcome(student, lab),
    }
    missing = {"feedback": f"not written yet: grader feedback {lab}", "notebook": "none: it was not run"}
    return _grid("\nWhere", {n: str(p) if p.exists() else missing.get(n, f"{p} (gone)") for n, p in places.items()})


def _grid(title: str, rows: dict[str, str]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_row(Text(title, style="bold"))
    for name, words in rows.items():
        grid.add_row(Text(f"  {name}", style="dim"), Text(words, overflow="fold"))
    return grid
