"""Attempts to reach something over a network or a socket."""

from __future__ import annotations

import socket

from grader.sandbox.attempts.base import NETWORK, Targets, attempt


def _connect(family: int, address: object) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(1)
        sock.connect(address)  # type: ignore[arg-type]


@attempt(NETWORK, "TCP")
def tcp(targets: Targets) -> None:
    _connect(socket.AF_INET, ("127.0.0.1", targets.tcp))


@attempt(NETWORK, "TCP over IPv6")
def tcp6(targets: Targets) -> None:
    _connect(socket.AF_INET6, ("::ffff:127.0.0.1", targets.tcp))


@attempt(NETWORK, "listen on a port")
def listen(targets: Targets) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()


@attempt(NETWORK, "UDP")
def udp(targets: Targets) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"out", ("127.0.0.1", targets.udp))


@attempt(NETWORK, "a Unix socket outside")
def unix(targets: Targets) -> None:
    _connect(socket.AF_UNIX, targets.unix)


@attempt(NETWORK, "a Unix datagram")
def unix_datagram(targets: Targets) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"out", targets.datagram)


@attempt(NETWORK, "a Unix datagram from a socket pair")
def unix_pair(targets: Targets) -> None:
    ours, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    ours.sendto(b"out", targets.datagram)


@attempt(NETWORK, "an abstract Unix socket")
def abstract(targets: Targets) -> None:
    _connect(socket.AF_UNIX, "\0" + targets.abstract)


@attempt(NETWORK, "netlink")
def netlink(targets: Targets) -> None:
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()


@attempt(NETWORK, "raw, packet, and kernel crypto sockets")
def other_families(targets: Targets) -> object:
    for family, kind in ((socket.AF_INET, socket.SOCK_RAW), (17, socket.SOCK_RAW), (38, socket.SOCK_SEQPACKET)):
        try:
            return socket.socket(family, kind).close()
        except OSError:
            continue
    raise OSError("none")
