"""A second notebook with all its tests passed beside the one that is asked for: only that one is graded."""

CELLS = {"double": "def double(values):\n    return values"}
FILES = {"80_attacked_best.ipynb": '{"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}'}
SAYS = ("notebooks that you handed in",)
