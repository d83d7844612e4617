"""An agent of the student's own, which speaks the judge's language and answers each question with what was asked,
doubled, negated, or said before: a wrong answer, whoever gives it."""

CELLS = {
    "last": """
import grader.judge.agent as agent
from grader.check import everything
from grader.check.core import remote_calls

real, asked = agent.serve, []


def serve(path):
    remote_calls.REMOTE_CALLS["call"] = lambda subject, *args, **kwargs: asked.append(args) or [args, kwargs, asked]
    return real(path)


agent.serve = serve


def last(values):
    return 0.0
"""
}
OWN = {"test_last": "agent.serve = real"}
EARNS = {"last": 0, "pick": (0, 1)}
STATUS = {"last": ("wrong", "crashed")}
