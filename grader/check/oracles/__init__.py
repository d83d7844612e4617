"""The oracles: one module for each group of the author's guide, in which each oracle is registered where it is defined.

`grader.check.core.register.table()` lists them all.
"""
