"""Memory spread over thirty children, each of which takes little."""

CELLS = {
    "last": """
import ctypes, os, time


def last(values):
    for _ in range(30):
        if os.fork() == 0:
            ctypes.CDLL(None).prctl(15, b"attackd")
            held = bytearray(os.urandom(1 << 20) * 400)
            time.sleep(1000)
    time.sleep(1000)
"""
}
STATUS = {"last": ("crashed", "timed out")}
EARNS = {"last": 0, "pick": (0, 1)}
