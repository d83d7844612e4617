"""Lays one graph over another: the nodes of both with marks, and descriptions of the differences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from course.see.graph.canonical import COMMUTATIVE
from course.see.graph.data import MAX_NUMBER, Edge, End, Graph, Node
from course.see.graph.differences import Change, admits, difference
from course.see.graph.matching import Matching
from course.see.graph.words import shorten

WANTED_WEIGHTS = MAX_NUMBER // 2
"""Added to the positions of weights of the requested graph, to distinguish them from those of the other graph."""


class Merged:
    """The nodes of two graphs laid over each other, as one graph with marks."""

    def __init__(self, matching: Matching):
        self.matching = matching
        self.order = matching.order() or []
        self.place = {at: number for number, at in enumerate(self.order)}
        self.nodes = [self._node(*at) for at in self.order]

    def graph(self) -> Graph:
        inputs = [End(node.name, place, 0, node.mark) for place, node in enumerate(self.nodes) if node.kind == "Input"]
        return Graph(tuple(self.nodes), tuple(inputs), tuple(self._outputs()))

    def _node(self, side: str, place: int) -> Node:
        seen, wanted, matching = self.matching.seen, self.matching.wanted, self.matching
        if side == "wanted":
            node = wanted.nodes[place]
            parents = tuple(replace(e, node=self.place[matching.at(e.node)], mark="missing") for e in node.parents)
            weights = tuple(WANTED_WEIGHTS + position for position in node.weights)
            return replace(node, parents=parents, weights=weights, mark="missing", note="missing")
        node = seen.nodes[place]
        if place not in matching.pairs:
            parents = tuple(replace(e, node=self.place["seen", e.node], mark="extra") for e in node.parents)
            return replace(node, parents=parents, mark="extra", note="not asked for")
        asked = wanted.nodes[matching.pairs[place]]
        changed = matching.key(seen, place) != matching.key(wanted, matching.pairs[place]) or (
            node.kind == "Input" and not admits(node.shapes, asked.shapes)
        )
        note = f"asked for: {difference(node, asked)[1]}" if changed else ""
        return replace(node, parents=self._parents(node, asked), mark="changed" * changed, note=shorten(note))

    def _parents(self, node: Node, asked: Node) -> tuple[Edge, ...]:
        mine = [replace(edge, node=self.place["seen", edge.node]) for edge in node.parents]
        theirs = [replace(edge, node=self.place[self.matching.at(edge.node)]) for edge in asked.parents]
        both = Counter(mine) & Counter(theirs)
        edges = [edge if _taken(both, edge) else replace(edge, mark="extra") for edge in mine]
        rest = Counter(mine) & Counter(theirs)
        return tuple(edges + [replace(edge, mark="missing") for edge in theirs if not _taken(rest, edge)])

    def _outputs(self) -> Iterable[End]:
        (mine, theirs), matching = self.matching.outputs, self.matching
        asked = {
            key: replace(end, node=self.place[matching.at(end.node)])
            for key, end in zip(theirs, matching.wanted.outputs, strict=True)
        }
        for key, end in zip(mine, matching.seen.outputs, strict=True):
            end = replace(end, node=self.place["seen", end.node])
            other = asked.pop(key, None)
            if other and (other.node, other.output) == (end.node, end.output):
                yield end
            else:
                yield replace(end, mark="extra")
                yield from [replace(other, mark="missing")] if other else []
        yield from (replace(end, mark="missing") for end in asked.values())

    # words

    def changes(self) -> Iterable[Change]:
        """The differences shown by the marks of nodes, then those shown only by edges."""
        words = {"missing": self._missing, "extra": self._extra, "changed": self._changed}
        for place, node in enumerate(self.nodes):
            if node.mark and (node.kind != "Input" or node.mark != "changed"):
                yield words[node.mark](place, node)
        yield from self._rewired()
        yield from self._other_ends()

    def _missing(self, place: int, node: Node) -> Change:
        if node.kind == "Input":
            return Change(f"no {self._called(place)[4:]}", "Create a `keras.Input` for it.")
        where = self._where(place, node)
        return Change(f"no `{node.label}` {where}", f"Add `{node.label}` {where}, or use the one you created.")

    def _extra(self, place: int, node: Node) -> Change:
        if node.kind == "Input":
            return Change(f"{self._called(place)} was not asked for", "Remove that input.")
        if node.opaque:
            return Change(f"`{node.label}`, whose computation cannot be read")
        return Change(f"an extra `{node.label}` {self._where(place, node)}", f"Remove `{node.label}`.")

    def _changed(self, place: int, node: Node) -> Change:
        asked = self.matching.wanted.nodes[self.matching.pairs[self.order[place][1]]]
        if (node.kind, node.settings) == (asked.kind, asked.settings) and not node.opaque:
            state = "frozen" if node.frozen else "trainable"
            return Change(f"`{node.label}` is {state}", f"Set `trainable = {node.frozen}` for `{node.label}`.")
        seen, wanted = difference(node, asked)
        return Change(f"`{seen}` where `{wanted}` was asked for", f"Change `{seen}` to `{wanted}`.")

    def _where(self, place: int, node: Node) -> str:
        """The position of a marked node, described by the nodes before and after it."""
        after = [p for p, other in enumerate(self.nodes) if any(edge.node == place for edge in other.parents)]
        behind = self._called(after[0]) if after else "the output"
        before = sorted({edge.node for edge in node.parents})
        if len(before) > 1:
            return f"of {self._called(before[0])} and {self._called(before[1])}, before {behind}"
        return f"between {self._called(before[0])} and {behind}" if before else f"before {behind}"

    def _called(self, place: int) -> str:
        node = self.nodes[place]
        if node.kind != "Input":
            return f"`{node.label}`"
        return f"the input `{node.name}`" if node.name else "the input"

    def _rewired(self) -> Iterable[Change]:
        """Differences in connections between nodes of both graphs that no marked node explains."""
        for place, node in enumerate(self.nodes):
            if node.mark not in ("", "changed"):
                continue
            extra = [e.node for e in node.parents if e.mark == "extra"]
            missing = [e.node for e in node.parents if e.mark == "missing"]
            if any(self.nodes[p].mark in ("extra", "missing") for p in extra + missing):
                continue
            seen, asked = (" and ".join(self._called(p) for p in places[:2]) for places in (extra, missing))
            if extra and missing:
                yield Change(f"`{node.label}` takes {seen} where {asked} was asked for", f"Call it on {asked}.")
            elif missing:
                yield Change(f"`{node.label}` does not receive {asked}", f"Pass {asked} to `{node.label}` as well.")
            elif extra:
                yield Change(
                    f"`{node.label}` also receives {seen}, which was not asked for", f"Do not pass {seen} to it."
                )
            elif self._turned(place):
                yield Change(f"`{node.label}` receives its inputs in a different order", "Swap its inputs.")

    def _turned(self, place: int) -> bool:
        at = self.order[place][1]
        if at not in self.matching.pairs:
            return False
        node, asked = self.matching.seen.nodes[at], self.matching.wanted.nodes[self.matching.pairs[at]]
        mine = [(self.place["seen", e.node], e.output, e.slot) for e in node.parents]
        theirs = [(self.place[self.matching.at(e.node)], e.output, e.slot) for e in asked.parents]
        return node.kind not in COMMUTATIVE and mine != theirs

    def _other_ends(self) -> Iterable[Change]:
        ends = list(self._outputs())
        for end in ends:
            node = self.nodes[end.node]
            asked = next((e for e in ends if e.mark == "missing" and self.nodes[e.node].mark != "missing"), None)
            if end.mark == "extra" and node.mark != "extra" and asked and asked.node != end.node:
                named = f"the output{f' `{end.name}`' if end.name else ''}"
                yield Change(f"{named} is {self._called(end.node)} where {self._called(asked.node)} was asked for")


def _taken(counts: Counter, edge: Edge) -> bool:
    if counts[edge] == 0:
        return False
    counts[edge] -= 1
    return True
