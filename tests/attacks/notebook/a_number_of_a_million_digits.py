"""A number of a million digits, which takes Python minutes to read where nothing bounds it: no more than a bad file."""

OUTCOME = "unreadable"
EARNS = dict.fromkeys(("first", "double", "last", "pick"), 0)


def edit(notebook):
    return b'{"nbformat": ' + b"9" * 1_000_000 + b', "cells": []}'
