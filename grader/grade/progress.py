"""Shows a batch's progress: a bar, the time left and each worker's submission; without a terminal, plain lines."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic
from types import TracebackType

import rich.progress
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.table import Table
from rich.text import Text

from grader.grade.outcome import Outcome
from grader.grade.table import describe, number

MOST = 16
"""The most workers that are shown; a cluster may have hundreds."""


class Progress:
    """Keeps track of a running batch and shows nothing. `place` names a worker."""

    def __init__(self, total: int = 0, title: str = ""):
        self.total, self.title = total, title
        self.done = 0
        self.started = monotonic()
        self.at: dict[str, tuple[str, float]] = {}

    def __enter__(self) -> Progress:
        self.started = monotonic()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        pass

    def begins(self, place: str, student: str) -> None:
        self.at[place] = (student, monotonic())

    def ends(self, place: str) -> None:
        self.at.pop(place, None)

    def graded(self, outcome: Outcome) -> None:
        self.done += 1

    def tick(self) -> None:
        """Called several times a second while workers grade."""

    def left(self) -> float | None:
        """Estimated seconds until the end; None before the first submission is graded."""
        if not self.done:
            return None
        return (monotonic() - self.started) / self.done * (self.total - self.done)


class Bar(Progress):
    """A bar in a terminal. It is drawn by the caller of `tick` and not by a thread, because the batch forks."""

    def __init__(self, console: Console, total: int, title: str):
        super().__init__(total, title)
        self.drawn = _Drawn(self, console)
        self.task = self.drawn.add_task(title, total=total, left="")

    def __enter__(self) -> Bar:
        super().__enter__()
        self.drawn.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.drawn.stop()

    def begins(self, place: str, student: str) -> None:
        super().begins(place, student)
        self.tick()

    def tick(self) -> None:
        left = self.left()
        self.drawn.update(self.task, completed=self.done, left="" if left is None else f"{clock(left)} left")
        self.drawn.refresh()


class _Drawn(rich.progress.Progress):
    """Rich's bar, and below it what each worker is at."""

    def __init__(self, bar: Bar, console: Console):
        self.bar = bar  # before Rich draws the first one
        # The time left is ours: Rich estimates by the last half minute, and a submission may take longer than that.
        columns = (
            TextColumn("{task.description}", style="bold", markup=False),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]}", style="cyan"),
        )
        super().__init__(*columns, console=console, auto_refresh=False, transient=True)

    def get_renderables(self) -> Iterator[Table]:
        yield self.make_tasks_table(self.tasks)
        workers = Table.grid(padding=(0, 2))
        at = sorted(self.bar.at.items())
        for place, (student, since) in at[:MOST]:
            seconds = clock(monotonic() - since)
            workers.add_row(Text(f"  {place}", style="dim"), Text(student), Text(seconds, style="dim"))
        if len(at) > MOST:
            workers.add_row(Text(f"  and {len(at) - MOST} more", style="dim"))
        yield workers


class Lines(Progress):
    """A line for each submission, for output to a file or a log."""

    def __init__(self, console: Console, total: int, title: str):
        super().__init__(total, title)
        self.console = console

    def graded(self, outcome: Outcome) -> None:
        super().graded(outcome)
        points = f"{number(outcome.score)} of {number(outcome.max_score)}"
        left = self.left()
        remaining = f", {clock(left)} left" if left else ""
        self.console.print(
            f"{self.done}/{self.total} {outcome.student}: {points}, {describe(outcome)}"
            f" ({outcome.seconds:.1f} s{remaining})",
            markup=False,
            soft_wrap=True,
        )


def progress_for(console: Console, total: int, title: str) -> Progress:
    return (Bar if console.is_terminal else Lines)(console, total, title)


def clock(seconds: float) -> str:
    """`0:07`, `12:30`, `1:02:30`."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
