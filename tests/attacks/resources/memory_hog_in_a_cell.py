"""Memory without an end in a cell of its own, outside any answer: the answers above and below keep their points."""

SLOW = True
OWN = {"test_first": "held = []\nwhile True:\n    held.append(bytearray(b'x' * (64 << 20)))"}
