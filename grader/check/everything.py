"""Imports all of `check`: for the judge, the student's side of it, and warm processes that are forked later."""

from grader.check.core import register

register.load()
