"""Escape sequences that clear the screen, rename the window, write into the input line, and hide text, for the table
that the instructor reads."""

CELLS = {
    "double": """
def double(values):
    raise ValueError("\\x1b[2J\\x1b]0;owned\\x07\\x1b[6n\\x9b2J\\r\\x08\\x00 [bold red]markup[/] \\u202e")
""",
    "pick": "pick = '\\x1b[2J'",
}
STATUS = {"double": "crashed", "pick": "wrong"}


def edit(notebook):
    notebook["metadata"]["kernelspec"] = {"name": "\x1b[2J[blink]x[/]", "display_name": "\x1b]0;owned\x07"}
