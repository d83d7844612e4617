"""A file that grows until the disk is full."""

CELLS = {
    "last": """
def last(values):
    with open("large", "wb") as file:
        while True:
            file.write(bytes(1 << 24))
"""
}
STATUS = {"last": ("crashed", "timed out")}
EARNS = {"last": 0, "pick": (0, 1)}
