"""What a program and everything that it starts uses: seconds, processor time, and memory at its peak."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psutil

from grader.sandbox import libc

EVERY = 1.0
"""Seconds between two looks at the memory. The kernel goes through every page for it, which takes time from others."""


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
    """Run a program to its end, and what it leaves running too. Raises Failed for another exit code.

    It finds no warm process that is there already: what that one did would not be counted.
    """
    with tempfile.TemporaryDirectory(prefix="warm-") as folder:
        return _run(argv, {**os.environ, "GRADER_KERNEL_DIR": folder, **(environment or {})}, allowed)


def _run(argv: Sequence[str], environment: Mapping[str, str], allowed: Sequence[int]) -> Used:
    # Orphans become children of this process: none of what they use is lost.
    libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
    before, started = _cpu(), time.monotonic()
    process = subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    peak = _Peak()
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


def _reap(patience: float = 5) -> None:
    """Wait for what is left of it, and end what doesn't end by itself."""
    until = time.monotonic() + patience
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            if time.monotonic() > until:
                for child in psutil.Process().children(recursive=True):
                    child.kill()
            time.sleep(0.05)


def memory_of(process: psutil.Process) -> int:
    """The proportional set size of all that a process has started, in bytes."""
    total = 0
    for child in process.children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it has ended meanwhile
            total += child.memory_full_info().pss
    return total


class _Peak(threading.Thread):
    """Looks at the memory of all that this process has started until it is told to stop."""

    def __init__(self):
        super().__init__(daemon=True)
        self._own, self._most, self._stop_now = psutil.Process(), 0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self._stop_now.wait(EVERY):
            self._most = max(self._most, memory_of(self._own))

    def stop(self) -> int:
        self._stop_now.set()
        self.join()
        return self._most
