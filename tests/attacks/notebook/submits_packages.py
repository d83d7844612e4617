"""Folders that would be imported as packages in place of the real ones, and a folder of compiled modules."""

_EVIL = "raise SystemExit('shadowed')"
FILES = {
    "grader/__init__.py": _EVIL,
    "grader/student.py": _EVIL,
    "numpy/__init__.py": _EVIL,
    "keras/__init__.pyc": b"\x00",
    "__pycache__/numpy.cpython-311.pyc": b"\x00",
}
