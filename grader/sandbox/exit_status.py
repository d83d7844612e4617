"""How a submission's run ended, and what it had used."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from typing import Any

EXIT, SIGNAL = "exit", "signal"
MEMORY, TIME, DISK, PROCESSES = "memory", "time", "disk", "processes"
LEFT, LOST = "left", "lost"
OVERUSE = {MEMORY, TIME, DISK, PROCESSES}
"""Ends for which a submission itself is to blame."""

WORDS = {
    MEMORY: "it used more memory than a submission may",
    TIME: "it took more time than a submission may",
    DISK: "it wrote more to disk than a submission may",
    PROCESSES: "it started more processes than a submission may",
    LEFT: "the grader left",
    LOST: "the process that watched over it is gone",
}


@dataclass
class Usage:
    """What a submission has used, all its processes together: seconds, bytes, and the most processes at a time.

    Memory that processes share may be counted once for each, unless that would have been too much.
    """

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory: int = 0
    peak_memory: int = 0
    disk: int = 0
    processes: int = 0


@dataclass(frozen=True)
class Ended:
    """Why it ended: by itself (`exit` or `signal`), for using too much of something, or as the grader asked.

    `code` is the exit code, `signal` the number of the signal that ended the first process, each 0 without one.
    `said` is the last word of who watched over it and failed, where it could say one.
    """

    why: str
    code: int = 0
    signal: int = 0
    usage: Usage = field(default_factory=Usage)
    said: str = ""

    @property
    def ok(self) -> bool:
        return self.why == EXIT and self.code == 0

    def __str__(self) -> str:
        if self.why == EXIT:
            return f"it ended with code {self.code}"
        if self.why == SIGNAL:
            return f"it was ended by {signal_name(self.signal)}"
        return WORDS.get(self.why, f"it was ended: {self.why}") + (f" ({self.said})" if self.said else "")


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def from_data(data: dict[str, Any]) -> Ended:
    return Ended(**{**data, "usage": Usage(**data["usage"])})
