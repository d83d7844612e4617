"""A new fork of the warm process: reads one request and runs the body that it names."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import random
import resource
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, NoReturn

from grader.kernel import preload, threads, wire
from grader.sandbox import Policy, backends, fork

SECONDS_TO_ASK = 10


def serve(connection: socket.socket, bodies: Collection[str]) -> Any:
    """Receive one request and run its body, which must be one of `bodies`. Returns what the body returns.

    A confined body runs in a process of its own, which this one starts; the answer then carries the guard's socket.
    """
    connection.settimeout(SECONDS_TO_ASK)
    try:
        request, files = wire.receive(connection)
        if wire.left(connection):  # it has given up and may have started something else
            return None
        return _run(connection, request, files, bodies)
    except (EOFError, TimeoutError, ConnectionError):
        return None


def _run(connection: socket.socket, request: dict[str, Any], files: list[int], bodies: Collection[str]) -> Any:
    try:
        work = partial(_begin, _imported(request["body"], bodies), request["arguments"], files[3:])
        _detach(files[:3])
        sys.executable = request["executable"]  # the same Python may have several names
        multiprocessing.set_executable(sys.executable)
        if "policy" in request:
            _start_confined(connection, request, work, files[3:])
        _adopt_environment(request)
    except Exception as error:
        wire.send(connection, {"wrong": f"{type(error).__name__}: {error}"})
        return 1
    own = os.pidfd_open(os.getpid())
    wire.send(connection, {"pid": os.getpid()}, [own])
    os.close(own)
    connection.close()
    return work()


def _imported(name: str, bodies: Collection[str]) -> Callable[[Any, list[int]], Any]:
    """The function called `name`. Raises ValueError if it is not on the list."""
    if name not in bodies:
        raise ValueError(f"{name} is not a body that this warm process runs")
    module, function = name.split(":")
    return getattr(importlib.import_module(module), function)


def _detach(streams: list[int]) -> None:
    """Give this fork what a new process has: its own session, its standard streams, and default signal handlers."""
    os.setsid()
    for number, given in enumerate(streams):
        os.dup2(given, number)
        os.close(given)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _adopt_environment(request: dict[str, Any]) -> None:
    """Take over the environment of the process that asked, as if it had started this one."""
    os.umask(request["umask"])
    for name, (soft, hard) in request["limits"].items():
        resource.setrlimit(getattr(resource, name), (soft, hard))
    for number in request["ignored"]:
        signal.signal(number, signal.SIG_IGN)
    os.environ.clear()
    os.environ.update(request["environment"])
    tempfile.tempdir = None  # otherwise the warm process's folder for temporary files would be kept
    os.chdir(request["folder"])


def _start_confined(
    connection: socket.socket, request: dict[str, Any], work: Callable[[], Any], files: list[int]
) -> NoReturn:
    """Start the body in its sandbox. The warm process adopts its supervisor and reaps it in the end."""
    policy, backend = Policy.from_json(request["policy"]), backends.from_data(request["backend"])
    control = fork(policy, backend, lambda: sys.exit(work()), files).detach()
    wire.send(connection, {"guarded": True}, [control.fileno()])
    os._exit(0)


def _begin(body: Callable[[Any, list[int]], Any], arguments: Any, files: list[int]) -> Any:
    """Run the body after the last preparations, inside the sandbox if there is one."""
    for name, value in preload.ADDED_VARIABLES.items():
        os.environ.setdefault(name, value)
    reseed()
    threads.restore(os.environ)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored until now, as in the warm process
    return body(arguments, files)


def reseed() -> None:
    """Reseed the generators that would be alike in all forks. `uuid`, `secrets`, `tempfile`, and Keras do so."""
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    multiprocessing.current_process().authkey = os.urandom(32)
