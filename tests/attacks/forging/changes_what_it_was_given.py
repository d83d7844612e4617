"""An answer that empties the array it was given, so that what it is compared with is empty as well."""

CELLS = {"double": "def double(values):\n    values[:] = 0\n    return values"}
STATUS = {"double": "wrong"}
