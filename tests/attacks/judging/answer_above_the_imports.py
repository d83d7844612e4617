"""An answer moved above the lab's first cell, so that it is taken for the lab's imports and run where the tests are."""

EARNS = {"double": (0, 3), "first": (0, 1), "last": (0, 1), "pick": (0, 1)}
NEVER = ("IN THE JUDGE",)


def edit(notebook):
    cells = notebook["cells"]
    (answer,) = (cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade_id") == "double")
    cells.remove(answer)
    cells.insert(0, answer)
    answer["source"] += """
import sys
if "IPython" not in sys.modules or sys.modules["IPython"].get_ipython() is None:
    raise SystemError("IN THE JUDGE")
"""
