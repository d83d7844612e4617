"""Points of −1, NaN and infinity, by which a sum could be turned round: points are the instructor's."""

CELLS = {"double": "def double(values):\n    return values"}


def edit(notebook):
    odd = [-1, float("nan"), float("inf"), "many", [], 1e308]
    for number, cell in enumerate(notebook["cells"]):
        if nbgrader := cell["metadata"].get("nbgrader"):
            nbgrader["points"] = odd[number % len(odd)]
