"""Errors of the grader's own names raised by the student's code, so that a fault of ours is believed and the points
wait or the batch is thought to have failed: errors of the student's, whatever they are called."""

CELLS = {
    "first": """
from grader.verdict import GraderFault, Status, Verdict


def first(values):
    raise GraderFault(Verdict("mine", Status.FAULT))
""",
    "double": """
class GraderFault(Exception):
    pass


def double(values):
    raise GraderFault("the check itself")
""",
    "last": """
def last(values):
    raise KeyboardInterrupt("as if the time were over")
""",
}
STATUS = {"first": "crashed", "double": "crashed", "last": ("crashed", "timed out")}
