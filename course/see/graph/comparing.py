"""Compares two graphs: whether they compute the same, and where they differ."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from course.see.graph.canonical import COMMUTATIVE, canonical
from course.see.graph.data import MAX_NUMBER, Edge, End, Graph, Node, Shape
from course.see.graph.words import shorten, written


def same(a: Graph, b: Graph) -> bool:
    """Both compute the same, as far as their canonical forms tell; names, initialisers and regularisers don't count.

    A size that `a` leaves open counts as equal to any of `b`'s. A layer used twice is not two layers. An opaque node
    is the same as no other.
    """
    return diff(a, b).same


@dataclass(frozen=True)
class Change:
    """One difference: what is seen there, in words, and what to do about it."""

    words: str
    advice: str = ""


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


MOST_CHANGES = 4


def diff(seen: Graph, wanted: Graph) -> Diff:
    """What `seen` has too much, lacks and does otherwise than `wanted`, both taken in canonical form."""
    return _Comparison(canonical(seen), canonical(wanted)).diff()


class _Comparison:
    """Two canonical graphs, and which node of the one is which of the other."""

    def __init__(self, seen: Graph, wanted: Graph):
        self.seen, self.wanted = seen, wanted
        self.inputs = paired(seen.inputs, wanted.inputs)
        self.outputs = paired(seen.outputs, wanted.outputs)
        self.ids: dict[Any, int] = {}
        self.pairs: dict[int, int] = {}  # node of `seen` → node of `wanted`
        self.back: dict[int, int] = {}

    def diff(self) -> Diff:
        self._pair_inputs()
        changes = [*self._input_changes()]
        if not changes and self._equal():
            return Diff(self.seen)
        self._align()
        merged = _Merged(self)
        changes += [*merged.changes(), *self._sharing_changes(), *self._output_changes()]
        return Diff(merged.graph(), tuple(changes) or (Change("the same layers, connected or shared otherwise"),))

    # colours

    def _colour(self, key: Any) -> int:
        return self.ids.setdefault(key, len(self.ids))

    def key(self, graph: Graph, place: int) -> Any:
        """What a node is by itself, its place in the graph apart."""
        node = graph.nodes[place]
        if node.opaque:
            return "opaque", graph is self.seen, place
        return node.kind, tuple(sorted(node.settings.items(), key=repr)), node.frozen

    def _down(self, graph: Graph, keys: list[str], extra: dict[int, Any]) -> list[int]:
        """A colour for each node, the same for nodes that compute the same from the same inputs."""
        starts = {end.node: key for end, key in zip(graph.inputs, keys, strict=True)}
        colours: list[int] = []
        for place, node in enumerate(graph.nodes):
            parents = [(edge.slot, colours[edge.node], edge.output) for edge in node.parents]
            parents = sorted(parents) if node.kind in COMMUTATIVE else parents
            own = ("Input", starts[place]) if place in starts else self.key(graph, place)
            colours.append(self._colour((own, tuple(parents), extra.get(place))))
        return colours

    def _up(self, graph: Graph, keys: list[str]) -> list[int]:
        """A colour for each node, the same for nodes whose values are used in the same way."""
        uses: list[list] = [[] for _ in graph.nodes]
        for end, key in zip(graph.outputs, keys, strict=True):
            uses[end.node].append(("output", key, end.output))
        colours = [0] * len(graph.nodes)
        for place in range(len(graph.nodes) - 1, -1, -1):
            colours[place] = self._colour((self.key(graph, place), tuple(sorted(uses[place], key=repr))))
            for edge in graph.nodes[place].parents:
                uses[edge.node].append((edge.slot, colours[place], edge.output))
        return colours

    def _equal(self) -> bool:
        """The same colours all over, also after every node has learned which others share its weights."""
        found = []
        for graph, inputs, outputs in zip((self.seen, self.wanted), self.inputs, self.outputs, strict=True):
            extra: dict[int, Any] = {}
            for _ in range(3):
                colours = self._down(graph, inputs, extra)
                extra = {place: tuple(sorted(colours[p] for p in others)) for place, others in _sharing(graph).items()}
            ends = sorted((key, colours[end.node], end.output) for key, end in zip(outputs, graph.outputs, strict=True))
            found.append((ends, Counter(colours)))
        return found[0] == found[1]

    # which node is which

    def _pair_inputs(self) -> None:
        for end, key in zip(self.seen.inputs, self.inputs[0], strict=True):
            other = [e.node for e, k in zip(self.wanted.inputs, self.inputs[1], strict=True) if k == key]
            self._pair(end.node, other, careful=False)

    def _align(self) -> None:
        """Pairs of nodes: what is the same from the inputs and from the outputs, from one of them, and in between."""
        down = [self._down(graph, keys, {}) for graph, keys in zip((self.seen, self.wanted), self.inputs, strict=True)]
        up = [self._up(graph, keys) for graph, keys in zip((self.seen, self.wanted), self.outputs, strict=True)]
        self._pair_equal(*([*zip(d, u, strict=True)] for d, u in zip(down, up, strict=True)), backwards=True)
        self._pair_equal(*down)
        self._pair_equal(*up, backwards=True)
        self._pair_in_order(lambda graph, place: self.key(graph, place))
        self._pair_in_order(lambda graph, place: graph.nodes[place].kind, near=True)
        self._pair_in_place()

    def _pair_equal(self, seen: list, wanted: list, backwards: bool = False) -> None:
        """Pairs of nodes of one colour; `backwards`: of several twins the one whose values go to the same node."""
        alike: dict[Any, list[int]] = {}
        for other, colour in enumerate(wanted):
            alike.setdefault(colour, []).append(other)
        before = dict(self.pairs), dict(self.back)
        for careful in (False, True):  # looking for a circle at each step takes long, and there hardly ever is one
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
        """Pairs in the longest sequences that both have in common; `near`: with a neighbour in common as well."""
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
        """Pairs of different kinds where the one stands in the place of the other."""
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
        """A parent or a child of the one is paired with one of the other."""
        for relation in (_parents, _children):
            mine = {self.pairs.get(p) for p in relation(self.seen, place)}
            if mine & set(relation(self.wanted, other)):
                return True
        return self._is_end(place, self.seen) and self._is_end(other, self.wanted)

    def _is_end(self, place: int, graph: Graph) -> bool:
        return any(end.node == place for end in graph.outputs)

    def _pair(self, place: int, others: Iterable[int], careful: bool = True) -> None:
        """Pair a node with the first of `others` that is free, unless that would close a circle."""
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
        """All nodes, paired ones once, parents first; None where there is a circle."""
        parents: dict[tuple[str, int], set] = {}
        for place in range(len(self.seen.nodes)):
            parents.setdefault(("seen", place), set()).update(("seen", p) for p in _parents(self.seen, place))
        for place in range(len(self.wanted.nodes)):
            parents.setdefault(self.at(place), set()).update(self.at(p) for p in _parents(self.wanted, place))
        return _sorted(parents)

    def at(self, place: int) -> tuple[str, int]:
        """Where a node of `wanted` stands in both together."""
        return ("seen", self.back[place]) if place in self.back else ("wanted", place)

    # differences that no node shows

    def _input_changes(self) -> Iterable[Change]:
        a, b = len(self.seen.inputs), len(self.wanted.inputs)
        if a != b:
            yield Change(f"{_counted(a, 'input')} where {b} {'was' if b == 1 else 'were'} asked for")
        for place, other in self.pairs.items():
            node, asked = self.seen.nodes[place], self.wanted.nodes[other]
            if node.kind == "Input" and not admits(node.shapes, asked.shapes):
                name = f" `{node.name or asked.name}`" if node.name or asked.name else ""
                seen, wanted = (written(n.shapes[0]) if n.shapes else "nothing" for n in (node, asked))
                yield Change(
                    f"the input{name} takes {seen} where {wanted} was asked for",
                    f"Give `keras.Input` the shape {wanted}, less the batch.",
                )

    def _sharing_changes(self) -> Iterable[Change]:
        shared = [_sharing(graph) for graph in (self.seen, self.wanted)]
        told = set()
        for place, other in sorted(self.pairs.items()):
            mine = {self.pairs.get(p) for p in shared[0].get(place, [])} - {other, None}
            asked = set(shared[1].get(other, [])) - {other}
            asked &= set(self.back)
            name = self.wanted.nodes[other].label
            if mine == asked or name in told:
                continue
            told.add(name)
            if asked - mine:
                yield Change(
                    f"`{name}` is a layer of its own in each place where one shared layer was asked for",
                    f"Make `{name}` once and call that one layer in each place.",
                )
            else:
                yield Change(
                    f"one `{name}` is shared where a layer for each place was asked for", "Make a layer for each place."
                )

    def _output_changes(self) -> Iterable[Change]:
        a, b = len(self.seen.outputs), len(self.wanted.outputs)
        if a != b:
            yield Change(f"{_counted(a, 'output')} where {b} {'was' if b == 1 else 'were'} asked for")
        asked = dict(zip(self.outputs[1], self.wanted.outputs, strict=True))
        for key, end in zip(self.outputs[0], self.seen.outputs, strict=True):
            if key in asked and self.at(asked[key].node) == ("seen", end.node) and asked[key].output != end.output:
                yield Change(f"output {key} is another of the values that `{self.seen.nodes[end.node].label}` returns")


ELSEWHERE = MAX_NUMBER // 2
"""Added to the positions of weights of the graph that was asked for, so that they are told from the seen one's."""


