"""A notebook that is a link to what a neighbour handed in, and data files that are links to a secret: no link is
followed, so there is no notebook."""

import os

OUTCOME = "no notebook"
EARNS = dict.fromkeys(("first", "double", "last", "pick"), 0)


def hand_in(folder, at):
    notebook = next(folder.glob("*.ipynb"))
    notebook.unlink()
    os.symlink(at.neighbour, notebook)
    os.symlink(at.secret, folder / "data.csv")
    os.symlink(at.folder, folder / "data")
