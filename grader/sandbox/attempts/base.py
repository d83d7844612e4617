"""The register of attempts, and what they have in common."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from grader.sandbox import libc, syscalls


@dataclass(frozen=True)
class Targets:
    """What the attempts are directed at. All but `home` and the course's `hidden` tests are made for the purpose.

    `pid` is a process that runs as the grader does. Unix sockets may be created in `sockets`.
    """

    secret: str
    folder: str
    hidden: str
    home: str
    pid: int
    tcp: int
    udp: int
    unix: str
    datagram: str
    abstract: str
    sockets: str


@dataclass(frozen=True)
class Attempt:
    name: str
    group: str
    title: str
    make: Callable[[Targets], object]


FILES, NETWORK, PROCESSES, KERNEL = "files", "network", "other processes", "kernel"
REGISTERED: list[Attempt] = []


def attempt(group: str, title: str) -> Callable[[Callable[[Targets], object]], Callable[[Targets], object]]:
    """Register a function that attempts something and raises an exception if it is refused."""

    def register(function: Callable[[Targets], object]) -> Callable[[Targets], object]:
        REGISTERED.append(Attempt(function.__name__, group, title, function))
        return function

    return register


def call(name: str, *arguments: object) -> int:
    """Make a system call by name. Raises OSError, also if the architecture has no call of that name."""
    number = syscalls.number(name)
    if number is None:
        raise OSError(f"this architecture has no {name}")
    return libc.syscall(number, *arguments)


def in_child(action: Callable[[], object]) -> None:
    """Try an action in a child process. Raises OSError if it fails or ends the child."""
    if child := os.fork():
        if os.waitpid(child, 0)[1] != 0:
            raise OSError("refused")
        return
    try:
        action()
    except BaseException:
        os._exit(1)
    os._exit(0)


def require(condition: bool) -> None:
    """Raise OSError if a call that reported success had no effect."""
    if not condition:
        raise OSError("it had no effect")
