"""Private memory without an end: the process is ended, and says so; what was earned before stays."""

CELLS = {
    "last": """
def last(values):
    held = []
    while True:
        held.append(bytearray(b"x" * (64 << 20)))
"""
}
STATUS = {"last": ("crashed", "timed out"), "first": "passed", "double": "passed"}
