"""A read from address 0, which ends the kernel by a signal."""

CELLS = {"double": "import ctypes\n\ndef double(values):\n    return ctypes.string_at(0)"}
STATUS = {"double": "crashed", "last": "passed"}
