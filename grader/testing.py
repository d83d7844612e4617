"""`grader test`: the phases of a test run, side by side as far as there are cores, and where the time went."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from grader import paths

SAMPLE = 0.05
"""The share of what has not changed that is audited and replayed all the same."""
SLOWEST = 10


@dataclass
class Phase:
    """One command of a test run, how many cores it is given, and how it went. A `live` one prints as it runs."""

    name: str
    command: Sequence[str]
    cores: int = 1
    live: bool = False
    started: float = 0.0
    seconds: float = 0.0
    cpu: float = 0.0
    code: int | None = None
    output: Path = field(default=Path(os.devnull))

    @property
    def result(self) -> str:
        return "not run" if self.code is None else "ok" if self.code == 0 else "[bold red]failed[/]"


def phases(labs: Sequence[str], workers: int, draw: int, every: bool, report: Path) -> list[Phase]:
    """What is run, in this order: for all labs what has changed, for those that are named everything about them."""
    grader = [sys.executable, "-m", "grader.cli"]
    share = [] if labs or every else ["--changed", "--sample", str(SAMPLE), "--draw", str(draw)]
    audit = ["--seeds", "1", "--no-mutants", "--quick", "--workers", str(workers)]
    spread = ["-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder"]
    tests = [f"--junitxml={report}", "-o", "junit_family=xunit1", *(f"--lab={lab}" for lab in labs)]
    half = max(1, workers // 2)
    return [
        Phase("ruff check", _ruff("check", ".")),
        Phase("ruff format", _ruff("format", "--check", ".")),
        Phase("mypy", [sys.executable, "-m", "mypy"]),
        Phase("build --check", [*grader, "build", *labs, "--check"]),
        Phase("validate", [*grader, "validate", *labs, *share, "--jobs", str(half)], half),
        Phase("audit", [*grader, "audit", *labs, *share, *audit], half),
        Phase("pytest", [sys.executable, "-m", "pytest", *spread, *tests], workers, live=True),
    ]


def _ruff(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "ruff", *arguments]


def run(labs: Sequence[str], workers: int, draw: int, every: bool, console: Console) -> int:
    """Run the phases. After one has failed no other begins. Returns 1 when one failed, else 0."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="test-run-") as folder:
        report = Path(folder) / "tests.xml"
        found = phases(labs, workers, draw, every, report)
        for number, phase in enumerate(found):
            phase.output = Path(folder) / f"{number}.txt"
        _run_all(found, workers, console)
        console.print(_where_the_time_went(found, time.monotonic() - started))
        if report.is_file():
            console.print(_slowest(report))
    return int(any(phase.code != 0 for phase in found))


def _run_all(waiting: Sequence[Phase], workers: int, console: Console) -> None:
    waiting = list(waiting)
    running: dict[int, tuple[Phase, subprocess.Popen]] = {}
    failed = False
    while running or (waiting and not failed):
        while waiting and not failed and (not running or _fits(waiting[0], running, workers)):
            phase = waiting.pop(0)
            process = _start(phase, console)
            running[process.pid] = phase, process  # kept, so that Popen doesn't wait for it on its own account
        pid, status, used = os.wait4(-1, 0)
        if pid not in running:
            continue
        phase, process = running.pop(pid)
        phase.code = process.returncode = os.waitstatus_to_exitcode(status)
        phase.seconds, phase.cpu = time.monotonic() - phase.started, used.ru_utime + used.ru_stime
        failed = failed or phase.code != 0
        if not phase.live:
            console.rule(f"{phase.name}: {phase.result}, {phase.seconds:.0f} s", align="left")
            sys.stdout.write(phase.output.read_text(errors="replace"))
            sys.stdout.flush()


def _fits(phase: Phase, running: dict[int, tuple[Phase, subprocess.Popen]], workers: int) -> bool:
    return sum(other.cores for other, _ in running.values()) + phase.cores <= workers


def _start(phase: Phase, console: Console) -> subprocess.Popen:
    phase.started = time.monotonic()
    if phase.live:
        console.rule(phase.name, align="left")
        return subprocess.Popen(phase.command, cwd=paths.ROOT)
    with phase.output.open("wb") as file:
        return subprocess.Popen(phase.command, cwd=paths.ROOT, stdout=file, stderr=subprocess.STDOUT)


def _where_the_time_went(found: Sequence[Phase], seconds: float) -> Table:
    table = Table(title="Where the time went", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("phase")
    for name in ("minutes", "CPU minutes", "result"):
        table.add_column(name, justify="right")
    for phase in found:
        table.add_row(phase.name, f"{phase.seconds / 60:.1f}", f"{phase.cpu / 60:.1f}", phase.result)
    table.add_row("all", f"{seconds / 60:.1f}", f"{sum(phase.cpu for phase in found) / 60:.1f}", "", style="bold")
    return table


def _slowest(report: Path) -> Table:
    """The test files that took longest, each by the sum of its tests."""
    seconds: dict[str, float] = defaultdict(float)
    tests: Counter[str] = Counter()
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        seconds[case.get("file", "")] += float(case.get("time", 0))
        tests[case.get("file", "")] += 1
    table = Table(title="The slowest test files", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("file")
    table.add_column("tests", justify="right")
    table.add_column("seconds", justify="right")
    for name, taken in sorted(seconds.items(), key=itemgetter(1), reverse=True)[:SLOWEST]:
        table.add_row(name, str(tests[name]), f"{taken:.0f}")
    return table
