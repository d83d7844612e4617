"""`fork` in an answer: two processes return to the judge and to the kernel, with two different answers."""

CELLS = {
    "double": """
import ctypes, os


def double(values):
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(15, b"attackd")
        return [2 * value for value in values]
    return values
"""
}
EARNS = {"double": (0, 3)}
STATUS = {"last": "passed"}
