"""Questions sent where answers belong: names to be looked up, verbs to be run, files to be read in the judge's
process."""

CELLS = {
    "last": """
import json, socket
import grader.judge.agent as agent

real = agent.serve
questions = [
    {"ask": "call", "name": "student", "args": []},
    {"op": "get", "name": "last"},
    {"op": "eval", "source": "__import__('os').system('true')"},
    {"$h": -1},
    {"verb": "outputs", "handle": 1 << 70},
]


def serve(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        connection, _ = server.accept()
        for question in questions:
            text = json.dumps(question).encode()
            for size in (4, 8):
                for order in ("big", "little"):
                    connection.sendall(len(text).to_bytes(size, order) + text)
        connection.recv(1)


agent.serve = serve


def last(values):
    return 0.0
"""
}
OWN = {"test_last": "agent.serve = real"}
EARNS = {"last": 0, "pick": (0, 1)}
STATUS = {"last": ("crashed", "wrong", "timed out")}
