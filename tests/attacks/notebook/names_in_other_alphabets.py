"""Ids that look like the lab's own but are spelled with Cyrillic letters, invisible blanks and full-width forms, each
worth 100 points: they are cells of the student's own, and what they define counts like anything else."""


def edit(notebook):
    lookalikes = ["d\u043euble", "double\u200b", "\uff44ouble", "double\u202e"]
    for name in lookalikes:
        nbgrader = {"grade_id": name, "points": 100, "grade": True, "solution": True, "locked": False}
        nbgrader["schema_version"] = 3
        cell = {"cell_type": "code", "metadata": {"nbgrader": nbgrader}, "outputs": [], "execution_count": None}
        notebook["cells"].append({**cell, "id": "x", "source": "1"})
