"""Exceptions whose text, name, representation and traceback raise, loop or are twenty megabytes long."""

SLOW = True
CELLS = {
    "first": """
class Loud(Exception):
    def __str__(self):
        raise Loud()

    __repr__ = __str__
    __getattribute__ = lambda self, name: 1 / 0


def first(values):
    raise Loud()
""",
    "double": """
def double(values):
    raise ValueError("x" * 20_000_000)
""",
    "last": """
Odd = type("x" * 1_000_000 + "\\ud800", (Exception,), {"__module__": 7, "__qualname__": "y" * 1_000_000})


def last(values):
    error = Odd()
    error.__cause__ = error.__context__ = error
    raise error
""",
}
STATUS = {"first": "crashed", "double": ("crashed", "timed out"), "last": "crashed"}
