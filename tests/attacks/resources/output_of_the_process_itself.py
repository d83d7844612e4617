"""Bytes written to file descriptors 1 and 2, past Python and the kernel, also by a child, without an end."""

SLOW = True
CELLS = {
    "last": """
import os, subprocess


def last(values):
    subprocess.Popen(["sh", "-c", "yes attackd"])
    while True:
        os.write(1, b"x" * 65536)
        os.write(2, b"x" * 65536)
"""
}
STATUS = {"last": ("timed out", "crashed")}
EARNS = {"last": 0, "pick": (0, 1)}
