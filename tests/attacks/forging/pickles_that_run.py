"""Objects whose `__reduce__`, `__getstate__`, `__class__` and `__array__` run code where they are unpacked or looked
at: nothing is unpacked, and what is looked at is looked at where it lives."""

CELLS = {
    "double": """
import json, os

at = json.load(open("targets.json"))


class Bomb:
    def __reduce__(self):
        return os.system, ("touch " + at["folder"] + "/by_pickle",)

    __getstate__ = __array__ = __reduce__
    __class__ = property(lambda self: list)


def double(values):
    return Bomb()
"""
}
STATUS = {"double": ("wrong", "crashed")}
