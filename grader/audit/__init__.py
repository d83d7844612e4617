"""How often the checks err: puts right and wrong answers, and mutants, through the tests of their exercise.

command.py      `grader audit`
bank.py         reads the answer bank
trial.py        runs one answer through the tests of its exercise
warm.py         runs many trials, each in a process forked from one that has imported Keras
mutants.py      the mutants of a solution: operators.py lists the changes, edits.py makes them in the source, and
                overfitted.py fixes arguments at the values that visible tests pass
current.py      which published results still hold, by the fingerprint of what they depend on
findings.py     what was found: rates, and what to fix; tables.py prints it, publish.py writes course/audit.md
"""
