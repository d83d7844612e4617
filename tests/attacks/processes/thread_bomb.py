"""Ten thousand threads, until no more can be started."""

CELLS = {
    "last": """
import threading, time


def last(values):
    while True:
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
"""
}
EARNS = {"last": 0, "pick": (0, 1)}
STATUS = {"last": ("crashed", "timed out")}
