"""Processes that start processes as fast as they can: bounded, ended, and not felt by the one graded next to it."""

CELLS = {
    "last": """
import os


def last(values):
    while True:
        try:
            if os.fork() == 0:
                continue
        except OSError:
            pass
"""
}
EARNS = {"last": 0, "pick": (0, 1)}
STATUS = {"last": ("crashed", "timed out")}
