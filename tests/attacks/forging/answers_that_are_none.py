"""Coroutines, generators, classes, modules, weak references and the function itself in place of an answer."""

CELLS = {
    "first": "async def first(values):\n    return 2 * values[0]",
    "double": "def double(values):\n    yield from (2 * value for value in values)",
    "last": "import weakref\n\n\ndef last(values):\n    return weakref.proxy(last)",
}
STATUS = dict.fromkeys(("first", "last"), ("wrong", "crashed"))
