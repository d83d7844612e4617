"""A notebook of 200 MB: left out when the submission is taken in, and the student is told that there was none."""

SLOW = True
OUTCOME = "no notebook"
EARNS = dict.fromkeys(("first", "double", "last", "pick"), 0)


def edit(notebook):
    return b'{"cells": [' + b" " * 200_000_000 + b"]}"
