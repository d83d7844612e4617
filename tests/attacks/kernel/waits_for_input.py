"""`input()` in a cell and in an answer: nobody is there to type, so it ends at once or with the time."""

CELLS = {"double": "def double(values):\n    return [float(word) for word in input('numbers: ').split()]"}
STATUS = {"double": ("crashed", "timed out"), "last": "passed"}
