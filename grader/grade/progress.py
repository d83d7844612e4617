"""Shows a batch's progress: a bar, the time left and each worker's submission; without a terminal, plain lines."""

from __future__ import annotations

from time import monotonic
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
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
        self.live = Live(console=console, auto_refresh=False, transient=True, get_renderable=self.picture)

    def __enter__(self) -> Bar:
        super().__enter__()
        self.live.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.live.stop()

    def begins(self, place: str, student: str) -> None:
        super().begins(place, student)
        self.live.refresh()

    def tick(self) -> None:
        self.live.refresh()

    def picture(self) -> Group:
        line = Table.grid(padding=(0, 1))
        left = self.left()
        remaining = "" if left is None else f"{clock(left)} left"
        bar = ProgressBar(total=max(self.total, 1), completed=self.done, width=30)
        line.add_row(Text(self.title, style="bold"), bar, f"{self.done}/{self.total}", Text(remaining, style="cyan"))
        crew = Table.grid(padding=(0, 2))
        at = sorted(self.at.items())
        for place, (student, since) in at[:MOST]:
            crew.add_row(Text(f"  {place}", style="dim"), Text(student), Text(clock(monotonic() - since), style="dim"))
        if len(at) > MOST:
            crew.add_row(Text(f"  and {len(at) - MOST} more", style="dim"))
        return Group(line, crew)


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
