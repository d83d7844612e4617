"""The solution cell pasted twice more, the last one a wrong answer that runs after the first: what was answered first
counts as the answer, and what runs last is what the name means when the test runs."""

STATUS = {"double": "passed"}


def edit(notebook):
    cells = notebook["cells"]
    (answer,) = (cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade_id") == "double")
    cells.append({**answer, "id": "one-more", "source": "def double(values):\n    return None"})
    cells.append({**answer, "id": "and-one-more"})
