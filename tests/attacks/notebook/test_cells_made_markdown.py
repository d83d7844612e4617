"""Test cells turned into text, which nobody runs: they are run as what they were."""

CELLS = {"double": "def double(values):\n    return values"}
STATUS = {"double": "wrong"}
SAYS = ("had become a markdown cell",)


def edit(notebook):
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("points") and cell["cell_type"] == "code":
            cell["cell_type"] = "markdown"
            del cell["outputs"], cell["execution_count"]
