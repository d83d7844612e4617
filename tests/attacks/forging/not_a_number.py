"""NaN, infinities, −1 and a text where numbers are asked for, which stock nbgrader takes for full marks."""

CELLS = {
    "first": "def first(values):\n    return float('nan')",
    "double": "def double(values):\n    return [float('inf')] * len(values)",
    "last": "def last(values):\n    return '1000'",
}
STATUS = dict.fromkeys(("first", "double", "last"), "wrong")
