"""The position of each box, and the outlines of nested models."""

from __future__ import annotations

from dataclasses import dataclass

from course.see.diagram.rows import Box, Layout, Outline, in_order, linked_boxes, mean, rows_of
from course.see.graph import Graph

SEPARATION, ROW_GAP, EDGE = 22, 30, 14  # between boxes, between rows, around the whole drawing
FRAME, FRAME_TOP = 9, 17  # the margin around a nested model's boxes, and above them, for its name


def layout(graph: Graph) -> Layout:
    """Positions for all boxes: rows by the longest path from an input, few crossings, and straight long edges."""
    plan = rows_of(graph)
    rows = in_order(plan)
    place_horizontally(plan, rows)
    place_vertically(plan, rows)
    _crop(plan)
    plan.outlines = _outlines(plan)
    return plan


TURNS, STEPS = 24, 12


def place_horizontally(plan: Layout, rows: list[list[int]]) -> None:
    """Set x: each box is near its neighbors without overlap; then chains and long edges are made straight."""
    before, after = linked_boxes(plan)
    for row in rows:
        x = 0.0
        for place, gap in zip(row, [0.0, *_gaps(plan, row)], strict=True):
            x += gap
            plan.boxes[place].x = x
    for turn in range(TURNS):
        for row in rows if turn % 2 else rows[::-1]:
            links = before if turn % 2 else after
            wish = [mean([plan.boxes[q].x for q in links[p]], plan.boxes[p].x) for p in row]
            weight = [8.0 if plan.boxes[p].is_point else 1.0 + len(before[p]) + len(after[p]) for p in row]
            for place, x in zip(row, _apart(wish, weight, _gaps(plan, row)), strict=True):
                plan.boxes[place].x = x
    columns = _columns(plan, before, after)
    for _ in range(STEPS):
        for column in columns:
            _straighten(plan, rows, column, before, after)


def _columns(plan: Layout, before: list[list[int]], after: list[list[int]]) -> list[list[int]]:
    """Boxes to align vertically, longest first: the points of a long edge, and a box with the only one below it."""

    def only(links: list[int], point: bool) -> int | None:
        same = {place for place in links if plan.boxes[place].is_point == point}
        return same.pop() if len(same) == 1 else None

    columns: list[list[int]] = []
    begun: set[int] = set()
    for place in sorted(range(len(plan.boxes)), key=lambda p: plan.boxes[p].row):
        if place in begun:
            continue
        column = [place]
        point = plan.boxes[place].is_point
        while (below := only(after[column[-1]], point)) is not None and only(before[below], point) == column[-1]:
            column.append(below)
        begun |= {*column}
        columns.append(column)
    return sorted(columns, key=len, reverse=True)


def _straighten(plan: Layout, rows: list[list[int]], column: list[int], before, after) -> None:
    """Move a whole column toward the mean position of its neighbors, as far as every row has room."""
    low, high = -1e9, 1e9
    for place in column:
        row = rows[plan.boxes[place].row]
        at, gaps = row.index(place), _gaps(plan, row)
        if at:
            low = max(low, plan.boxes[row[at - 1]].x + gaps[at - 1])
        if at + 1 < len(row):
            high = min(high, plan.boxes[row[at + 1]].x - gaps[at])
    if low <= high:
        pulls = [plan.boxes[q].x for p in column for q in before[p] + after[p] if q not in column]
        x = min(max(mean(pulls, plan.boxes[column[0]].x), low), high)
        for place in column:
            plan.boxes[place].x = x


def _gaps(plan: Layout, row: list[int]) -> list[float]:
    """The minimum distance between the centers of adjacent boxes, larger where a nested model ends."""
    gaps = []
    for left, right in zip(row, row[1:], strict=False):
        a, b = plan.boxes[left], plan.boxes[right]
        shared = sum(1 for one, other in zip(a.group, b.group, strict=False) if one == other)
        frames = len(a.group) + len(b.group) - 2 * shared
        gaps.append(a.width / 2 + b.width / 2 + SEPARATION + FRAME * frames)
    return gaps


