"""The table of results of a batch: each student's points, task by task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from grader.grade.outcome import Outcome, Submission, TaskOutcome
from grader.verdict import Status

MARKS = {
    Status.PASSED: ("✓", "green"),
    Status.PARTLY: ("◐", "yellow"),
    Status.WRONG: ("✗", "red"),
    Status.CRASHED: ("!", "red"),
    Status.TIMED_OUT: ("…", "red"),
    Status.NOT_ATTEMPTED: ("○", "dim"),
    Status.TO_GRADE: ("✎", "cyan"),
    Status.FAULT: ("⚠", "bold magenta"),
}


def table(title: str, outcomes: Sequence[Outcome], kept: Collection[str] = ()) -> Group:
    """A row for each student: points for each task, total and status; below it, the meaning of the marks.

    Tasks are numbered, so that a dozen of them fit a terminal of 80 columns. `kept` are the students whose outcome
    comes from an earlier batch.
    """
    tasks = outcomes[0].tasks
    result = Table(title=title, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    result.add_column("student", overflow="fold", min_width=12)
    for place, task in enumerate(tasks, 1):
        result.add_column(f"{place}\n/{number(task.max)}", justify="right", no_wrap=True)
    result.add_column(f"sum\n/{number(outcomes[0].max_score)}", justify="right", no_wrap=True)
    result.add_column("status", overflow="fold", min_width=9)
    for outcome in outcomes:
        points = [_points(task) for task in outcome.tasks]
        total = Text(number(outcome.score), style="bold")
        said = f"kept: {describe(outcome)}" if outcome.student in kept else describe(outcome)
        result.add_row(Text(outcome.student), *points, total, Text(said))
    names = "  ".join(f"{place}\u00a0{task.id}" for place, task in enumerate(tasks, 1))
    return Group(result, Text(f"\n{names}\n{legend(outcomes)}", style="dim"))


def describe(outcome: Outcome) -> str:
    """A submission's status in a few words."""
    if outcome.status is not Submission.GRADED:
        return str(outcome.status)
    counts = Counter(task.status for task in outcome.tasks)
    waiting = counts.pop(Status.TO_GRADE, 0)
    if set(counts) <= {Status.PASSED}:
        words = ["passed"]
    elif set(counts) <= {Status.NOT_ATTEMPTED}:
        words = ["not attempted"]
    else:
        words = [f"{counts[s]} {s}" for s in MARKS if counts[s] and s is not Status.PASSED]
    if waiting:
        words.append(f"{waiting} to be graded")
    return ", ".join(words)


def legend(outcomes: Sequence[Outcome]) -> str:
    """The meaning of each mark that occurs."""
    seen = {task.status for outcome in outcomes for task in outcome.tasks}
    return "  ".join(f"{MARKS[status][0]}\u00a0{status}" for status in MARKS if status in seen)


def number(points: float) -> str:
    """Points without trailing zeros."""
    return f"{points:g}"


def _points(task: TaskOutcome) -> Text:
    mark, style = MARKS[task.status]
    return Text(f"{mark}{number(task.points)}", style=style)
