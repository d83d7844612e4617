"""A chain of ten thousand exceptions, each the cause of the next, and a group of groups: cut, and shown as a crash."""

CELLS = {
    "double": """
def double(values):
    error = ValueError("first")
    for number in range(10_000):
        following = ValueError(str(number))
        following.__cause__, error = error, following
    for _ in range(100):
        error = ExceptionGroup("group", [error, error])
    raise error
"""
}
STATUS = {"double": "crashed"}
