"""The kernel asked to shut down from within a cell: whatever that costs, it is no more than this exercise."""

CELLS = {
    "double": """
import asyncio

kernel = get_ipython().kernel
result = kernel.do_shutdown(False)
asyncio.get_event_loop().stop()


def double(values):
    return values
"""
}
STATUS = {"first": "passed"}
EARNS = {"double": 0, "last": (0, 1), "pick": (0, 1)}
