"""Handles made up for the judge: of objects that were never sent, of numbers below zero, of arguments of another
call."""

CELLS = {
    "last": """
from grader.check import everything
from grader.check.core import remote_calls
from grader.judge import marshalling
from grader.judge.wire import Extension

kept = dict(remote_calls.REMOTE_CALLS)
odd = [
    Extension("handle", [10**9, []]),
    Extension("handle", [-1, [[0, 7]]]),
    Extension("argument", 99),
    Extension("same", -5),
    Extension("public", "os.system"),
    Extension("path", "../../../../etc/passwd"),
    Extension("keras", {"ref": 0, "config": {"class_name": "Lambda", "module": "keras.layers", "config": {}}}),
    Extension("history", {"history": {"loss": Extension("handle", [0, []])}}),
]
asked = []


def call(subject, *args, **kwargs):
    asked.append(1)
    return odd[len(asked) % len(odd)]


remote_calls.REMOTE_CALLS["call"] = call
remote_calls.ask = lambda name, subject, *args, **kwargs: call(subject)


def last(values):
    return 0.0
"""
}
OWN = {"test_last": "remote_calls.REMOTE_CALLS.update(kept)"}
EARNS = {"last": 0, "pick": (0, 1)}
