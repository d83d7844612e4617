"""The lines of text in a box, and how wide they are."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate

from course.see import graph as graphs
from course.see.graph import Graph, Node
from course.see.picture import BLUE, INK, QUIET

LABEL, SMALL = 13, 11  # sizes of text, pixels
WIDEST = 270  # of the text in a box, pixels
PAD = 11  # between the text and the border of a box, pixels
WARN = "#a84800"  # ORANGE, dark enough for small text on white


@dataclass(frozen=True)
class Line:
    """A line of text in a box."""

    text: str
    size: int = LABEL
    color: str = INK
    bold: bool = False
    italic: bool = False


def box_lines(node: Node, shown_elsewhere: frozenset[str] = frozenset()) -> list[Line]:
    """The text in a node's box: its label, a name given by a person, its shape and parameters, and its mark.

    Names in `shown_elsewhere` are left out.
    """
    is_input = node.kind == "Input"
    label = (node.name or "input") if is_input else (node.label or node.kind)
    lines = [Line(label, bold=True)]
    if node.name and not is_input and node.name not in shown_elsewhere:
        lines.append(Line(node.name, SMALL, QUIET, italic=True))
    facts = (
        [graphs.written(node.shapes[0]) + f" + {len(node.shapes) - 1}" * (len(node.shapes) > 1)] if node.shapes else []
    )
    facts += [f"{node.parameters:,} param{'s' * (node.parameters != 1)}"] if node.parameters else []
    facts += ["frozen"] if node.frozen else []
    if facts:
        lines.append(Line(" · ".join(facts), SMALL, QUIET))
    if node.mark:
        sign = {"extra": "+ ", "missing": "– ", "changed": "≠ "}[node.mark]
        color = BLUE if node.mark == "missing" else WARN
        lines.append(Line(sign + (node.note or node.mark), SMALL, color, bold=True))
    return [replace(line, text=fitted(line)) for line in lines]


def output_names(graph: Graph) -> frozenset[str]:
    return frozenset(end_names(graph.outputs))


def end_names(ends: Sequence[graphs.End]) -> list[str]:
    return [end.name for end in ends]


def output_label(end: graphs.End) -> str:
    return fitted(Line(f"output {end.name}" if end.name else "output", SMALL))


def box_size(lines: Sequence[Line]) -> tuple[float, float]:
    """Width and height of the box around these lines."""
    width = max(text_width(line) for line in lines)
    return max(64.0, round(width + 2 * PAD, 1)), sum(line_height(line) for line in lines) + 11


def line_height(line: Line) -> float:
    return line.size + 4


def text_width(line: Line) -> float:
    """The approximate width of a text in a sans-serif font, rather too large than too small."""
    return sum(map(_letter, line.text)) * _unit(line)


def _unit(line: Line) -> float:
    return line.size * (1.1 if line.bold else 1.04)


@lru_cache(2000)
def _letter(character: str) -> float:
    if character in "iljft.,:;|'!()[] `·":
        return 0.34
    if character in "mwMW@%—…":
        return 0.92
    if character.isascii():
        return 0.68 if character.isupper() or character == "_" else 0.57
    return 1.05 if ord(character) > 0x2E80 else 0.68


@lru_cache(2000)
def fitted(line: Line) -> str:
    """The printable characters of the text, cut to the widest box."""
    text = "".join(c if c.isprintable() else "?" for c in line.text[:200])
    ends = list(accumulate(_letter(c) * _unit(line) for c in text))
    if not ends or ends[-1] <= WIDEST:
        return text
    return text[: bisect_right(ends, WIDEST - _letter("…") * _unit(line))] + "…"
