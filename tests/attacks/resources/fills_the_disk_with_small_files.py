"""A hundred thousand empty files and folders, which use up what a file system has of them."""

SLOW = True
CELLS = {
    "last": """
import os


def last(values):
    number = 0
    while True:
        os.makedirs(f"folder{number // 1000}", exist_ok=True)
        open(f"folder{number // 1000}/{number}", "w").close()
        number += 1
"""
}
STATUS = {"last": ("crashed", "timed out")}
EARNS = {"last": 0, "pick": (0, 1)}
