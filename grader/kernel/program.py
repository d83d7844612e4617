"""Starts a confined kernel as a program, for sandboxes that a fork cannot enter and when there is no warm process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from grader.sandbox import Policy, Sandboxed
from grader.sandbox import start as start_in_sandbox
from grader.sandbox.backends import Backend

_CODE = "import sys; del sys.path[0]; from grader.kernel.program import main; main()"  # nothing from the submission


def start(arguments: dict[str, Any], policy: Policy, backend: Backend) -> Sandboxed:
    """Start a kernel as `client.start_confined` does, except that it imports everything itself. Raises NotConfined."""
    argv = [backend.python, "-c", _CODE]
    running = start_in_sandbox(argv, policy, backend, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)  # fmt: skip
    assert running.stdin is not None  # it was asked for
    with running.stdin as pipe:
        pipe.write(json.dumps(arguments).encode())
    return running


def main() -> None:
    from grader.kernel import app

    arguments = json.loads(sys.stdin.buffer.read())
    devnull = os.open(os.devnull, os.O_RDONLY)
    os.dup2(devnull, 0)
    os.close(devnull)
    app.main(arguments, [])
