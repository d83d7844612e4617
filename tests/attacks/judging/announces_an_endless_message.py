"""Lengths of 2⁶⁴ − 1 bytes announced, then zeros without an end: refused at the first length, and never stored."""

CELLS = {
    "last": """
import socket
import grader.judge.agent as agent

real = agent.serve


def serve(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        connection, _ = server.accept()
        connection.sendall(b"\\xff" * 16)
        while True:
            connection.sendall(bytes(1 << 20))


agent.serve = serve


def last(values):
    return 0.0
"""
}
OWN = {"test_last": "agent.serve = real"}
EARNS = {"last": 0, "pick": (0, 1)}
STATUS = {"last": ("crashed", "wrong", "timed out")}
