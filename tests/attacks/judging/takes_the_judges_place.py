"""A thread that connects to the own agent before the judge does, so that the one connection is taken: what is asked
there is the student's own question, and the judge's own gets no answer."""

CELLS = {
    "last": """
import glob, os, socket, threading, time
import grader.judge.agent as agent

real = agent.serve


def serve(path):
    def connect():
        while True:
            try:
                with socket.socket(socket.AF_UNIX) as sock:
                    sock.connect(path)
                    time.sleep(1000)
            except OSError:
                pass

    threading.Thread(target=connect, daemon=True).start()
    return real(path)


agent.serve = serve


def last(values):
    return 0.0
"""
}
OWN = {"test_last": "agent.serve = real"}
EARNS = {"last": 0, "pick": (0, 1)}
