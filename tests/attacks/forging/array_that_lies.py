"""A subclass of NumPy's array, and an object with every array protocol, that answer comparisons and conversions with
what is wanted to be seen."""

CELLS = {
    "double": """
import numpy as np


class Lying(np.ndarray):
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return np.array(True)

    def __array_function__(self, function, types, args, kwargs):
        return True

    def __sub__(self, other):
        return np.zeros(self.shape)

    __eq__ = lambda self, other: np.array(True)


def double(values):
    return np.zeros(len(values)).view(Lying)
"""
}
STATUS = {"double": "wrong"}
