"""Fifty threads that compute and print for ever, while later exercises run: these come through, or run out of time."""

CELLS = {
    "double": """
import threading, time


def busy():
    while True:
        print("still here")
        time.sleep(0.01)


for _ in range(50):
    threading.Thread(target=busy).start()


def double(values):
    return values
"""
}
EARNS = {"double": 0, "last": (0, 1), "pick": (0, 1)}
