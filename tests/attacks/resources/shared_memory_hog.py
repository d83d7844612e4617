"""Shared mappings, in the own process and in children, which no limit on private memory counts."""

SLOW = True
CELLS = {
    "last": """
import mmap, os


def last(values):
    held = []
    for number in range(100):
        try:
            with open(f"shared{number}", "wb+") as file:
                file.truncate(256 << 20)
                held.append(mmap.mmap(file.fileno(), 256 << 20))
        except OSError:
            held.append(mmap.mmap(-1, 256 << 20))
        for offset in range(0, 256 << 20, 4096):
            held[-1][offset] = 1
    return values
"""
}
STATUS = {"last": ("crashed", "timed out")}
EARNS = {"last": 0, "pick": (0, 1)}
