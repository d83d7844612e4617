"""What every check rests on; importable without a single oracle.

register.py      what lessons call as `check.NAME`: oracles by group, and what else they need
remote_calls.py  asking a student's object where it lives: remote calls and handles
guarded.py       calling a student's code, so that a crash is told apart from a fault of ours
seeds.py         random numbers that depend on GRADER_SEED and on what they are for
numbers.py       when two numbers count as equal; gradients by finite differences
arrays.py        data of models with several inputs or outputs, row by row
display.py       how a verdict looks: text in a terminal, a card in JupyterLab
streams.py       where words on the error stream go while a check runs
"""
