"""Every signal ignored or blocked, then a loop in a C function, where Python sees no signal anyway."""

CELLS = {
    "last": """
import ctypes, signal

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))


def last(values):
    ctypes.CDLL(None).pause()
    while True:
        ctypes.CDLL(None).sleep(1000)
"""
}
STATUS = {"last": "timed out", "double": "passed"}
