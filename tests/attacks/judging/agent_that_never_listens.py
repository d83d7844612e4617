"""An agent that returns at once and listens nowhere: the student's process is said to have ended or to be silent."""

CELLS = {
    "last": """
import grader.judge.agent as agent

real = agent.serve
agent.serve = lambda path: None


def last(values):
    return 0.0
"""
}
OWN = {"test_last": "agent.serve = real"}
EARNS = {"last": 0, "pick": (0, 1)}
STATUS = {"last": ("timed out", "crashed")}
