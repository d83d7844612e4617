"""Everything that leads to a box of the graph, and everything that comes from it."""

from __future__ import annotations

from dataclasses import dataclass

from course.see.diagram.text import end_names
from course.see.graph import Graph


@dataclass(frozen=True)
class Paths:
    """What leads to a box and what comes from it. Boxes are named "n3" for node 3 and "o0" for output 0."""

    place: str
    before: frozenset[str]
    after: frozenset[str]

    def way(self, start: str, stop: str) -> str:
        """The side an edge is on: "before", "after", or an empty string."""
        if stop in self.before | {self.place} and start in self.before:
            return "before"
        return "after" if start in self.after | {self.place} and stop in self.after else ""

    def box(self, place: str) -> str:
        if place == self.place:
            return "self"
        return "before" if place in self.before else "after" if place in self.after else ""


def places(graph: Graph) -> list[str]:
    """The names of all boxes, "n…" for nodes and "o…" for outputs, in the order in which they are computed."""
    return [f"n{place}" for place in range(len(graph.nodes))] + [f"o{place}" for place in range(len(graph.outputs))]


def place_of(graph: Graph, name: str) -> str:
    """The box of the output, input, or layer called `name`. Raises ValueError if there is none."""
    for place, end in enumerate(graph.outputs):
        if end.name == name:
            return f"o{place}"
    for place, node in enumerate(graph.nodes):
        if name in (node.name, *(end.name for end in graph.inputs if end.node == place)):
            return f"n{place}"
    known = [*end_names(graph.inputs), *end_names(graph.outputs), *(node.name for node in graph.nodes)]
    listed = ", ".join(f"{name!r}" for name in dict.fromkeys(filter(None, known)))
    raise ValueError(f"The graph contains no {name!r}. Choose one of these names: {listed or 'none'}.")


def paths(graph: Graph, place: str) -> Paths:
    """All paths through a box."""
    links = {(f"n{edge.node}", f"n{at}") for at, node in enumerate(graph.nodes) for edge in node.parents}
    links |= {(f"n{end.node}", f"o{at}") for at, end in enumerate(graph.outputs)}
    forward, back = ({}, {})
    for start, stop in links:
        forward.setdefault(start, set()).add(stop)
        back.setdefault(stop, set()).add(start)
    return Paths(place, _reached(place, back), _reached(place, forward))


def _reached(place: str, links: dict[str, set[str]]) -> frozenset[str]:
    found: set[str] = set()
    waiting = [place]
    while waiting:
        for other in links.get(waiting.pop(), set()) - found:
            found.add(other)
            waiting.append(other)
    return frozenset(found)


def told(graph: Graph, place: str) -> str:
    """A sentence on the inputs that a box depends on and the outputs that depend on it."""
    ways = paths(graph, place)
    ins = [end.name or "the input" for end in graph.inputs if f"n{end.node}" in ways.before]
    outs = [end.name or "the output" for at, end in enumerate(graph.outputs) if f"o{at}" in ways.after]
    if place[0] == "o":
        name = graph.outputs[int(place[1:])].name
        return f"Output{f' {name}' * bool(name)} depends on {', '.join(ins) or 'no input'}."
    node = graph.nodes[int(place[1:])]
    name = node.name or node.label or node.kind
    reads = "" if node.kind == "Input" else f" reads {', '.join(ins) or 'no input'} and"
    return f"{name}{reads} leads to {', '.join(outs) or 'no output'}."
