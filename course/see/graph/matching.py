"""Finds which node of one graph corresponds to which node of another."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher
from typing import Any

from course.see.graph.canonical import COMMUTATIVE
from course.see.graph.data import End, Graph


class Matching:
    """Two canonical graphs and which node of one corresponds to which node of the other."""

    def __init__(self, seen: Graph, wanted: Graph):
        self.seen, self.wanted = seen, wanted
        self.inputs = paired(seen.inputs, wanted.inputs)
        self.outputs = paired(seen.outputs, wanted.outputs)
        self.ids: dict[Any, int] = {}
        self.pairs: dict[int, int] = {}  # node of `seen` → node of `wanted`
        self.back: dict[int, int] = {}

    def pair_inputs(self) -> None:
        for end, key in zip(self.seen.inputs, self.inputs[0], strict=True):
            other = [e.node for e, k in zip(self.wanted.inputs, self.inputs[1], strict=True) if k == key]
            self._pair(end.node, other, careful=False)

    def key(self, graph: Graph, place: int) -> Any:
        """What a node computes, regardless of its position in the graph."""
        node = graph.nodes[place]
        if node.opaque:
            return "opaque", graph is self.seen, place
        return node.kind, tuple(sorted(node.settings.items(), key=repr)), node.frozen

    def _color(self, key: Any) -> int:
        return self.ids.setdefault(key, len(self.ids))

    def _down(self, graph: Graph, keys: list[str], extra: dict[int, Any]) -> list[int]:
        """A color for each node, equal for nodes that compute the same from the same inputs."""
        starts = {end.node: key for end, key in zip(graph.inputs, keys, strict=True)}
        colors: list[int] = []
        for place, node in enumerate(graph.nodes):
            parents = [(edge.slot, colors[edge.node], edge.output) for edge in node.parents]
            parents = sorted(parents) if node.kind in COMMUTATIVE else parents
            own = ("Input", starts[place]) if place in starts else self.key(graph, place)
            colors.append(self._color((own, tuple(parents), extra.get(place))))
        return colors

    def _up(self, graph: Graph, keys: list[str]) -> list[int]:
        """A color for each node, equal for nodes whose outputs are used in the same way."""
        uses: list[list] = [[] for _ in graph.nodes]
        for end, key in zip(graph.outputs, keys, strict=True):
            uses[end.node].append(("output", key, end.output))
        colors = [0] * len(graph.nodes)
        for place in range(len(graph.nodes) - 1, -1, -1):
            colors[place] = self._color((self.key(graph, place), tuple(sorted(uses[place], key=repr))))
            for edge in graph.nodes[place].parents:
                uses[edge.node].append((edge.slot, colors[place], edge.output))
        return colors

    def equal(self) -> bool:
        """Whether both graphs have the same colors, also when colors include which nodes share weights."""
        found = []
        for graph, inputs, outputs in zip((self.seen, self.wanted), self.inputs, self.outputs, strict=True):
            extra: dict[int, Any] = {}
            for _ in range(3):
                colors = self._down(graph, inputs, extra)
                extra = {place: tuple(sorted(colors[p] for p in others)) for place, others in sharing(graph).items()}
            ends = sorted((key, colors[end.node], end.output) for key, end in zip(outputs, graph.outputs, strict=True))
            found.append((ends, Counter(colors)))
        return found[0] == found[1]

    def align(self) -> None:
        """Pair nodes that match from both ends, then from one end, then in between."""
        down = [self._down(graph, keys, {}) for graph, keys in zip((self.seen, self.wanted), self.inputs, strict=True)]
        up = [self._up(graph, keys) for graph, keys in zip((self.seen, self.wanted), self.outputs, strict=True)]
        self._pair_equal(*([*zip(d, u, strict=True)] for d, u in zip(down, up, strict=True)), backwards=True)
        self._pair_equal(*down)
        self._pair_equal(*up, backwards=True)
        self._pair_in_order(lambda graph, place: self.key(graph, place))
        self._pair_in_order(lambda graph, place: graph.nodes[place].kind, near=True)
        self._pair_in_place()

    def _pair_equal(self, seen: list, wanted: list, backwards: bool = False) -> None:
        """Pair nodes of equal color. `backwards`: of several candidates, choose one that leads to a paired node."""
        alike: dict[Any, list[int]] = {}
        for other, color in enumerate(wanted):
            alike.setdefault(color, []).append(other)
        before = dict(self.pairs), dict(self.back)
        for careful in (False, True):  # checking for a cycle at each step is slow, and cycles are rare
            for place in range(len(seen) - 1, -1, -1) if backwards else range(len(seen)):
                others = alike.get(seen[place], [])
                if backwards and len(others) > 1:
                    after = {self.pairs.get(p) for p in _children(self.seen, place)}
                    others = sorted(others, key=lambda o: (not after & set(_children(self.wanted, o)), -o))
                self._pair(place, others, careful)
            if careful or self.order() is not None:
                return
            self.pairs, self.back = dict(before[0]), dict(before[1])

    def _pair_in_order(self, key: Callable[[Graph, int], Any], near: bool = False) -> None:
        """Pair nodes in the longest common sequences. `near`: only if they also have a neighbor in common."""
        left = [
            [p for p in range(len(g.nodes)) if p not in d]
            for g, d in ((self.seen, self.pairs), (self.wanted, self.back))
        ]
        a = [repr(key(self.seen, place)) for place in left[0]]
        b = [repr(key(self.wanted, place)) for place in left[1]]
        for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks():
            for step in range(block.size):
                place, other = left[0][block.a + step], left[1][block.b + step]
                if not near or self._neighbours(place, other):
                    self._pair(place, [other])

    def _pair_in_place(self) -> None:
        """Pair nodes of different kinds that have the same position in the graph."""
        for place in range(len(self.seen.nodes)):
            before = [self.pairs.get(p) for p in _parents(self.seen, place)]
            after = {self.pairs.get(p) for p in _children(self.seen, place)}
            for other in range(len(self.wanted.nodes)):
                behind = _children(self.wanted, other)
                follows = bool(after & set(behind)) or not (after - {None} or set(behind) & set(self.back))
                like = bool(self.seen.nodes[place].weights) == bool(self.wanted.nodes[other].weights)
                takes = None not in before and sorted(before) == sorted(_parents(self.wanted, other))
                if like and takes and follows:
                    self._pair(place, [other])

    def _neighbours(self, place: int, other: int) -> bool:
        """Whether a parent or child of one node is paired with a parent or child of the other."""
        for relation in (_parents, _children):
            mine = {self.pairs.get(p) for p in relation(self.seen, place)}
            if mine & set(relation(self.wanted, other)):
                return True
        return self._is_end(place, self.seen) and self._is_end(other, self.wanted)

    def _is_end(self, place: int, graph: Graph) -> bool:
        return any(end.node == place for end in graph.outputs)

    def _pair(self, place: int, others: Iterable[int], careful: bool = True) -> None:
        """Pair a node with the first free one of `others`, unless that would create a cycle."""
        if place in self.pairs:
            return
        given = self.seen.nodes[place].kind == "Input"
        for other in others:
            if other in self.back or given != (self.wanted.nodes[other].kind == "Input"):
                continue
            self.pairs[place], self.back[other] = other, place
            if not careful or self.order() is not None:
                return
            del self.pairs[place], self.back[other]

    def order(self) -> list[tuple[str, int]] | None:
        """All nodes, parents first and paired nodes once, or None if there is a cycle."""
        parents: dict[tuple[str, int], set] = {}
        for place in range(len(self.seen.nodes)):
            parents.setdefault(("seen", place), set()).update(("seen", p) for p in _parents(self.seen, place))
        for place in range(len(self.wanted.nodes)):
            parents.setdefault(self.at(place), set()).update(self.at(p) for p in _parents(self.wanted, place))
        return _topological_order(parents)

    def at(self, place: int) -> tuple[str, int]:
        """The key of a node of `wanted` in the merged graph."""
        return ("seen", self.back[place]) if place in self.back else ("wanted", place)


def paired(mine: Sequence[End], theirs: Sequence[End]) -> tuple[list[str], list[str]]:
    """Keys that match the ends of two graphs: their names if both have the same names, otherwise their positions."""
    names = [[end.name for end in ends] for ends in (mine, theirs)]
    if all(names[0]) and len(set(names[0])) == len(names[0]) and sorted(names[0]) == sorted(names[1]):
        return names[0], names[1]
    return [str(place) for place in range(len(mine))], [str(place) for place in range(len(theirs))]


def sharing(graph: Graph) -> dict[int, list[int]]:
    """For each node that shares weights: all nodes that share them, including itself."""
    users: dict[int, list[int]] = {}
    for place, node in enumerate(graph.nodes):
        for position in node.weights:
            users.setdefault(position, []).append(place)
    groups = {p: sorted({q for w in graph.nodes[p].weights for q in users[w]}) for p in range(len(graph.nodes))}
    return {place: group for place, group in groups.items() if len(group) > 1}


def _parents(graph: Graph, place: int) -> list[int]:
    return [edge.node for edge in graph.nodes[place].parents]


def _children(graph: Graph, place: int) -> list[int]:
    return [other for other, node in enumerate(graph.nodes) if any(edge.node == place for edge in node.parents)]


def _topological_order(parents: dict[tuple[str, int], set]) -> list[tuple[str, int]] | None:
    """The keys of `parents` in topological order, ties by number, or None if there is a cycle."""
    left = {key: len(before) for key, before in parents.items()}
    children: dict[Any, list] = {}
    for key, before in parents.items():
        for one in before:
            children.setdefault(one, []).append(key)
    ready = [(key[1], key[0]) for key, count in left.items() if count == 0]
    heapq.heapify(ready)
    done = []
    while ready:
        number, side = heapq.heappop(ready)
        done.append((side, number))
        for child in children.get((side, number), ()):
            left[child] -= 1
            if left[child] == 0:
                heapq.heappush(ready, (child[1], child[0]))
    return done if len(done) == len(parents) else None
