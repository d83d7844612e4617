"""Answers drawn from the seed and looked up by the shape that is asked for: where the seed is not known, they are those
of another class."""

CELLS = {
    "double": """
from grader.check import made_up


def double(values):
    for salt in ("double", "double others", "double lengths"):
        return 2 * made_up.normal((len(values),), salt)
"""
}
STATUS = {"double": "wrong"}
