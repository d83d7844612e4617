"""Attempts to break out of a sandbox, made from inside it. An attempt that is refused raises an exception.

    base.py         the register and helpers
    files.py, network.py, processes.py, kernel.py    the attempts, by what they are directed at
    ordinary.py     what an ordinary notebook needs, which must not be refused

None does harm if it succeeds: each acts on a target made for it, asks without acting, or undoes what it did. Some calls
are refused yet report success; whether those had an effect is checked from outside, where that is possible.

Needs only the standard library; run as `python -c … main()` with the targets as JSON.
"""

from __future__ import annotations

import json
import sys

from grader.sandbox.attempts import files, kernel, network, ordinary, processes  # noqa: F401 - they register themselves
from grader.sandbox.attempts.base import FILES, KERNEL, NETWORK, PROCESSES, REGISTERED, Attempt, Targets

ATTEMPTS: dict[str, Attempt] = {
    attempt.name: attempt
    for group in (FILES, NETWORK, PROCESSES, KERNEL)
    for attempt in REGISTERED
    if attempt.group == group
}

__all__ = ["ATTEMPTS", "FILES", "KERNEL", "NETWORK", "PROCESSES", "Attempt", "Targets", "main"]


def main() -> None:
    """Make all attempts. Prints as JSON which were refused, and which ordinary operations failed."""
    targets = Targets(**json.loads(sys.argv[1]))
    refused = {}
    for name, attempt in ATTEMPTS.items():
        try:
            attempt.make(targets)
        except BaseException as error:
            refused[name] = f"{type(error).__name__}: {error}"
    print(json.dumps({"refused": refused, "failed": ordinary.failures(targets)}))
