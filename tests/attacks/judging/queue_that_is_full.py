"""A socket that listens with its queue full, so that whoever connects for the judge waits for ever, without a word."""

CELLS = {
    "last": """
import socket, time
import grader.judge.agent as agent

real, held = agent.serve, []


def serve(path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(0)
    for _ in range(10):
        sock = socket.socket(socket.AF_UNIX)
        sock.setblocking(False)
        try:
            sock.connect(path)
        except OSError:
            break
        held.append(sock)
    time.sleep(1000)


agent.serve = serve


def last(values):
    return 0.0
"""
}
OWN = {"test_last": "agent.serve = real"}
EARNS = {"last": 0, "pick": (0, 1)}
STATUS = {"last": ("crashed", "timed out")}