def _apart(wish: list[float], weight: list[float], gaps: list[float]) -> list[float]:
    """The positions closest to `wish`, in weighted least squares, that respect `gaps`: pool adjacent violators."""
    shift = [0.0]
    for gap in gaps:
        shift.append(shift[-1] + gap)
    blocks: list[list[float]] = []  # sum of weight × position, weight, count
    for x, w, s in zip(wish, weight, shift, strict=True):
        blocks.append([w * (x - s), w, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, heavy, count = blocks.pop()
            blocks[-1] = [blocks[-1][0] + total, blocks[-1][1] + heavy, blocks[-1][2] + count]
    places = [total / heavy for total, heavy, count in blocks for _ in range(int(count))]
    return [place + s for place, s in zip(places, shift, strict=True)]


@dataclass
class NestedModel:
    """The rows of a nested model, and how many levels are nested inside it."""

    first: int
    last: int
    deeper: int

    @property
    def top(self) -> int:
        return FRAME_TOP * (self.deeper + 1)

    @property
    def pad(self) -> int:
        return FRAME * (self.deeper + 1)


def nested_models(plan: Layout) -> dict[tuple[str, ...], NestedModel]:
    spans: dict[tuple[str, ...], NestedModel] = {}
    for box in plan.boxes:
        for depth in range(1, len(box.group) + 1):
            span = spans.setdefault(box.group[:depth], NestedModel(box.row, box.row, 0))
            span.first, span.last = min(span.first, box.row), max(span.last, box.row)
            span.deeper = max(span.deeper, len(box.group) - depth)
    return spans


def place_vertically(plan: Layout, rows: list[list[int]]) -> None:
    """Set y for each row, with room for the outlines that begin and end between two rows."""
    y, spans = 0.0, nested_models(plan).values()
    for number, row in enumerate(rows):
        begin = max((span.top for span in spans if span.first == number), default=0)
        end = max((span.pad for span in spans if span.last == number - 1), default=0)
        y += max(ROW_GAP if number else 0, begin + end + (12 if begin or end else 0))
        boxes = [plan.boxes[p] for p in row]
        height = max(box.height for box in boxes)
        for box in boxes:
            box.y = y + height / 2
            if box.is_point:
                box.height = height
        y += height


def _crop(plan: Layout) -> None:
    """Move everything to the top left, and set the size of the drawing."""
    deep = max((span.pad for span in nested_models(plan).values()), default=0)
    left = min(box.x - box.width / 2 for box in plan.boxes) - EDGE - deep
    for box in plan.boxes:
        box.x = round(box.x - left, 1)
        box.y = round(box.y + EDGE, 1)
    plan.width = max(box.x + box.width / 2 for box in plan.boxes) + EDGE + deep
    plan.height = max(box.y + box.height / 2 for box in plan.boxes) + EDGE + deep


def _outlines(plan: Layout) -> list[Outline]:
    """Outlines around nested models; an outline that would enclose a box from outside the model is left out."""
    found = []
    real = [box for box in plan.boxes if not box.is_point]
    for group, span in sorted(nested_models(plan).items()):
        inside = [box for box in real if box.group[: len(group)] == group]
        frame = Outline(
            group[-1],
            min(box.x - box.width / 2 for box in inside) - span.pad,
            min(box.y - box.height / 2 for box in inside) - span.top,
            max(box.x + box.width / 2 for box in inside) + span.pad,
            max(box.y + box.height / 2 for box in inside) + span.pad,
        )
        if not any(_inside(frame, box) for box in real if box.group[: len(group)] != group):
            found.append(frame)
    return found


def _inside(frame: Outline, box: Box) -> bool:
    across = frame.left < box.x + box.width / 2 and box.x - box.width / 2 < frame.right
    return across and frame.top < box.y + box.height / 2 and box.y - box.height / 2 < frame.bottom
