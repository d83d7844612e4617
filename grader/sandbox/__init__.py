"""Runs code that nobody here wrote so that it can do no harm: one way in, several backends behind it.

`choose()` finds, by attempting to get out of it, a backend that holds on this machine. `start(argv, policy, backend)`
runs a program in it; `fork(policy, backend, body)` goes on in it with all that this process has imported. Both give a
guard, which ends the submission with everything that it has started, and says why it ended.

What a submission leaves in its private folder is as hostile as the submission: whoever reads it there must not follow
links, and `discard` removes it.
"""

from grader.sandbox.backends import Backend
from grader.sandbox.confine import NotConfined, enter
from grader.sandbox.doctor import choose, examine
from grader.sandbox.exit_status import Ended, Usage
from grader.sandbox.guard import Guard, Sandboxed, discard, fork, start
from grader.sandbox.policy import GB, MB, Policy
from grader.sandbox.runtime import Runtime, runtime

__all__ = [
    "GB",
    "MB",
    "Backend",
    "Ended",
    "Guard",
    "NotConfined",
    "Policy",
    "Runtime",
    "Sandboxed",
    "Usage",
    "choose",
    "discard",
    "enter",
    "examine",
    "fork",
    "runtime",
    "start",
]
