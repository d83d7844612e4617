"""A text of a gigabyte, a number of a million digits, a list nested 50,000 deep: refused before they fill the judge."""

CELLS = {
    "first": "def first(values):\n    return 10 ** 1_000_000",
    "double": "def double(values):\n    return 'x' * 1_000_000_000",
    "last": """
def last(values):
    nested = 1
    for _ in range(50_000):
        nested = [nested]
    return nested
""",
}
STATUS = dict.fromkeys(("first", "double", "last"), ("wrong", "crashed", "timed out"))
