"""Two thousand figures and tables, deep markup and very long lines: a page that a browser can still open."""

OWN = {
    "setup": """
from IPython.display import HTML, Markdown, display

display(HTML("<div>" * 20_000))
display(HTML("<b>" * 5_000 + "x" * 150_000))
display(Markdown("> " * 5_000 + "x"))
display(Markdown("[" * 20_000))
display(Markdown("*a_" * 5_000))
for number in range(500):
    display(HTML("<table><tr><td>x</td></tr></table>"))
print("x" * 1_000_000)
"""
}
