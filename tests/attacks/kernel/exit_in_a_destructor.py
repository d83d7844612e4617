"""An answer whose destructor ends the process once the judge has let go of it: right or not, it earns nothing that is
not there to be looked at, and no other exercise loses its points."""

CELLS = {
    "double": """
import os


class Answer:
    def __del__(self):
        os._exit(0)


def double(values):
    return Answer()
"""
}
STATUS = {"double": ("crashed", "wrong"), "last": "passed"}
