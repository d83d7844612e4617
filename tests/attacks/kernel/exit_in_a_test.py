"""`os._exit(0)` from within a test, as if it had ended well: the exercise has crashed, the others keep their points."""

CELLS = {"double": "import os\n\ndef double(values):\n    os._exit(0)"}
STATUS = {"double": "crashed", "last": "passed"}
