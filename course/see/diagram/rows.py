"""Boxes and edges in rows, and the order of the boxes in each row."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, field

from course.see.diagram.text import SMALL, Line, box_lines, box_size, output_label, output_names
from course.see.graph import Graph


@dataclass
class Box:
    """A node, an output or, if `node` and `end` are None, a point on a long edge. x, y: its center."""

    row: int
    width: float = 0.0
    height: float = 0.0
    group: tuple[str, ...] = ()
    node: int | None = None
    end: int | None = None
    x: float = 0.0
    y: float = 0.0

    @property
    def is_point(self) -> bool:
        return self.node is None and self.end is None


@dataclass
class Route:
    """An edge, as the boxes on its way from start to end."""

    boxes: list[int]
    mark: str = ""
    slot: str = ""


@dataclass
class Outline:
    """The frame around a nested model."""

    name: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass
class Layout:
    boxes: list[Box]
    routes: list[Route]
    outlines: list[Outline] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0


def rows_of(graph: Graph) -> Layout:
    """Boxes with their rows and sizes, and edges with a point in each row that they cross."""
    plan = Layout([], [])
    for place, node in enumerate(graph.nodes):
        row = 1 + max((plan.boxes[edge.node].row for edge in node.parents), default=-1)
        width, height = box_size(box_lines(node, output_names(graph)))
        plan.boxes.append(Box(row, width, height, node.group, node=place))
    for place, end in enumerate(graph.outputs):
        width, height = box_size([Line(output_label(end), SMALL)])
        plan.boxes.append(Box(plan.boxes[end.node].row + 1, width, height - 4, end=place))
    for place, node in enumerate(graph.nodes):
        for edge in node.parents:
            _connect(plan, edge.node, place, edge.mark, edge.slot)
    for place, end in enumerate(graph.outputs):
        _connect(plan, end.node, len(graph.nodes) + place, end.mark, "")
    return plan


def _connect(plan: Layout, start: int, stop: int, mark: str, slot: str) -> None:
    a, b = plan.boxes[start], plan.boxes[stop]
    shared = sum(1 for one, other in zip(a.group, b.group, strict=False) if one == other)
    way = [start]
    for row in range(a.row + 1, b.row):
        way.append(len(plan.boxes))
        plan.boxes.append(Box(row, 6, 0, a.group[:shared]))
    plan.routes.append(Route([*way, stop], mark, slot))


SWEEPS = 12


def in_order(plan: Layout) -> list[list[int]]:
    """The order of the boxes in each row, sorted by the mean position of their neighbors, alternately down and up.

    The order with the fewest crossings is returned.
    """
    rows: list[list[int]] = [[] for _ in range(1 + max(box.row for box in plan.boxes))]
    for place, box in enumerate(plan.boxes):
        rows[box.row].append(place)
    before, after = linked_boxes(plan)
    best, fewest = [list(row) for row in rows], _crossings(rows, after)
    at: dict[int, float] = {}
    for row in rows:
        _place(row, at)
    for sweep in range(SWEEPS):
        for row in rows[::-1] if sweep % 2 else rows:
            _sort_row(plan, row, after if sweep % 2 else before, at)
            _place(row, at)
        crossed = _crossings(rows, after)
        if crossed < fewest:
            best, fewest = [list(row) for row in rows], crossed
    return best


def _place(row: list[int], at: dict[int, float]) -> None:
    """Store positions in a row as numbers from 0 to 1, so that rows of different lengths can be compared."""
    for index, place in enumerate(row):
        at[place] = index / (len(row) - 1) if len(row) > 1 else 0.5


def linked_boxes(plan: Layout) -> tuple[list[list[int]], list[list[int]]]:
    before: list[list[int]] = [[] for _ in plan.boxes]
    after: list[list[int]] = [[] for _ in plan.boxes]
    for route in plan.routes:
        for one, other in zip(route.boxes, route.boxes[1:], strict=False):
            after[one].append(other)
            before[other].append(one)
    return before, after


def _sort_row(plan: Layout, row: list[int], links: list[list[int]], at: dict[int, float]) -> None:
    """Sort a row by the mean position of linked boxes; boxes of a nested model stay together, at their common mean."""
    means = {p: mean([at[q] for q in links[p]], at[p]) for p in row}
    groups: dict[tuple[str, ...], list[float]] = {}
    for place in row:
        group = plan.boxes[place].group
        for depth in range(1, len(group) + 1):
            groups.setdefault(group[:depth], []).append(means[place])

    def key(place: int) -> list[tuple[float, str]]:
        group = plan.boxes[place].group
        outer = [(mean(groups[group[: d + 1]], 0.0), f"{group[d]}") for d in range(len(group))]
        return [*outer, (means[place], f"{place:06}")]

    row.sort(key=key)


def mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _crossings(rows: list[list[int]], after: list[list[int]]) -> int:
    count = 0
    for row, below in zip(rows, rows[1:], strict=False):
        at = {place: index for index, place in enumerate(below)}
        ends = [sorted(at[q] for q in after[p] if q in at) for p in row]
        flat: list[int] = []
        for targets in ends:
            count += sum(len(flat) - bisect_right(flat, target) for target in targets)
            for target in targets:
                insort(flat, target)
    return count
