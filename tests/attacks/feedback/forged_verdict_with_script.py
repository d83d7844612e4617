"""A verdict of its own with markup in every field, a figure that is none, and observations without an end."""

CELLS = {
    "double": """
from IPython.display import display

MIME = "application/vnd.keras-course.verdict+json"
evil = "<script>alert(1)</script>"
odd = {"about": evil, "ok": 1, "seen": [evil], "why": {"x": evil}, "figure": {"svg": evil, "nodes": [[evil]] * 10}}


def double(values):
    display({MIME: {"title": evil, "status": evil, "observations": [odd] * 1000}}, raw=True)
    display({MIME: {"title": [evil], "status": {}, "observations": evil}}, raw=True)
    display({MIME: evil}, raw=True)
    return values


double(None)
"""
}
STATUS = {"double": "wrong"}
