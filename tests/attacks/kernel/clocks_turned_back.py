"""Clocks replaced by ones that stand still, so that no time limit is ever reached: time is taken elsewhere."""

SLOW = True
CELLS = {
    "last": """
import asyncio, signal, threading, time

for name in ("time", "monotonic", "perf_counter", "process_time"):
    setattr(time, name, lambda: 0.0)
signal.alarm = signal.setitimer = lambda *_: 0
threading.Timer = None


def last(values):
    while True:
        pass
"""
}
STATUS = {"last": "timed out", "double": "passed"}
