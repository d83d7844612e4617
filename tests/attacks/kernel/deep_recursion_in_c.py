"""Recursion through C code, which no recursion limit of Python's stops: nested lists, compared and printed."""

CELLS = {
    "double": """
import sys

sys.setrecursionlimit(1_000_000_000)


def double(values):
    nested = []
    for _ in range(2_000_000):
        nested = [nested]
    return nested
"""
}
STATUS = {"double": ("crashed", "wrong", "timed out"), "last": "passed"}
