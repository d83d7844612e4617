"""Importing this loads all of `check`: for processes that answer or judge, and for warm ones that are forked later."""

from grader.check.core import register

register.load()
