"""The warm process: imports once, then forks for each client. It learns only the exit codes of its forks."""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Sequence
from typing import Any

from grader.kernel import child, compatibility, runtime_dir, wire
from grader.kernel.preload import preload, unfit
from grader.sandbox import libc

TICK = 5
"""Seconds between two checks of whether it is still needed."""
PATIENCE = 5
"""Seconds a client has to send its request when the server itself answers."""


class Server:
    """Answers connections to `listener` with forks of this process, in a single thread that waits only in `select`."""

    def __init__(self, listener: socket.socket, idle_seconds: float, modules: Sequence[str]):
        self.listener = listener
        self.idle_seconds = idle_seconds
        self.modules = modules
        self.installed = compatibility.installed(modules)
        self.asking: dict[int, socket.socket] = {}
        """The connections on which the end of a fork is reported, by its process ID."""
        self.last_used = time.monotonic()
        path = listener.getsockname()
        self.path, self.inode = path, os.stat(path).st_ino

    def serve(self) -> socket.socket | None:
        """Serve until not needed any more. In a fork, returns at once, with the connection to its client."""
        self._set_up()
        while self._is_needed():
            ready, *_ = select.select([self.listener, self.woken], [], [], min(TICK, self.idle_seconds))
            if self.woken in ready:
                self.woken.recv(1 << 12)
                self._report_ended()
            if self.listener in ready and (connection := self._answer()):
                return connection
        return None

    def _set_up(self) -> None:
        with contextlib.suppress(OSError):  # adopts the supervisors that confined forks leave behind
            libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
        self.woken, waking = socket.socketpair()
        self.woken.setblocking(False)
        waking.setblocking(False)
        self.waking = waking
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waking.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)

    def _answer(self) -> socket.socket | None:
        """Accept a connection and fork; the fork reads the request. Returns the connection in the fork."""
        self.last_used = time.monotonic()
        try:
            connection, _ = self.listener.accept()
        except OSError as error:  # too many open files, until a fork has ended
            print(error, file=sys.stderr, flush=True)
            time.sleep(0.1)
            return None
        if wire.peer(connection) != os.getuid():
            connection.close()
        elif why := unfit():
            _decline(connection, refused=why)
        else:
            return self._fork(connection)
        return None

    def _fork(self, connection: socket.socket) -> socket.socket | None:
        try:
            pid = os.fork()
        except OSError as error:  # no more processes are possible now
            _decline(connection, wrong=str(error))
            return None
        if pid == 0:
            self._close_all()
            return connection
        self.asking[pid] = connection
        return None

    def _close_all(self) -> None:
        for own in (self.listener, self.woken, self.waking, *self.asking.values()):
            own.close()

    def _report_ended(self) -> None:
        """Reap all processes that have ended, including those that forks left behind, and report how forks ended."""
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                pid, status = ended
                self.last_used = time.monotonic()
                if connection := self.asking.pop(pid, None):
                    _send_last(connection, ended=os.waitstatus_to_exitcode(status))

    def _is_needed(self) -> bool:
        """Whether there are forks or may be new ones: it can be found, was used recently, and is up to date."""
        if self.asking:
            return True
        if not self._owns_socket():
            return False
        idle = time.monotonic() - self.last_used
        if idle < self.idle_seconds and compatibility.installed(self.modules) == self.installed:
            return True
        with runtime_dir.locked(self.path, wait=False) as alone:
            if not alone or select.select([self.listener], [], [], 0)[0]:  # a client is about to ask
                return True
            os.unlink(self.path)
        return False

    def _owns_socket(self) -> bool:
        with contextlib.suppress(OSError):
            return os.stat(self.path).st_ino == self.inode
        return False


def _decline(connection: socket.socket, **message: Any) -> None:
    """Answer without a fork. The request is read first, as closing with unread data would drop the answer."""
    connection.settimeout(PATIENCE)
    with contextlib.suppress(EOFError, OSError, ValueError):
        wire.close(wire.receive(connection)[1])
    _send_last(connection, **message)


def _send_last(connection: socket.socket, **message: Any) -> None:
    """Send a last message, without waiting for a client that may have left."""
    with connection, contextlib.suppress(OSError):
        connection.setblocking(False)
        wire.send(connection, message)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listener", type=int, required=True, help="number of the listening socket")
    parser.add_argument("--idle", type=float, required=True, metavar="SECONDS", help="end after this time without use")
    parser.add_argument("--body", action="append", default=[], metavar="MODULE:FUNCTION", help="what forks may run")
    parser.add_argument("modules", nargs="*", help="what to import")
    options = parser.parse_args(arguments)
    server = Server(socket.socket(fileno=options.listener), options.idle, options.modules)
    preload(options.modules)
    if connection := server.serve():
        del server
        sys.exit(child.serve(connection, options.body))


if __name__ == "__main__":
    main()
