"""Recursion without a bound, until the stack of the process runs out."""

SLOW = True
CELLS = {
    "last": """
import sys

sys.setrecursionlimit(1_000_000_000)


def last(values):
    return last([values])
"""
}
STATUS = {"last": ("crashed", "timed out"), "double": "passed"}
