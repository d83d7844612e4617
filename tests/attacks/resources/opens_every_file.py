"""Open files, pipes and sockets until there are no more numbers for them."""

SLOW = True
CELLS = {
    "last": """
import os


def last(values):
    held = []
    while True:
        held.append(os.pipe())
"""
}
STATUS = {"last": ("crashed", "timed out")}
EARNS = {"last": 0, "pick": (0, 1)}
