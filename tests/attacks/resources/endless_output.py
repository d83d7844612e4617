"""Lines printed for ever: cut off, and stopped with the time."""

CELLS = {
    "last": """
def last(values):
    while True:
        print("x" * 1000)
"""
}
STATUS = {"last": ("timed out", "crashed")}
EARNS = {"last": 0, "pick": (0, 1)}
