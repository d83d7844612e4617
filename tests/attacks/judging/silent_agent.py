"""An agent that accepts the judge's connection and never says a word: the time of the test runs out, no more."""

SLOW = True
CELLS = {
    "last": """
import socket, time
import grader.judge.agent as agent

real = agent.serve


def serve(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        connection, _ = server.accept()
        time.sleep(1000)


agent.serve = serve


def last(values):
    return 0.0
"""
}
OWN = {"test_last": "agent.serve = real"}
EARNS = {"last": 0, "pick": (0, 1)}
STATUS = {"last": ("timed out", "crashed")}
