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
#   title: Sums and means
#   minutes: 5
#   timeout: 30
# ---

# %% [markdown]
# # Sums and means
#
# A lesson with one cell of every kind, for the tests of the builder.

# %%
import sys


class check:
    """Stands in for grader.check, which brings Keras along."""

    @staticmethod
    def choice(name, given, options, answer=None):
        assert given in tuple(options), f"{name}: choose one of {', '.join(options)}"
        assert answer is None or given == answer, f"{name}: not this one"


student = sys.modules["__main__"]
numbers = [1, 2, 3, 6]

# %% predict="first_sum" points=1
# What is the sum of the numbers?
# a) 6
# b) 12
first_sum = "b"

# %%
print("sum", sum(numbers))


# %% exercise="mean"
def mean(values):
    """The arithmetic mean."""
    ### BEGIN SOLUTION
    total = sum(values)
    return total / len(values)
    ### STUB
    # total = ...
    # raise NotImplementedError()
    ### END SOLUTION


class Scale:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, values):
        ### BEGIN SOLUTION
        return [self.factor * value for value in values]
        ### END SOLUTION


# %% test="mean" points=2
assert student.mean([1, 2, 3]) == 2

### BEGIN HIDDEN TESTS
for n in range(1, 5):
    assert student.mean(range(n)) == (n - 1) / 2
### END HIDDEN TESTS

# %% test="mean/scale" points=1.5
assert student.Scale(3)(numbers) == [3, 6, 9, 18]

# %% [markdown] hint="mean"
# Add first, *then* divide.

# %% [markdown] hint="mean"
# `sum(values)` adds; how many are there?


# %% exercise="largest"
def largest(values):
    ### BEGIN SOLUTION
    best = values[0]
    for value in values:
        if value > best:
            best = value
    return best
    ### BROKEN
    # best = 0
    # for value in values:
    #     if value < best:
    #         best = value
    # return best
    ### END SOLUTION


# %% test="largest" points=1
assert student.largest([-3, -1, -2]) == -1

# %% [markdown] hint="largest"
# Try it with negative numbers.

# %% [markdown] hint="largest"
# Look at both lines that mention `best`.

# %% quiz="robust" points=1
# Which of them does one outlier move most?
# a) the median
# b) the mean
# c) the mode
robust = "b"

# %% [markdown]
# ## Reflection
#
# When would you rather use the median?

# %% [markdown] manual="reflection" points=3
# When a few values are far off.
#
# ### BEGIN MARK SCHEME
# One point for naming outliers.
# ### END MARK SCHEME