class _Merged:
    """The nodes of two graphs laid over each other, as one graph with marks."""

    def __init__(self, pairs: _Comparison):
        self.pairs = pairs
        self.order = pairs.order() or []
        self.place = {at: number for number, at in enumerate(self.order)}
        self.nodes = [self._node(*at) for at in self.order]

    def graph(self) -> Graph:
        inputs = [End(node.name, place, 0, node.mark) for place, node in enumerate(self.nodes) if node.kind == "Input"]
        return Graph(tuple(self.nodes), tuple(inputs), tuple(self._outputs()))

    def _node(self, side: str, place: int) -> Node:
        seen, wanted, pairs = self.pairs.seen, self.pairs.wanted, self.pairs
        if side == "wanted":
            node = wanted.nodes[place]
            parents = tuple(replace(e, node=self.place[pairs.at(e.node)], mark="missing") for e in node.parents)
            weights = tuple(ELSEWHERE + position for position in node.weights)
            return replace(node, parents=parents, weights=weights, mark="missing", note="missing")
        node = seen.nodes[place]
        if place not in pairs.pairs:
            parents = tuple(replace(e, node=self.place["seen", e.node], mark="extra") for e in node.parents)
            return replace(node, parents=parents, mark="extra", note="not asked for")
        asked = wanted.nodes[pairs.pairs[place]]
        changed = pairs.key(seen, place) != pairs.key(wanted, pairs.pairs[place]) or (
            node.kind == "Input" and not admits(node.shapes, asked.shapes)
        )
        note = f"asked for: {_difference(node, asked)[1]}" if changed else ""
        return replace(node, parents=self._parents(node, asked), mark="changed" * changed, note=shorten(note))

    def _parents(self, node: Node, asked: Node) -> tuple[Edge, ...]:
        mine = [replace(edge, node=self.place["seen", edge.node]) for edge in node.parents]
        theirs = [replace(edge, node=self.place[self.pairs.at(edge.node)]) for edge in asked.parents]
        both = Counter(mine) & Counter(theirs)
        edges = [edge if _taken(both, edge) else replace(edge, mark="extra") for edge in mine]
        rest = Counter(mine) & Counter(theirs)
        return tuple(edges + [replace(edge, mark="missing") for edge in theirs if not _taken(rest, edge)])

    def _outputs(self) -> Iterable[End]:
        (mine, theirs), pairs = self.pairs.outputs, self.pairs
        asked = {
            k: replace(e, node=self.place[pairs.at(e.node)]) for k, e in zip(theirs, pairs.wanted.outputs, strict=True)
        }
        for key, end in zip(mine, pairs.seen.outputs, strict=True):
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
        """What the marks say, node by node, then what only edges tell."""
        words = {"missing": self._missing, "extra": self._extra, "changed": self._changed}
        for place, node in enumerate(self.nodes):
            if node.mark and (node.kind != "Input" or node.mark != "changed"):
                yield words[node.mark](place, node)
        yield from self._rewired()
        yield from self._other_ends()

    def _missing(self, place: int, node: Node) -> Change:
        if node.kind == "Input":
            return Change(f"no {self._called(place)[4:]}", "Make a `keras.Input` for it.")
        where = self._where(place, node)
        return Change(f"no `{node.label}` {where}", f"Add `{node.label}` {where}, or use the one you made.")

    def _extra(self, place: int, node: Node) -> Change:
        if node.kind == "Input":
            return Change(f"{self._called(place)} was not asked for", "Leave that input out.")
        if node.opaque:
            return Change(f"`{node.label}`, into which nobody can look")
        return Change(f"an extra `{node.label}` {self._where(place, node)}", f"Leave `{node.label}` out.")

    def _changed(self, place: int, node: Node) -> Change:
        asked = self.pairs.wanted.nodes[self.pairs.pairs[self.order[place][1]]]
        if (node.kind, node.settings) == (asked.kind, asked.settings) and not node.opaque:
            state = "frozen" if node.frozen else "trainable"
            return Change(f"`{node.label}` is {state}", f"Set `trainable = {node.frozen}` for `{node.label}`.")
        seen, wanted = _difference(node, asked)
        return Change(f"`{seen}` where `{wanted}` was asked for", f"Turn `{seen}` into `{wanted}`.")

    def _where(self, place: int, node: Node) -> str:
        """The place of a marked node in words, told by what comes before and after it."""
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
        """Connections between nodes that both have, where no node that is marked explains them."""
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
                yield Change(f"`{node.label}` doesn't get {asked}", f"Hand {asked} to `{node.label}` as well.")
            elif extra:
                yield Change(
                    f"`{node.label}` gets {seen} as well, which was not asked for", f"Don't hand {seen} to it."
                )
            elif self._turned(place):
                yield Change(
                    f"`{node.label}` takes what it gets in another order", "Hand it its inputs in the other order."
                )

    def _turned(self, place: int) -> bool:
        at = self.order[place][1]
        if at not in self.pairs.pairs:
            return False
        node, asked = self.pairs.seen.nodes[at], self.pairs.wanted.nodes[self.pairs.pairs[at]]
        mine = [(self.place["seen", e.node], e.output, e.slot) for e in node.parents]
        theirs = [(self.place[self.pairs.at(e.node)], e.output, e.slot) for e in asked.parents]
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


