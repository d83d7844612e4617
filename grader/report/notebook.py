"""The executed notebook, cell by cell, as HTML that is safe to show."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from html import escape

from nbformat import NotebookNode

from grader.grade.lab import Lab, is_test
from grader.report.clean import Scrubber, clean_html, visible_source
from grader.verdict import MIME as VERDICT

MAX_TEXT = 20_000
MAX_IMAGE = 1_000_000
HEADING_LINK = re.compile(r'<a class="anchor-link"[^>]*>.*?</a>')


@dataclass(frozen=True)
class Shown:
    """A cell for the page: its kind, its source as HTML and its outputs as HTML."""

    kind: str
    source: str
    outputs: tuple[str, ...] = ()


def shown_cells(lab: Lab, notebook: NotebookNode, scrub: Scrubber) -> list[Shown]:
    """All cells that are not empty. Tests appear as in the hand-out, without the error that ended them."""
    return [_cell(lab, cell, scrub) for cell in notebook.cells if cell.source.strip()]


def _cell(lab: Lab, cell: NotebookNode, scrub: Scrubber) -> Shown:
    if cell.cell_type == "markdown":
        return Shown("markdown", markdown(cell.source))
    if cell.cell_type != "code":
        return Shown("raw", f"<pre>{escape(cell.source)}</pre>")
    if not is_test(cell):
        return Shown("code", highlight(cell.source), _outputs(cell.outputs, scrub))
    outputs = _outputs([o for o in cell.outputs if o.output_type != "error"], scrub)
    return Shown("test", highlight(visible_source(lab, cell)), outputs)


def _outputs(outputs: list[NotebookNode], scrub: Scrubber) -> tuple[str, ...]:
    return tuple(filter(None, (_output(output, scrub) for output in outputs)))


def _output(output: NotebookNode, scrub: Scrubber) -> str:
    if output.output_type == "stream":
        return _pre(output.text, scrub)
    if output.output_type == "error":
        return _pre("\n".join(map(str, output.traceback)) or f"{output.ename}: {output.evalue}", scrub, "error")
    data = output.get("data", {})
    if isinstance(verdict := data.get(VERDICT), dict):
        words = f"{verdict.get('title')}: {verdict.get('status')}, see above"
        return f"<p><small>{escape(scrub.text(words))}</small></p>"
    if image := _image(data.get("image/png")):
        return image
    if isinstance(data.get("text/html"), str) and len(data["text/html"]) <= 10 * MAX_TEXT:
        return f'<div class="rich">{scrub.html(data["text/html"])}</div>'
    if isinstance(data.get("text/markdown"), str):
        return scrub.html(markdown(data["text/markdown"][:MAX_TEXT]))
    return _pre(str(data.get("text/plain", "")), scrub)


def _pre(text: str, scrub: Scrubber, kind: str = "text") -> str:
    text = scrub.text(text)
    if len(text) > MAX_TEXT:
        text = text[:MAX_TEXT] + "\n… cut off …"
    return f'<pre class="{kind}">{escape(text)}</pre>' if text.strip() else ""


def _image(data: object) -> str:
    """A PNG as an embedded image; empty if the data is no PNG, or is too large."""
    if not isinstance(data, str) or len(data) > MAX_IMAGE:
        return ""
    try:
        content = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    if not content.startswith(b"\x89PNG"):
        return ""
    return f'<img alt="a figure" src="data:image/png;base64,{base64.b64encode(content).decode()}">'


def markdown(source: str) -> str:
    """Markdown as clean HTML."""
    from nbconvert.filters import markdown2html

    try:
        return clean_html(HEADING_LINK.sub("", markdown2html(source[:MAX_TEXT])))
    except Exception:  # the page must not fail because a parser can't handle some input
        return f"<pre>{escape(source[:MAX_TEXT])}</pre>"


def highlight(source: str) -> str:
    """Python source, highlighted with the class names of the page's style sheet."""
    from pygments import highlight as colour
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name

    code = colour(source[:MAX_TEXT], get_lexer_by_name("ipython3"), HtmlFormatter(nowrap=True))
    return f'<pre class="code">{code}</pre>'
