"""`os._exit` in the student's own cell ends the kernel without a word: what stands before and after keeps its
points."""

CELLS = {"double": "import os\nos._exit(0)"}
STATUS = {"double": "crashed", "last": "passed"}
