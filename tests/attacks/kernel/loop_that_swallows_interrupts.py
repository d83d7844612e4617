"""A loop that catches every exception, the interrupt included: it is stopped, and the rest is graded."""

CELLS = {
    "last": """
def last(values):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
"""
}
STATUS = {"last": "timed out", "double": "passed"}
