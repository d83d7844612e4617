"""Random bytes in place of every answer: malformed, and the student's own error."""

CELLS = {
    "last": """
import os, socket
import grader.judge.agent as agent

real = agent.serve


def serve(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        connection, _ = server.accept()
        for _ in range(100):
            connection.sendall(os.urandom(1000))
        connection.recv(1)


agent.serve = serve


def last(values):
    return 0.0
"""
}
OWN = {"test_last": "agent.serve = real"}
EARNS = {"last": 0, "pick": (0, 1)}
STATUS = {"last": ("crashed", "wrong", "timed out")}
