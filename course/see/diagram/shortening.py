"""Shortens a graph that is too large to draw."""

from __future__ import annotations

from dataclasses import replace

from course.see.graph import Edge, Graph, Node

MOST_NODES = 80  # a larger graph is shortened in the middle


def shortened(graph: Graph, most: int = MOST_NODES) -> Graph:
    """The graph, limited to `most` nodes: those with marks and their neighbors or, without marks, the first and last.

    Each sequence of omitted nodes becomes one node that gives their number.
    """
    nodes = graph.nodes
    if len(nodes) <= most:
        return graph
    ends = {end.node for end in (*graph.inputs, *graph.outputs)}
    marked = [p for p, node in enumerate(nodes) if node.mark or any(edge.mark for edge in node.parents)]
    near = [edge.node for p in marked for edge in nodes[p].parents]
    halves = [place for pair in zip(range(len(nodes)), range(len(nodes) - 1, -1, -1), strict=True) for place in pair]
    wishes = dict.fromkeys([*sorted(ends), *marked, *near, *([] if marked else halves)])
    kept = set(list(wishes)[: most - most // 4 if marked else most - 1])
    runs: list[list[int]] = []
    for place in range(len(nodes)):
        if place in kept or not runs or place - 1 in kept:
            runs.append([])
        runs[-1].append(place)
    at = {place: number for number, run in enumerate(runs) for place in run}
    short = [_run([nodes[p] for p in run], [_moved(nodes[p], at, run) for p in run]) for run in runs]
    return Graph(
        tuple(short),
        tuple(
            replace(end, node=at[end.node]) for end in graph.inputs if nodes[end.node].kind == short[at[end.node]].kind
        ),
        tuple(replace(end, node=at[end.node], output=0) for end in graph.outputs),
    )


def _moved(node: Node, at: dict[int, int], run: list[int]) -> Node:
    edges = (replace(edge, node=at[edge.node], output=0) for edge in node.parents if edge.node not in run)
    return replace(node, parents=tuple(dict.fromkeys(edges)))


def _run(nodes: list[Node], moved: list[Node]) -> Node:
    if len(nodes) == 1:
        return moved[0]
    parents = dict.fromkeys(Edge(edge.node, mark=edge.mark) for node in moved for edge in node.parents)
    groups = [node.group for node in nodes]
    shared = 0
    while all(len(group) > shared and group[shared] == groups[0][shared] for group in groups):
        shared += 1
    parameters = sum({node.weights: node.parameters for node in nodes}.values())
    return Node(
        "Run", f"… {len(nodes)} layers, not drawn", parents=tuple(parents), parameters=parameters,
        shapes=nodes[-1].shapes, group=groups[0][:shared],
    )  # fmt: skip
