"""A million small outputs, displays and updates of displays: counted and cut, not kept one by one."""

SLOW = True
CELLS = {
    "last": """
from IPython.display import clear_output, display


def last(values):
    handle = display("first", display_id="x")
    while True:
        display("x")
        handle.update("y")
        clear_output(wait=True)
"""
}
STATUS = {"last": ("timed out", "crashed", "wrong")}
EARNS = {"last": 0, "pick": (0, 1)}
