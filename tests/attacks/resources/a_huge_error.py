"""A traceback of a hundred megabytes in a cell of its own: cut, and the answers earn what they deserve."""

OWN = {"setup": "class E(Exception):\n    pass\n\n\nraise E('x' * 100_000_000)"}
EARNS = {"first": (0, 1), "double": (0, 3), "last": (0, 1), "pick": (0, 1)}
