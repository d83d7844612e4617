"""Messages just small enough to be accepted, sent while nobody reads: what waits for the grader is bounded as well."""

SLOW = True
CELLS = {
    "double": """
from IPython.display import display


def double(values):
    for _ in range(400):
        display({"text/plain": "x" * 12_000_000}, raw=True)
    return values


double([])
"""
}
EARNS = {"double": 0, "last": (0, 1), "pick": (0, 1)}
