"""Sockets, files and folders made beforehand under every name that the agent's socket could have next."""

SLOW = True
CELLS = {
    "last": """
import inspect, os, re, socket
import grader.judge.agent as agent

real, places = agent.serve, []


def serve(path):
    folder, name = os.path.split(path)
    for number in range(200):
        following = re.sub(r"[0-9]+", str(number), name)
        for candidate in {following, f"{number}", f"agent-{number}", f"judge-{number}.sock"}:
            try:
                sock = socket.socket(socket.AF_UNIX)
                sock.bind(os.path.join(folder, candidate))
                sock.listen()
                places.append(sock)
            except OSError:
                pass
    return real(path)


agent.serve = serve


def last(values):
    return 0.0
"""
}
OWN = {"test_last": "agent.serve = real"}
EARNS = {"last": 0, "pick": (0, 1)}
