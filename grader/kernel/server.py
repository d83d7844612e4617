"""The warm process: imports once, then forks for whoever asks, and knows no more of them than how they ended."""

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
"""Seconds between two looks at whether it is still wanted."""
PATIENCE = 5
"""Seconds in which one who asks must have said what for, when there is no fork to wait for it."""


class Server:
    """Answers on `listener` with forks of this process. It is alone, has one thread, and waits in `select` only."""

    def __init__(self, listener: socket.socket, idle_seconds: float, modules: Sequence[str]):
        self.listener = listener
        self.idle_seconds = idle_seconds
        self.modules = modules
        self.installed = compatibility.installed(modules)
        self.asking: dict[int, socket.socket] = {}
        """Who is to be told how a fork has ended, by its process's number."""
        self.last_used = time.monotonic()
        path = listener.getsockname()
        self.path, self.inode = path, os.stat(path).st_ino

    def serve(self) -> socket.socket | None:
        """Until it isn't wanted any more. In a fork it returns at once, with the connection to whoever asked for it."""
        self._become_warm()
        while self._is_wanted():
            ready, *_ = select.select([self.listener, self.woken], [], [], min(TICK, self.idle_seconds))
            if self.woken in ready:
                self.woken.recv(1 << 12)
                self._tell_of_ended()
            if self.listener in ready and (connection := self._answer()):
                return connection
        return None

    def _become_warm(self) -> None:
        with contextlib.suppress(OSError):  # else who starts a sandbox leaves its supervisor to nobody
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
        """Fork for one who asks; the fork reads what is asked. Returns the connection in the fork."""
        self.last_used = time.monotonic()
        try:
            connection, _ = self.listener.accept()
        except OSError as error:  # too many open files: until one of the forks has ended
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
        except OSError as error:  # no room for another process now
            _decline(connection, wrong=str(error))
            return None
        if pid == 0:
            self._forget()
            return connection
        self.asking[pid] = connection
        return None

    def _forget(self) -> None:
        for own in (self.listener, self.woken, self.waking, *self.asking.values()):
            own.close()

    def _tell_of_ended(self) -> None:
        """Take leave of all that have ended, those too that forks have left behind."""
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                pid, status = ended
                self.last_used = time.monotonic()
                if connection := self.asking.pop(pid, None):
                    _say(connection, ended=os.waitstatus_to_exitcode(status))

    def _is_wanted(self) -> bool:
        """Whether there are forks, or may be: it is in its place, was used lately, and isn't out of date."""
        if self.asking:
            return True
        if not self._is_in_its_place():
            return False
        idle = time.monotonic() - self.last_used
        if idle < self.idle_seconds and compatibility.installed(self.modules) == self.installed:
            return True
        with runtime_dir.locked(self.path, wait=False) as alone:
            if not alone or select.select([self.listener], [], [], 0)[0]:  # somebody is about to ask
                return True
            os.unlink(self.path)
        return False

    def _is_in_its_place(self) -> bool:
        with contextlib.suppress(OSError):
            return os.stat(self.path).st_ino == self.inode
        return False


def _decline(connection: socket.socket, **message: Any) -> None:
    """Answer without a fork. The request is taken first: where one is left unread, closing drops the answer."""
    connection.settimeout(PATIENCE)
    with contextlib.suppress(EOFError, OSError, ValueError):
        wire.close(wire.receive(connection)[1])
    _say(connection, **message)


def _say(connection: socket.socket, **message: Any) -> None:
    """The last word to one who may have left, and who isn't waited for."""
    with connection, contextlib.suppress(OSError):
        connection.setblocking(False)
        wire.send(connection, message)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listener", type=int, required=True, help="number of the open socket to answer on")
    parser.add_argument("--idle", type=float, required=True, metavar="SECONDS", help="end when not used for so long")
    parser.add_argument("modules", nargs="*", help="what to import")
    options = parser.parse_args(arguments)
    server = Server(socket.socket(fileno=options.listener), options.idle, options.modules)
    preload(options.modules)
    if connection := server.serve():
        del server
        sys.exit(child.serve(connection))


if __name__ == "__main__":
    main()
