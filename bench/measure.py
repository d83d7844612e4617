"""What a program and everything that it starts uses: seconds, processor time, and memory at its peak."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
EVERY = 0.25
"""Seconds between two looks at the memory."""


@dataclass(frozen=True)
class Used:
    """Wall clock and processor seconds, and the most memory at once in bytes: shared pages are counted once (PSS)."""

    wall: float
    cpu: float
    memory: int
    output: str = ""

    def __add__(self, other: Used) -> Used:
        return Used(self.wall + other.wall, self.cpu + other.cpu, max(self.memory, other.memory))


class Failed(RuntimeError):
    """The program that was to be measured did not come to its end."""


def run(argv: Sequence[str], environment: Mapping[str, str] | None = None, allowed: Sequence[int] = (0,)) -> Used:
    """Run a program to its end, and what it leaves running too. Raises Failed for another exit code."""
    # Orphans become children of this process: none of what they use is lost.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before, started = _cpu(), time.monotonic()
    process = subprocess.Popen(
        argv, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    peak = _Peak(os.getpid())
    output = process.communicate()[0]
    wall = time.monotonic() - started
    memory = peak.stop()
    _reap()
    if process.returncode not in allowed:
        raise Failed(f"{' '.join(argv)} ended with {process.returncode}:\n{output[-3000:]}")
    return Used(wall, _cpu() - before, memory, output)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _reap(patience: float = 20) -> None:
    """Wait for what is left of it, and end what doesn't end by itself."""
    until = time.monotonic() + patience
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            if time.monotonic() > until:
                for child in children(os.getpid()):
                    os.kill(child, 9)
            time.sleep(0.05)


def children(pid: int) -> Iterator[int]:
    """The processes that `pid` has started, and theirs."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found = [int(word) for word in task.read_text().split()]
        except OSError:
            continue  # it has ended meanwhile
        for child in found:
            yield child
            yield from children(child)


def memory_of(pids: Iterator[int]) -> int:
    """Their proportional set size, in bytes."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


class _Peak(threading.Thread):
    """Looks at the memory of all descendants of a process until it is told to stop."""

    def __init__(self, pid: int):
        super().__init__(daemon=True)
        self._pid, self._most, self._stop_now = pid, 0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self._stop_now.wait(EVERY):
            self._most = max(self._most, memory_of(children(self._pid)))

    def stop(self) -> int:
        self._stop_now.set()
        self.join()
        return self._most
