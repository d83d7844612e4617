"""A process just forked from the warm one: reads what is asked of it, and becomes that."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import random
import resource
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

from grader.kernel import preload, threads, wire
from grader.sandbox import Policy, backends, fork

BODIES = ("grader.kernel.app:main", "grader.kernel.look:main", "grader.judge.main:in_fork")
"""What can be run in a fork, by name: functions of (arguments, files), plain data and numbers of open files."""
SECONDS_TO_ASK = 10


def serve(connection: socket.socket) -> Any:
    """Receive one request, say who is here, and do what was asked; returns what the body returns.

    Where it is to be confined, this process only starts it, and hands over the socket to its guard.
    """
    connection.settimeout(SECONDS_TO_ASK)
    try:
        request, files = wire.receive(connection)
        if wire.left(connection):  # has given up meanwhile, and may have started something else
            return None
        return _do(connection, request, files)
    except (EOFError, TimeoutError, ConnectionError):
        return None


def _do(connection: socket.socket, request: dict[str, Any], files: list[int]) -> Any:
    try:
        work = partial(_begin, named(request["body"]), request["arguments"], files[3:])
        _settle(files[:3])
        sys.executable = request["executable"]  # one of several names of the same
        multiprocessing.set_executable(sys.executable)
        if "policy" in request:
            _hand_over(connection, request, work, files[3:])
        _be_like(request)
    except Exception as error:
        wire.send(connection, {"wrong": f"{type(error).__name__}: {error}"})
        return 1
    own = os.pidfd_open(os.getpid())
    wire.send(connection, {"pid": os.getpid()}, [own])
    os.close(own)
    connection.close()
    return work()


def named(name: str) -> Callable[[Any, list[int]], Any]:
    """Raises ValueError for a body that is not on the list."""
    if name not in BODIES:
        raise ValueError(f"{name} is not something to fork")
    module, function = name.split(":")
    return getattr(importlib.import_module(module), function)


def _settle(streams: list[int]) -> None:
    """What any new process has: a session of its own, its standard streams, and no signal handled."""
    os.setsid()
    for number, given in enumerate(streams):
        os.dup2(given, number)
        os.close(given)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _be_like(request: dict[str, Any]) -> None:
    """As if the one who asks had started this process."""
    os.umask(request["umask"])
    for name, (soft, hard) in request["limits"].items():
        resource.setrlimit(getattr(resource, name), (soft, hard))
    for number in request["ignored"]:
        signal.signal(number, signal.SIG_IGN)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])


def _hand_over(
    connection: socket.socket, request: dict[str, Any], work: Callable[[], Any], files: list[int]
) -> NoReturn:
    """Start it in its sandbox. Its supervisor is adopted by the warm process, which takes leave of it in the end."""
    policy, backend = Policy.from_json(request["policy"]), backends.from_data(request["backend"])
    control = fork(policy, backend, lambda: sys.exit(work()), files).detach()
    wire.send(connection, {"guarded": True}, [control.fileno()])
    os._exit(0)


def _begin(body: Callable[[Any, list[int]], Any], arguments: Any, files: list[int]) -> Any:
    """The last before the body itself, inside the sandbox where there is one."""
    for name, value in preload.SET.items():
        os.environ.setdefault(name, value)
    reseed()
    threads.restore(os.environ)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # until now it was ignored, as by the warm process
    return body(arguments, files)


def reseed() -> None:
    """Forks would else draw the same numbers. `uuid`, `secrets`, `tempfile` and Keras's own seeds look after that."""
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    multiprocessing.current_process().authkey = os.urandom(32)
