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
#   title: Sums and squares
#   minutes: 5
#   timeout: 30
# ---

# %% [markdown]
# # Sums and squares
#
# A lesson that computes next to nothing, so that what is measured is the grader.

# %%
import numpy as np

from grader import check, student

# %% [markdown]
# ## Exercise 1 · The sum of the squares (2 points)


# %% exercise="squares"
def squares(values):
    """The sum of the squares of `values`."""
    ### BEGIN SOLUTION
    return (values**2).sum()
    ### END SOLUTION


# %% test="squares" points=2
with check.task("Three numbers") as task:
    task.expect(check.equal(task.run(student.squares, np.array([1.0, 2.0, 3.0])), np.array(14.0), "squares"))
### BEGIN HIDDEN TESTS
with check.task("Other numbers") as task:
    values = check.normal((20,), "squares")
    task.expect(check.equal(task.run(student.squares, values), np.asarray((values**2).sum()), "squares"))
### END HIDDEN TESTS

# %% [markdown] hint="squares"
# `values` is an array: it can be squared as a whole.

# %% [markdown] hint="squares"
# `values**2` has the squares, and `.sum()` adds them up.

# %% [markdown]
# ## Exercise 2 · The largest distance (2 points)


# %% exercise="spread"
def spread(values):
    """The distance between the largest and the smallest of `values`."""
    ### BEGIN SOLUTION
    return values.max() - values.min()
    ### END SOLUTION


# %% test="spread" points=2
with check.task("Random numbers") as task:
    values = check.normal((10,), "spread")
    task.expect(check.equal(task.run(student.spread, values), np.asarray(np.ptp(values)), "spread"))

# %% [markdown] hint="spread"
# You need the largest and the smallest.

# %% [markdown] hint="spread"
# `values.max()` and `values.min()`.
