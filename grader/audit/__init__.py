"""How often the checks err: every answer of a lesson's bank, right or wrong, runs through its exercise's tests.

- `command`: the command `grader audit`; `trial` runs one answer, `warm` runs many in forked processes
- `bank`: the right and wrong answers of an exercise
- `mutants`: the solution with one systematic mistake each; `operators` are the kinds of mistakes, `edits` makes the
  changes in the text, `overfitted` fixes arguments at the values that the visible tests pass
- `findings`: the rates, and what else should be fixed; `tables` shows them in the terminal
- `current`: which exercises have changed since they were audited; `publish` writes `course/audit.md` and `.json`
"""
