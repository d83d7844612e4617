"""Metadata of a version that does not exist yet, which stops a stock batch: the instructor's is used, all is earned."""

SAYS = ("another version",)


def edit(notebook):
    for cell in notebook["cells"]:
        cell["metadata"].get("nbgrader", {})["schema_version"] = 99
