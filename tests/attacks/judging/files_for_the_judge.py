"""Files sent to the judge that no test has asked for: names that climb, links, archives that explode, a hundred
thousand of them. The judge writes none outside its own folder, and opens none."""

CELLS = {
    "last": """
import json
from grader.judge import files

at = json.load(open("targets.json"))
climbing = ["../../../.." + at["folder"] + "/by_file", at["folder"] + "/by_file", "..", "a/../../b", "x" * 5000, "\\0"]
files.written = lambda folder, before: [
    {"name": name, "bytes": b"PK" + b"x" * 1000, "model": None} for name in climbing + [str(n) for n in range(1000)]
]


def last(values):
    return 0.0
"""
}
EARNS = {"last": 0, "pick": (0, 1)}
