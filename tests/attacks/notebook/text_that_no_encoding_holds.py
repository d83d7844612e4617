"""Lone surrogates, null characters, terminal escapes and right-to-left marks in sources and names: nothing of it stops
the gradebook, the table or the page, and the honest answers earn their points."""

OWN = {"end": "x = '\u202e\u2066 \ud800 \\x1b[2J \\x00'\nprint(x.encode('utf-8', 'replace'))"}
FILES = {"\u202egnp.exe.csv": "1", "a b\t.csv": "2", "\u0430.csv": "3"}


def edit(notebook):
    notebook["cells"][-1]["source"] += "\ud800\0\x1b[2J"
    notebook["metadata"]["\ud83d"] = "\udc00"
    notebook["metadata"]["kernelspec"] = {"name": "\x1b[2J\ud800", "display_name": "\0"}
