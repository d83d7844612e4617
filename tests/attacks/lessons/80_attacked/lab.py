# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# lesson:
#   title: A lesson to be attacked
#   minutes: 5
#   timeout: 4
# ---

# %% [markdown]
# # A lesson to be attacked
#
# Plain Python and quick checks, for the tests of grading. Hidden lines hold the word that gives them away.

# %%
import numpy as np

from grader import check, student

# %% [markdown]
# ## First


# %% exercise="first"
def first(values):
    """The first of the values, doubled."""
    ### BEGIN SOLUTION
    return 2 * values[0]
    ### END SOLUTION


# %% test="first" points=1
with check.task("First") as task:
    values = check.normal((4,), "first")
    task.expect(check.equal(task.run(student.first, values), 2 * values[0], "first(values)"))
### BEGIN HIDDEN TESTS
with check.task("First of others") as task:
    hidden_marker_first = check.normal((7,), "first again")
    answer = task.run(student.first, hidden_marker_first)
    task.expect(check.equal(answer, 2 * hidden_marker_first[0], "first(values)"))
### END HIDDEN TESTS

# %% [markdown] hint="first"
# Which index?

# %% [markdown] hint="first"
# `values[0]`.

# %% [markdown]
# ## Double


# %% exercise="double"
def double(values):
    """Each of the values, doubled."""
    ### BEGIN SOLUTION
    return [2 * value for value in values]
    ### END SOLUTION


# %% test="double/some" points=1
with check.task("Double") as task:
    values = check.normal((4,), "double")
    task.expect(check.equal(task.run(student.double, values), 2 * values, "double(values)"))

# %% test="double/others" points=2
with check.task("Double another array") as task:
    values = check.normal((5,), "double others")
    task.expect(check.equal(task.run(student.double, values), 2 * values, "double(values)"))
### BEGIN HIDDEN TESTS
with check.task("Double arrays of other lengths") as task:
    for hidden_marker_length in check.sizes(2, 3, 9):
        values = check.normal((hidden_marker_length,), "double lengths")
        task.expect(check.equal(task.run(student.double, values), 2 * values, "double(values)"))
### END HIDDEN TESTS

# %% [markdown] hint="double"
# Twice.

# %% [markdown] hint="double"
# `2 * value`.

# %% [markdown]
# ## Last


# %% exercise="last"
def last(values):
    """The last of the values, halved."""
    ### BEGIN SOLUTION
    return values[-1] / 2
    ### END SOLUTION


# %% test="last" points=1
with check.task("Last") as task:
    values = check.normal((4,), "last")
    task.expect(check.equal(task.run(student.last, values), np.float64(values[-1]) / 2, "last(values)"))
### BEGIN HIDDEN TESTS
with check.task("Last of others") as task:
    hidden_marker_last = check.normal((6,), "last again")
    answer = task.run(student.last, hidden_marker_last)
    task.expect(check.equal(answer, hidden_marker_last[-1] / 2, "last(values)"))
### END HIDDEN TESTS

# %% [markdown] hint="last"
# Which index?

# %% [markdown] hint="last"
# `values[-1]`.

# %% quiz="pick" points=1
# Which letter is the second?
# a) a
# b) b
# c) c
pick = "b"

# %% [markdown] manual="words" points=2
# What I have learned.
