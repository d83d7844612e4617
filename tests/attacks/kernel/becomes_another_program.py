"""`exec`: the kernel's process goes on as another program, which says nothing and does not end."""

SLOW = True
CELLS = {"last": "import os\n\ndef last(values):\n    os.execv('/bin/sleep', ['sleep', '31536123'])"}
STATUS = {"last": ("crashed", "timed out"), "double": "passed"}
