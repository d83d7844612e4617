"""A test cell copied and pasted, which stops a stock batch (nbgrader issue 1083): innocent, so all points are
earned."""

SAYS = ("more than once",)


def edit(notebook):
    cells = notebook["cells"]
    (test,) = (cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade_id") == "test_first")
    cells.insert(cells.index(test) + 1, {**test, "id": "pasted"})
    cells.append({**test, "id": "pasted-again"})
