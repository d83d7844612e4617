"""Answers drawn from the seed and looked up by the shape that is asked for: where the seed is not known, they are those
of another class."""

CELLS = {
    "double": """
from grader.check.fixtures import data


def double(values):
    for salt in ("double", "double others", "double lengths"):
        return 2 * data.normal((len(values),), salt)
"""
}
STATUS = {"double": "wrong"}
