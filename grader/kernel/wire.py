"""Messages between the warm process, its forks and those who ask for them: JSON in one packet, with open files."""

from __future__ import annotations

import array
import json
import os
import select
import socket
import struct
from collections.abc import Sequence
from typing import Any

LARGEST = 1 << 20
MOST_FILES = 32
KIND = socket.SOCK_SEQPACKET if hasattr(socket, "SOCK_SEQPACKET") else socket.SOCK_STREAM


def send(connection: socket.socket, message: dict[str, Any], files: Sequence[int] = ()) -> None:
    """Raises OSError, also where the message is too large for a packet."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))] if files else []
    connection.sendmsg([json.dumps(message).encode()], rights)


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Raises EOFError when the other end has closed, OSError when it does not answer."""
    data, files, _, _ = socket.recv_fds(connection, LARGEST, MOST_FILES, socket.MSG_CMSG_CLOEXEC)
    if not data:
        close(files)
        raise EOFError("the other end closed the connection")
    return json.loads(data), files


def left(connection: socket.socket) -> bool:
    """Whether the other end has closed. It has nothing to say, so silence means that it waits."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


def peer(connection: socket.socket) -> int:
    """The number of the user at the other end."""
    _, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return user


def close(files: Sequence[int]) -> None:
    for number in files:
        os.close(number)
