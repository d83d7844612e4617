"""Everything that comes in from the judge, printed and searched: questions hold data, never a test or an answer."""

CELLS = {
    "double": """
import socket

recv, into, seen = socket.socket.recv, socket.socket.recv_into, []


def listening(self, *args):
    data = recv(self, *args)
    seen.append(data)
    return data


def listening_into(self, buffer, *args):
    size = into(self, buffer, *args)
    seen.append(bytes(buffer[:size]))
    return size


socket.socket.recv, socket.socket.recv_into = listening, listening_into


def double(values):
    return values
"""
}
OWN = {"test_double_others": "print(seen)"}
STATUS = {"double": ("wrong", "crashed", "timed out")}
EARNS = {"double": 0, "last": (0, 1), "pick": (0, 1)}
