"""Every open file of the process closed, the kernel's sockets and the judge's connection among them."""

CELLS = {"last": "import os\n\ndef last(values):\n    os.closerange(0, 65536)\n    return values"}
STATUS = {"last": ("crashed", "timed out", "wrong"), "double": "passed"}
