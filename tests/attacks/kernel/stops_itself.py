"""SIGSTOP to the own process: a kernel that neither answers nor ends is given up when its time is over."""

SLOW = True
CELLS = {"last": "import os, signal\n\ndef last(values):\n    os.kill(os.getpid(), signal.SIGSTOP)"}
STATUS = {"last": ("timed out", "crashed"), "double": "passed"}
