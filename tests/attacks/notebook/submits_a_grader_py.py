"""Modules that would be imported in place of the real ones: none is used, each is named in the outcome, and the honest
answers earn their points."""

_EVIL = "raise SystemExit('shadowed')"
FILES = {
    "grader.py": _EVIL,
    "keras.py": _EVIL,
    "numpy.py": _EVIL,
    "ipykernel_launcher.py": _EVIL,
    "sitecustomize.py": _EVIL,
    "usercustomize.py": _EVIL,
    "site.pth": "import os; os._exit(3)",
    "numpy.cpython-311-x86_64-linux-gnu.so": b"\x7fELF",
    "random.PY": _EVIL,
}
SAYS = ("`grader.py` was not used", "`sitecustomize.py` was not used")
