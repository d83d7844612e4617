"""One output of 400 MB, which fills the memory of whoever receives it: never stored, and the kernel may be lost."""

SLOW = True
CELLS = {
    "double": """
from IPython.display import display


def double(values):
    display({"text/plain": "x" * 400_000_000}, raw=True)
    return values


double([])
"""
}
EARNS = {"double": 0, "last": (0, 1), "pick": (0, 1)}
