"""A file of a terabyte of which nothing is written, and one that was deleted while it was still open and growing."""

SLOW = True
CELLS = {
    "last": """
import os


def last(values):
    try:
        with open("hole", "wb") as file:
            file.truncate(1 << 40)
    except OSError:
        pass
    with open("gone", "wb") as file:
        os.unlink("gone")
        while True:
            file.write(bytes(1 << 24))
"""
}
STATUS = {"last": ("crashed", "timed out")}
EARNS = {"last": 0, "pick": (0, 1)}
