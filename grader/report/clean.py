"""Makes the outputs of a student's notebook safe to show: no scripts, nothing from the network, no hidden tests."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

import nh3

from grader.grade.lab import Lab, grade_id, is_test
from grader.grade.score import ANSI

TAGS = {
    *(
        "a",
        "b",
        "blockquote",
        "br",
        "caption",
        "code",
        "del",
        "details",
        "div",
        "em",
        "hr",
        "i",
        "img",
        "kbd",
        "p",
        "pre",
    ),
    *(
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "dd",
        "dl",
        "dt",
        "li",
        "ol",
        "ul",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strong",
    ),
    *("sub", "summary", "sup", "u", "var", "col", "colgroup", "table", "tbody", "td", "tfoot", "th", "thead", "tr"),
}
ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
IMAGE = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=\s]*")
REMOVED = "[a line of a hidden test was removed here]"
SHORTEST = 10
"""Shorter lines reveal nothing about a test."""


def clean_html(markup: str) -> str:
    """Markup without scripts, styles, forms, frames, event handlers and images from other sites."""
    return nh3.clean(
        markup,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "data"},
        link_rel="noopener noreferrer",
    )


def _attribute(tag: str, attribute: str, value: str) -> str | None:
    if tag == "img" and attribute == "src":
        return value if IMAGE.fullmatch(value) else None
    if attribute == "href":
        return value if value.startswith(("http://", "https://", "#")) else None
    return value


def plain(text: str) -> str:
    """Text without terminal colors and control characters."""
    return "".join(c for c in ANSI.sub("", text) if c in "\n\t" or c.isprintable())


class Scrubber:
    """Removes lines of hidden tests from text. Lines that the student could see or wrote are kept."""

    def __init__(self, lab: Lab, own: Iterable[str] = ()):
        visible = {_squash(line) for cell in lab.released.cells for line in cell.source.splitlines()}
        visible |= {_squash(line) for source in own for line in source.splitlines()}
        tests = [cell.source for cell in lab.official.cells if is_test(cell)]
        lines = {_squash(line) for source in tests for line in source.splitlines()}
        self.hidden = [line for line in lines - visible if len(line) >= SHORTEST]

    def holds(self, text: str) -> bool:
        """Whether the text contains a line of a hidden test, quoted or not."""
        squashed = _squash(text)
        return any(line in squashed for line in self.hidden)

    def text(self, text: str) -> str:
        text = plain(text)
        if not self.holds(text):
            return text
        lines = [REMOVED if self.holds(line) else line for line in text.splitlines()]
        return "\n".join(line for i, line in enumerate(lines) if line != REMOVED or lines[i - 1 : i] != [REMOVED])

    def html(self, markup: str) -> str:
        """The markup, cleaned; none of it if its text contains a hidden line."""
        cleaned = clean_html(markup)
        return REMOVED if self.holds(html.unescape(re.sub(r"<[^>]*>", "", cleaned))) else cleaned


def _squash(line: str) -> str:
    """A line without the characters that quoting, printing and highlighting change: blanks, quotes, backslashes."""
    return re.sub(r"""[\s"'\\]+|\\n""", "", line)


def visible_source(lab: Lab, cell) -> str:
    """The part of a test cell's source that students can see."""
    released = {grade_id(c): c.source for c in lab.released.cells if is_test(c)}
    return released.get(grade_id(cell), "")
