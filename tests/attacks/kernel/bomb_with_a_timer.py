"""A thread that ends the process a moment later, in the middle of somebody else's exercise: what was earned before it
goes off is kept, and the batch goes on."""

CELLS = {
    "double": """
import os, threading, time


def later():
    time.sleep(0.7)
    os._exit(1)


threading.Thread(target=later, daemon=True).start()


def double(values):
    time.sleep(0.4)
    return values
"""
}
EARNS = {"double": 0, "last": (0, 1), "pick": (0, 1)}
STATUS = {"first": "passed"}
