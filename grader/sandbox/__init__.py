"""Runs untrusted code so that it can do no harm.

`choose()` tries to break out of each sandbox and returns the first one that holds on this machine. `start(argv, policy,
backend)` runs a program in it; `fork(policy, backend, body)` runs a function there in a fork of this process, with
everything it has imported. Both return a guard, which ends the submission together with everything it has started, and
reports why it ended.

The grader's side:

    policy.py        what a submission may read, write, and use up; runtime.py is what any Python program has to read
    guard.py         starts a submission, reports how it ended (exit_status.py), and ends it
    supervisor.py    the process above each submission: enforces the limits that span several processes, as read from
                     /proc by processes.py
    doctor.py        tries each backend with the attacks in attempts/ and chooses one; command.py is `grader doctor`

Confinement, inside the submission's process:

    backends/        one module for each kind of sandbox
    confine.py       enters the sandbox that a policy describes: privilege.py gives up rights, landlock.py restricts
                     files, seccomp.py restricts system calls (numbered in syscalls.py); libc.py makes the raw calls

The files in a submission's private folder are as hostile as the submission: code that reads them must not follow
links, and `discard` is the way to remove them.
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
