"""An agent that answers as it should, but does not return when the judge has closed: the next cell never begins."""

SLOW = True
CELLS = {
    "last": """
import time
import grader.judge.agent as agent

real = agent.serve


def serve(path):
    real(path)
    while True:
        try:
            time.sleep(1000)
        except BaseException:
            pass


agent.serve = serve


def last(values):
    return [2 * value for value in values]
"""
}
EARNS = {"last": (0, 1), "pick": (0, 1)}
