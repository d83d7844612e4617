"""Exceptions by the names that verdicts have, `Passed`, `Stop`, `StopIteration`, GeneratorExit: none ends a test
well."""

CELLS = {
    "first": "def first(values):\n    raise StopIteration(2 * values[0])",
    "double": "class Passed(Exception):\n    pass\n\n\ndef double(values):\n    raise Passed('all of it')",
    "last": "def last(values):\n    raise GeneratorExit('enough')",
}
STATUS = {"first": "crashed", "double": "crashed", "last": "crashed"}
