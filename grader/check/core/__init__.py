"""The basis of every check; importing it loads no oracle.

register.py      what lessons call as `check.NAME`: oracles by group, and what else they need
remote_calls.py  remote calls and handles: questions to a student's object, in the process where it lives
guarded.py       guarded calls, which distinguish the student's errors from faults of the grader
seeds.py         random numbers that depend on GRADER_SEED and on their purpose
numbers.py       when two numbers count as equal; gradients by finite differences
arrays.py        data of models with several inputs or outputs, row by row
display.py       a verdict for display: text in a terminal, a card in JupyterLab
streams.py       the error stream redirected while a check runs
"""
