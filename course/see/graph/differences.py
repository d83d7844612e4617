"""What a comparison of two graphs results in, and how two nodes differ in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from course.see.graph.data import Graph, Node, Shape
from course.see.graph.words import shorten, written


@dataclass(frozen=True)
class Change:
    """One difference: what is seen there, in words, and what to do about it."""

    words: str
    advice: str = ""


MOST_CHANGES = 4


@dataclass(frozen=True)
class Diff:
    """A graph laid over the one that was asked for.

    `graph` holds the nodes of both, marked; without `changes` they are the same.
    """

    graph: Graph
    changes: tuple[Change, ...] = ()

    @property
    def same(self) -> bool:
        return not self.changes

    @property
    def words(self) -> str:
        """The differences in one line, the first of them at most."""
        shown = [change.words for change in self.changes[:MOST_CHANGES]]
        if len(self.changes) > MOST_CHANGES:
            shown.append(f"and {len(self.changes) - MOST_CHANGES} more")
        return "; ".join(shown) or "the same graph"


def admits(mine: Sequence[Shape], theirs: Sequence[Shape]) -> bool:
    """What fits into the one fits into the other: sizes are equal, or open in the first."""
    if not mine or not theirs:
        return True
    a, b = mine[0][1:], theirs[0][1:]
    return len(a) == len(b) and all(size is None or size == asked for size, asked in zip(a, b, strict=True))


def difference(node: Node, asked: Node) -> tuple[str, str]:
    """Two nodes of one kind in words that tell them apart."""
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
