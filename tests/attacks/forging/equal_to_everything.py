"""An answer that is equal to whatever it is compared with: no comparison is the answer's to make."""

CELLS = {
    "double": """
class Anything:
    def __eq__(self, other):
        return True

    __ne__ = __lt__ = __gt__ = lambda self, other: False
    __le__ = __ge__ = __eq__
    __bool__ = lambda self: True
    __hash__ = lambda self: 0
    __len__ = lambda self: 4
    __float__ = lambda self: 1.0


def double(values):
    return Anything()
"""
}
STATUS = {"double": ("wrong", "crashed")}