def paired(mine: Sequence[End], theirs: Sequence[End]) -> tuple[list[str], list[str]]:
    """Keys by which the ends of two graphs belong together: their names if both have the same, else their places."""
    names = [[end.name for end in ends] for ends in (mine, theirs)]
    if all(names[0]) and len(set(names[0])) == len(names[0]) and sorted(names[0]) == sorted(names[1]):
        return names[0], names[1]
    return [str(place) for place in range(len(mine))], [str(place) for place in range(len(theirs))]


def admits(mine: Sequence[Shape], theirs: Sequence[Shape]) -> bool:
    """What fits into the one fits into the other: sizes are equal, or open in the first."""
    if not mine or not theirs:
        return True
    a, b = mine[0][1:], theirs[0][1:]
    return len(a) == len(b) and all(size is None or size == asked for size, asked in zip(a, b, strict=True))


def _sharing(graph: Graph) -> dict[int, list[int]]:
    """For each node that shares weights with others: all nodes that do, itself among them."""
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


def _sorted(parents: dict[tuple[str, int], set]) -> list[tuple[str, int]] | None:
    """Keys of `parents`, each behind all that it depends on, otherwise by number; None where there is a circle."""
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


def _difference(node: Node, asked: Node) -> tuple[str, str]:
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


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
