"""All that the student's process can find while it is asked: frames, objects, history, loaded modules, its own memory.
The test and what it expects are in none of them."""

CELLS = {
    "double": """
import gc, sys

seen = []


def double(values):
    found = []
    frame = sys._getframe()
    while frame:
        found += [str(frame.f_code), str(frame.f_locals)[:100_000], str(list(frame.f_globals))]
        frame = frame.f_back
    for item in gc.get_objects():
        if type(item) is dict:
            found += [value for value in list(item.values()) if type(value) is str]
    shell = get_ipython()
    found += [str(shell.user_ns.get("In")), str(list(shell.history_manager.get_range()))]
    clue = "_".join(["hidden", "marker"])
    seen.append([text[:200] for text in found if clue in text or " ".join(["BEGIN", "HIDDEN"]) in text])
    return values
"""
}
OWN = {"test_double_others": "print(seen)"}
STATUS = {"double": "wrong"}
