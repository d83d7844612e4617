"""A connection that is closed after half a message, by a process that lives on: the student's error."""

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
        connection.recv(10)
        connection.sendall(b"\\0\\0\\0")
        connection.close()


agent.serve = serve


def last(values):
    return 0.0
"""
}
OWN = {"test_last": "agent.serve = real"}
EARNS = {"last": 0, "pick": (0, 1)}
STATUS = {"last": ("crashed", "wrong", "timed out")}
