"""The judge's process: receives test cells on its control socket, each with a connection to the student's process.

A request is the byte `J` with the connection's file descriptor, then a message on the wire: {"source", "name", "setup",
"seed", "limits"}. The reply is `session.CellResult` as data. The grader owns the control socket, which is trusted.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from typing import Any

from grader.judge.session import JudgeLimits, Session
from grader.judge.wire import Closed, Stream

MARK = b"J"


def main(control: socket.socket | int) -> None:
    """Judge until the other side closes `control`."""
    control = socket.socket(fileno=control) if isinstance(control, int) else control
    stream = Stream(control)
    sessions: dict[str, Session] = {}
    while (taken := _take(control)) is not None:
        try:
            request = stream.receive()
        except Closed:
            return
        setup = request.get("setup", "")
        session = sessions.setdefault(setup, Session(setup))
        limits = JudgeLimits(**request.get("limits", {}))
        stream.send(session.judge(request["source"], request["name"], taken, request["seed"], limits))


def in_fork(arguments: dict[str, Any], files: list[int]) -> None:
    """`main` in a process forked by grader.kernel; the control socket is the only file passed to it."""
    main(files[0])


def _take(control: socket.socket) -> socket.socket | None:
    """The connection of the next request; None if there are no more requests."""
    control.settimeout(None)
    mark, received, _, _ = socket.recv_fds(control, 1, 1)
    if mark != MARK or len(received) != 1:
        for one in received:
            os.close(one)
        return None
    return socket.socket(fileno=received[0])


def ask(control: socket.socket, connection: socket.socket, request: dict[str, Any], timeout: float) -> dict[str, Any]:
    """The grader's side: have a test cell judged. Closes nothing; `connection` may be closed when this returns.

    Raises wire.Closed if the judge has ended, wire.Late if it does not answer.
    """
    deadline = time.monotonic() + timeout
    stream = Stream(control)
    control.settimeout(timeout)
    try:
        socket.send_fds(control, [MARK], [connection.fileno()])
    except OSError as error:
        raise Closed(str(error)) from None
    stream.send(request, deadline=deadline)
    return stream.receive(deadline=deadline)


if __name__ == "__main__":
    main(int(sys.argv[1]))
