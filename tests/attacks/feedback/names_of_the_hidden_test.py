"""The expected answer guessed out of messages: what is said of a wrong answer is what a student may know."""

CELLS = {
    "double": """
def double(values):
    raise ValueError(repr(values) + str(locals()) + str(vars()))
"""
}
STATUS = {"double": "crashed"}
