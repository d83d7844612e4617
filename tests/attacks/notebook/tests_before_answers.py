"""The whole notebook upside down, tests before answers and imports last: each answer still belongs to its own cell, and
nothing more than its points is earned."""

EARNS = {"first": (0, 1), "double": (0, 3), "last": (0, 1), "pick": (0, 1)}


def edit(notebook):
    notebook["cells"].reverse()
