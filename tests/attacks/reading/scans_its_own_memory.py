"""Its own memory, searched for what was in the process before it was forked: other students' work, the environment of
the grader, the text of hidden tests."""

_SCAN = """
import re

clue = b"CANARY[-][0-9a-f]{32}|GRADER[_]CANARY=[!-~]+|hidden[_]marker[_][a-z]+"
for line in open("/proc/self/maps"):
    span, rights, *_ = line.split()
    start, end = (int(part, 16) for part in span.split("-"))
    if rights.startswith("rw") and end - start < 1 << 29:
        try:
            with open("/proc/self/mem", "rb") as memory:
                memory.seek(start)
                print(set(re.findall(clue, memory.read(end - start))) or "", end="")
        except (OSError, ValueError):
            pass
"""
OWN = {"setup": _SCAN, "test_double_others": _SCAN}
