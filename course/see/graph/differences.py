"""The result of comparing two graphs, and descriptions of how two nodes differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from course.see.graph.data import Graph, Node, Shape
from course.see.graph.words import shorten, written


@dataclass(frozen=True)
class Change:
    """One difference: a description, and advice on what to change."""

    words: str
    advice: str = ""


MOST_CHANGES = 4


@dataclass(frozen=True)
class Diff:
    """A graph laid over the requested one.

    `graph` contains the nodes of both, with marks. If there are no `changes`, they are the same.
    """

    graph: Graph
    changes: tuple[Change, ...] = ()

    @property
    def same(self) -> bool:
        return not self.changes

    @property
    def words(self) -> str:
        """The first few differences in one line."""
        shown = [change.words for change in self.changes[:MOST_CHANGES]]
        if len(self.changes) > MOST_CHANGES:
            shown.append(f"and {len(self.changes) - MOST_CHANGES} more")
        return "; ".join(shown) or "the same graph"


def admits(mine: Sequence[Shape], theirs: Sequence[Shape]) -> bool:
    """Whether everything that fits the second shape fits the first: sizes are equal, or None in the first."""
    if not mine or not theirs:
        return True
    a, b = mine[0][1:], theirs[0][1:]
    return len(a) == len(b) and all(size is None or size == asked for size, asked in zip(a, b, strict=True))


def difference(node: Node, asked: Node) -> tuple[str, str]:
    """Descriptions of two nodes that show how they differ."""
    if node.kind == "Input":
        return tuple(f"Input {written(n.shapes[0])}" if n.shapes else "Input" for n in (node, asked))
    if node.label != asked.label:
        return node.label, asked.label
    words = [[], []]
    for key in sorted({*node.settings, *asked.settings}):
        if node.settings.get(key) != asked.settings.get(key):
            for side, one in zip(words, (node, asked), strict=True):
                side.append(f"{key}={shorten(str(one.settings.get(key)), 30)}")
    if node.frozen != asked.frozen:
        for side, one in zip(words, (node, asked), strict=True):
            side.append("frozen" if one.frozen else "trainable")
    return tuple(shorten(f"{node.label} ({', '.join(side[:3])})" if side else node.label) for side in words)


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
