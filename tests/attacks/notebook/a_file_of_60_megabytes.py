"""A notebook of 60 MB, most of it blank: said to be too large, and never parsed."""

SLOW = True
OUTCOME = "unreadable"
EARNS = dict.fromkeys(("first", "double", "last", "pick"), 0)
SAYS = ("larger than 50 MB",)


def edit(notebook):
    return b'{"cells": [' + b" " * 60_000_000 + b"]}"
