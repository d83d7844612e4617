"""What an ordinary notebook needs, and a sandbox must therefore allow."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from grader.sandbox.attempts.base import Targets, require


def failures(targets: Targets) -> dict[str, str]:
    """Which ordinary operations fail, with the error."""
    failed = {}
    for title, function in _OPERATIONS.items():
        try:
            function(targets)
        except BaseException as error:
            failed[title] = f"{type(error).__name__}: {error}"
    return failed


def _files(targets: Targets) -> None:
    with tempfile.NamedTemporaryFile("w+") as file:
        file.write("x")
    os.makedirs("a/b", exist_ok=True)
    with open("a/b/file", "w") as file:
        file.write("text")
    os.rename("a/b/file", "a/b/renamed")
    require(Path("a/b/renamed").read_text() == "text")


def _threads(targets: Targets) -> None:
    done: list[int] = []
    threads = [threading.Thread(target=done.append, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    require(len(done) == 8)


def _program(targets: Targets) -> None:
    pid = os.posix_spawn(sys.executable, [sys.executable, "-I", "-S", "-c", "print()"], dict(os.environ))
    require(os.waitpid(pid, 0)[1] == 0)


def _socket(targets: Targets) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(f"{targets.sockets}/own")
        sock.listen()


def _random(targets: Targets) -> None:
    with open("/dev/urandom", "rb", 0) as file:
        require(len(os.urandom(8)) == 8 and len(file.read(8)) == 8)


_OPERATIONS: dict[str, Callable[[Targets], None]] = {
    "files in its own folder": _files,
    "threads": _threads,
    "other programs": _program,
    "a Unix socket in its own folder": _socket,
    "random numbers": _random,
}
