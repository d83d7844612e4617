"""Changes reported of arguments that were never handed over, with weights of other shapes, types and sizes."""

CELLS = {
    "last": """
import numpy as np
from grader.judge import agent
from grader.judge.wire import Extension, pack

answer = agent._Answering.answer


def answering(self, request, incoming):
    changed = [
        Extension("changed", {"n": 0, "weights": [np.zeros((10, 10))]}),
        Extension("changed", {"n": 10**6, "now": {"config": {"class_name": "Dense"}}}),
        Extension("changed", {"n": -1, "handle": 5}),
        Extension("changed", [1, 2]),
    ]
    if request["op"] == "get":
        return answer(self, request, incoming)
    return pack({"changed": changed, "files": [], "value": 0.0})


agent._Answering.answer = answering


def last(values):
    return 0.0
"""
}
OWN = {"test_last": "agent._Answering.answer = answer"}
EARNS = {"last": 0, "pick": (0, 1)}
STATUS = {"last": ("wrong", "crashed")}
