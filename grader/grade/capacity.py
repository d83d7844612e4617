"""How many submissions this machine can grade at a time, by the processors and the memory available to us."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from grader.sandbox import GB

A_SUBMISSION = 3 * GB // 2
"""Memory needed to grade one submission: a kernel that trains a small model, the judge and the worker."""
GROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Capacity:
    """The number of CPUs available, and the bytes of free memory."""

    cpus: float
    memory: int

    @property
    def workers(self) -> int:
        """At least one: a machine that is too small still grades, only slowly."""
        return max(1, min(math.floor(self.cpus), self.memory // A_SUBMISSION))

    def __str__(self) -> str:
        return f"{self.cpus:g} CPUs, {self.memory / GB:.1f} GB free, {A_SUBMISSION / GB:g} GB a submission"


def here() -> Capacity:
    """The capacity of this machine for this process, within its CPU affinity and its container's limits."""
    groups = list(_groups())
    cpus = min([float(_cpus()), *(share for group in groups if (share := _cpu_share(group)))])
    free = min([psutil.virtual_memory().available, *(left for g in groups if (left := _memory_left(g)) is not None)])
    return Capacity(max(cpus, 1.0), max(free, 0))


def _cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _groups() -> Iterator[Path]:
    """The control groups of this process, innermost first; none without version 2 of Linux control groups."""
    try:
        line = next(x for x in Path("/proc/self/cgroup").read_text().splitlines() if x.startswith("0::"))
    except (OSError, StopIteration):
        return
    group = GROUPS / line.removeprefix("0::").lstrip("/")
    yield from (g for g in (group, *group.parents) if g.is_relative_to(GROUPS))


def _cpu_share(group: Path) -> float | None:
    words = _words(group / "cpu.max")
    return int(words[0]) / int(words[1]) if len(words) == 2 and words[0] != "max" else None


def _memory_left(group: Path) -> int | None:
    most, used = _words(group / "memory.max"), _words(group / "memory.current")
    return int(most[0]) - int(used[0]) if most and used and most[0] != "max" else None


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []
