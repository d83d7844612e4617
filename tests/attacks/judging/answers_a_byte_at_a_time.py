"""An answer that arrives byte by byte, each in time for the next: the limit is on the whole test, not on silence."""

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
        while True:
            connection.sendall(bytes(1))
            time.sleep(0.05)


agent.serve = serve


def last(values):
    return 0.0
"""
}
OWN = {"test_last": "agent.serve = real"}
EARNS = {"last": 0, "pick": (0, 1)}
STATUS = {"last": ("timed out", "crashed", "wrong")}
