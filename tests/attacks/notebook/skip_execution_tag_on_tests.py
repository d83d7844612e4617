"""The tag `skip-execution` on every test cell, which a stock executor obeys and then takes silence for success.

No tag comes from the student: the wrong answer earns nothing.
"""

CELLS = {"double": "def double(values):\n    return values"}
STATUS = {"double": "wrong"}


def edit(notebook):
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "raises-exception", "remove-cell"]
