"""`socket` and `zmq` replaced inside the kernel, so that what it says to the grader goes through the student's
hands."""

CELLS = {
    "last": """
import socket
import zmq

send = zmq.Socket.send


def forging(self, data, *args, **kwargs):
    if isinstance(data, bytes):
        data = data.replace(b'"error"', b'"ok"   ')
    return send(self, data, *args, **kwargs)


zmq.Socket.send = forging
socket.socket.sendall = lambda self, data, *args: None


def last(values):
    return 0.0
"""
}
EARNS = {"last": 0, "pick": (0, 1)}
