"""JSON nested a million deep, at which a recursive parser falls over: said to be damaged, like any other bad file."""

OUTCOME = "unreadable"
EARNS = dict.fromkeys(("first", "double", "last", "pick"), 0)


def edit(notebook):
    return b'{"cells":' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}"
