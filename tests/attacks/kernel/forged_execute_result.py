"""A display hook and a formatter that turn every result into 1000, the partial credit of stock nbgrader."""

CELLS = {
    "double": """
import sys
from IPython.display import display

shell = get_ipython()
shell.ast_node_interactivity = "all"
shell.displayhook.compute_format_data = lambda result: ({"text/plain": "1000"}, {})
shell.display_formatter.format = lambda *args, **kwargs: ({"text/plain": "1000"}, {})


def double(values):
    display({"text/plain": "1000"}, raw=True)
    return values


1000
"""
}
STATUS = {"double": "wrong"}
