"""The table of verbs replaced, by which the judge asks about objects: an answer invented there is an answer like any
other, and a wrong one stays wrong."""

CELLS = {
    "double": """
from grader.check import everything
from grader.check.core import remote_calls

for name in list(remote_calls.REMOTE_CALLS):
    remote_calls.REMOTE_CALLS[name] = lambda subject, *args, **kwargs: [0.0, 0.0, 0.0, 0.0]


def double(values):
    return values
"""
}
EARNS = {"double": 0, "last": (0, 1), "pick": (0, 1)}
