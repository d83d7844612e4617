"""Handlers that run when the interpreter ends: they open files for writing, start processes and raise errors."""

CELLS = {
    "double": """
import atexit, json, os, subprocess

at = json.load(open("targets.json"))


@atexit.register
def late():
    subprocess.Popen(["sleep", "31536123"], start_new_session=True)
    for path in (at["secret"], at["gradebook"]):
        open(path, "a").write("late")
    raise SystemExit(0)


def double(values):
    return values
"""
}
STATUS = {"double": "wrong"}
