"""Verdicts of its own by the thousand, each as large as a verdict may be: verdicts are kept, but not all."""

OWN = {
    "test_first": """
from IPython.display import display

MIME = "application/vnd.keras-course.verdict+json"
seen = [{"about": "x" * 1000, "ok": True, "seen": "x" * 1000} for _ in range(40)]
for _ in range(600):
    display({"text/plain": "x", MIME: {"title": "x", "status": "passed", "observations": seen}}, raw=True)
"""
}
EARNS = {"first": 1, "double": (0, 3), "last": (0, 1), "pick": (0, 1)}
