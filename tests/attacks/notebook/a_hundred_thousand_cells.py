"""A notebook of 100,000 cells, to use up the time of whoever reads it: said to be too long, and never run."""

OUTCOME = "unreadable"
EARNS = dict.fromkeys(("first", "double", "last", "pick"), 0)
SAYS = ("more than 2000 cells",)


def edit(notebook):
    cell = {"cell_type": "code", "metadata": {}, "source": "while True: pass", "outputs": [], "execution_count": None}
    notebook["cells"] += [cell] * 100_000
