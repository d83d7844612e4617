"""Messages between clients, the warm process, and its forks: one packet of JSON with open files attached."""

from __future__ import annotations

import array
import json
import os
import select
import socket
import struct
from collections.abc import Sequence
from typing import Any

MAX_BYTES = 1 << 20
MAX_FILES = 32
KIND = socket.SOCK_SEQPACKET if hasattr(socket, "SOCK_SEQPACKET") else socket.SOCK_STREAM


def send(connection: socket.socket, message: dict[str, Any], files: Sequence[int] = ()) -> None:
    """Send a message. Raises OSError, also if it is too large for a packet."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))] if files else []
    connection.sendmsg([json.dumps(message).encode()], rights)


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Receive a message. Raises EOFError if the other end has closed, OSError if it does not answer."""
    data, files, _, _ = socket.recv_fds(connection, MAX_BYTES, MAX_FILES, socket.MSG_CMSG_CLOEXEC)
    if not data:
        close(files)
        raise EOFError("the other end closed the connection")
    return json.loads(data), files


def left(connection: socket.socket) -> bool:
    """Whether the other end has closed. It sends nothing now, so the socket is readable only then."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


def peer(connection: socket.socket) -> int:
    """The user ID at the other end."""
    _, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return user


def close(files: Sequence[int]) -> None:
    for number in files:
        os.close(number)
