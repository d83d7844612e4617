"""The README's picture, from a real lab: `python -m tests.browser.photograph OUT.png` (a check passed, one failed)."""

import sys
from pathlib import Path

from grader import paths

from .jupyter import Notebook, browser, jupyter_lab, missing
from .test_lab import CHECKS, WRONG

WIDTH, SHARPNESS = 900, 1.5  # of the window, before and after cropping about 1200 pixels across


def photograph() -> bytes:
    """A student has thought of two classes, but not of three: the checks of lab 01's first exercise."""
    lab = paths.LABS / "01_lifecycle"
    with browser() as chrome, jupyter_lab(lab) as server:
        page = chrome.new_page(viewport={"width": WIDTH, "height": 1000}, device_scale_factor=SHARPNESS)
        notebook = Notebook(page, server, f"{lab.name}.ipynb")
        notebook.collapse_sidebar()
        notebook.run(notebook.find("import keras"))
        notebook.write("heads", WRONG)
        notebook.run("heads", *CHECKS)
        return notebook.photograph(*CHECKS[1:])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if reason := missing():
        sys.exit(f"No picture: {reason}.")
    Path(sys.argv[1]).write_bytes(photograph())
