"""Data files that are named pipes, at which whoever reads them waits for ever: they are left out, the rest is
graded."""

import os

STATUS = {"double": "passed"}


def hand_in(folder, at):
    os.mkfifo(folder / "table.csv")
    os.mkfifo(folder / "other.ipynb")
