"""A quiz answered with a text that is equal to every letter and lies among every set of options."""

CELLS = {
    "pick": """
class Every(str):
    __eq__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __hash__ = str.__hash__
    __contains__ = lambda self, other: True
    __len__ = lambda self: 1
    lower = strip = lambda self: self


pick = Every("abc")
"""
}
STATUS = {"pick": ("wrong", "crashed")}
