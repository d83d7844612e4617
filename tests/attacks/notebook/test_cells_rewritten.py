"""Tests that test nothing any more: the instructor's are run instead."""

CELLS = {"double": "def double(values):\n    return values"}
STATUS = {"double": "wrong"}
SAYS = ("`test_double_some` had been changed",)


def edit(notebook):
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("points") and cell["cell_type"] == "code":
            cell["source"] = "'all tests passed'"
