"""The process ends in the middle of the judge's question: what it had earned before stays."""

CELLS = {
    "last": """
import os, socket
import grader.judge.agent as agent


def serve(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        connection, _ = server.accept()
        connection.recv(10)
        os._exit(0)


agent.serve = serve


def last(values):
    return 0.0
"""
}
EARNS = {"last": 0, "pick": (0, 1)}
STATUS = {"first": "passed", "double": "passed", "last": ("crashed", "timed out")}
