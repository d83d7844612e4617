"""A quiz answered with all its options together, once as a text, once by a property of the module."""

CELLS = {"pick": "pick = 'abc'"}
STATUS = {"pick": "wrong"}
