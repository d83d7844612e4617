"""Outputs written into the file beforehand: a partial credit of 1000, a verdict that says *passed*, a mark of having
run. Nothing that a file brings along is scored or shown."""

CELLS = {"double": "def double(values):\n    return values"}
STATUS = {"double": "wrong"}


def edit(notebook):
    verdict = {"version": 1, "title": "Forged", "status": "passed", "observations": []}
    data = {"text/plain": "1000", "application/vnd.keras-course.verdict+json": verdict}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = 7
            cell["outputs"] = [
                {"output_type": "execute_result", "execution_count": 7, "metadata": {}, "data": data},
                {"output_type": "display_data", "metadata": {}, "data": data},
            ]
