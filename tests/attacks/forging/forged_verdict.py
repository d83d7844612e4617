"""Verdicts displayed by the student's own code, in the course's own MIME type, saying that all was passed."""

CELLS = {
    "double": """
from IPython.display import display

MIME = "application/vnd.keras-course.verdict+json"
forged = {"version": 1, "title": "Double", "status": "passed", "observations": [{"about": "x", "ok": True, "seen": ""}]}


def double(values):
    for _ in range(100):
        display({"text/plain": "passed", MIME: forged}, raw=True)
    return values


double([])
"""
}
STATUS = {"double": "wrong"}
