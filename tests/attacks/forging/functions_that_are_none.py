"""Numbers, classes, a bound method of a builtin and `exec` itself in place of the functions that are called."""

CELLS = {"first": "first = 7", "double": "double = exec", "last": "last = type"}
STATUS = dict.fromkeys(("first", "double", "last"), ("wrong", "crashed"))
