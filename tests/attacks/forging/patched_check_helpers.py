"""The course's own helpers replaced in the student's process, so that they find everything right."""

CELLS = {
    "double": """
import sys

import grader.check
from grader import verdict
from grader.check import everything, tasks
from grader.check.core import remote_calls

for module in [m for name, m in sys.modules.items() if name.startswith("grader.check")]:
    for name in ("equal", "close", "gap", "attempt"):
        if hasattr(module, name):
            setattr(module, name, lambda *args, **kwargs: [verdict.Observation("ok", True, "ok")])
tasks.Task.__exit__ = lambda self, *_: True
tasks.Task._status = lambda self, error: verdict.Status.PASSED
verdict.Wrong.__init__ = lambda self, *_: None
remote_calls.ask = lambda *_, **__: None
sys.modules["grader.check"].equal = lambda *_, **__: []


def double(values):
    return values
"""
}
EARNS = {"double": 0, "last": (0, 1), "pick": (0, 1)}
