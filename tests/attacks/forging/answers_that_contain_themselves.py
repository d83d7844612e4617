"""Lists and dicts that hold themselves, and keys that cannot be told apart: refused, and said to be no numbers."""

CELLS = {
    "first": "def first(values):\n    loop = []\n    loop.append(loop)\n    return loop",
    "double": "def double(values):\n    loop = {}\n    loop['x'] = [loop, loop]\n    return loop",
    "last": "def last(values):\n    return {float('nan'): 1, (1, (2, (3,))): 2, frozenset(): 3}",
}
STATUS = dict.fromkeys(("first", "double", "last"), ("wrong", "crashed"))
