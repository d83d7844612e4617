"""How a submission ended and what it had used by then."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from typing import Any

EXIT, SIGNAL = "exit", "signal"
MEMORY, TIME, DISK, PROCESSES = "memory", "time", "disk", "processes"
LEFT, LOST = "left", "lost"
OVERUSE = {MEMORY, TIME, DISK, PROCESSES}
"""The submission exceeded a limit of its policy."""

DESCRIPTIONS = {
    MEMORY: "it used more memory than a submission is allowed",
    TIME: "it took more time than a submission is allowed",
    DISK: "it wrote more to disk than a submission is allowed",
    PROCESSES: "it started more processes than a submission is allowed",
    LEFT: "the grader closed it",
    LOST: "its supervisor process died",
}


@dataclass
class Usage:
    """What all processes of a submission have used together: seconds, bytes, and the largest number of processes.

    Memory that processes share may be counted once for each, as long as the total stays within the limit.
    """

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory: int = 0
    peak_memory: int = 0
    disk: int = 0
    processes: int = 0


@dataclass(frozen=True)
class Ended:
    """Why a submission ended: by itself (`exit` or `signal`), at a limit, or on the grader's request.

    `code` is the exit code and `signal` the number of the signal that ended the first process; each is 0 if there was
    none. `detail` is the error message of a supervisor that failed.
    """

    why: str
    code: int = 0
    signal: int = 0
    usage: Usage = field(default_factory=Usage)
    detail: str = ""

    @property
    def ok(self) -> bool:
        return self.why == EXIT and self.code == 0

    def __str__(self) -> str:
        if self.why == EXIT:
            return f"it ended with code {self.code}"
        if self.why == SIGNAL:
            return f"it was ended by {signal_name(self.signal)}"
        return DESCRIPTIONS.get(self.why, f"it was ended: {self.why}") + (f" ({self.detail})" if self.detail else "")


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def from_data(data: dict[str, Any]) -> Ended:
    return Ended(**{**data, "usage": Usage(**data["usage"])})
