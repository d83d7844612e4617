"""A confined kernel as a program, for sandboxes that no fork can enter, and where there is no warm process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from grader.sandbox import Policy, Sandboxed
from grader.sandbox import start as start_in_sandbox
from grader.sandbox.backends import Backend

_CODE = "import sys; del sys.path[0]; from grader.kernel.program import main; main()"  # nothing of the submission's


def start(arguments: dict[str, Any], policy: Policy, backend: Backend) -> Sandboxed:
    """As `client.start_confined` starts a kernel; it has to import for itself. Raises NotConfined."""
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
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    app.main(arguments, [])
