"""All processors busy in threads and children, so that the one graded next to it runs out of time."""

CELLS = {
    "last": """
import ctypes, os


def last(values):
    for _ in range(8):
        if os.fork() == 0:
            ctypes.CDLL(None).prctl(15, b"attackd")
            while True:
                pass
    while True:
        pass
"""
}
STATUS = {"last": ("timed out", "crashed")}
EARNS = {"last": 0, "pick": (0, 1)}
