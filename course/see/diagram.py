"""A model's graph as an SVG, drawn without Graphviz, script or network, and the same bytes for the same graph."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from html import escape
from itertools import accumulate
from typing import Any

from course.see import graph as graphs
from course.see.graph import Diff, Edge, Graph, Node
from course.see.picture import BLUE, GREEN, INK, LINE, ORANGE, PURPLE, QUIET

MOST_NODES = 80  # drawn of a model; a larger one is shortened in the middle
MOST_OF_A_DIFF = 40
MOST_EDGES, MOST_BOXES = 300, 1500  # of a figure that somebody else made; boxes with the points that edges pass

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
LABEL, SMALL = 13, 11  # sizes of text, pixels
WIDEST = 270  # of a box's text
PAD, SEPARATION, ROW_GAP, EDGE = 11, 22, 30, 14
STROKE = "#8793a1"
WARN = "#a84800"  # ORANGE, dark enough for small text on white
FILLS = {"": "#ffffff", "extra": "#fdf0e6", "missing": "#ffffff", "changed": "#fdf0e6"}
BORDERS = {"": "#9aa5b1", "extra": ORANGE, "missing": BLUE, "changed": ORANGE}
SHARED = (GREEN, PURPLE, "#B07D00", "#56B4E9", "#000000")


class Drawing:
    """An SVG and the sentence `words` that says what it shows."""

    def __init__(self, svg: str, words: str):
        self.svg = svg
        self.words = words

    def __repr__(self) -> str:
        return f"[picture: {self.words}]"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"image/svg+xml": self.svg, "text/plain": repr(self)}


def diagram(model: Any, shapes: Any = None, lit: str | None = None) -> Drawing:
    """The graph of a Keras model, or a Graph: layers with output shapes and parameters, inputs on top.

    `shapes`: what a subclassed model is called on, see `graph.of`; not needed once it was called. `lit`: the name of
    an input, a layer or an output; what it reads is then drawn in blue, what reads it in orange, the rest pale.

    Raises ValueError, with the reason, for a model that has no graph to read, and for a name that isn't in it.
    """
    graph = read(model, shapes)
    short = shortened(graph)
    left_out = len(graph.nodes) - sum(node.kind != "Run" for node in short.nodes)
    words = describe(graph) + f" Shortened: {left_out} of the layers are not drawn." * bool(left_out)
    if lit is None:
        return _drawing(short, words)
    place = place_of(short, lit)
    return _drawing(short, f"{words} {told(short, place)}", light=paths(short, place))


def diff(seen: Any, wanted: Any, shapes: Any = None) -> Drawing:
    """The graph of a model laid over the one that was asked for: what is too much, what is missing, what is other."""
    found = graphs.diff(read(seen, shapes), read(wanted, shapes))
    return drawn(figure(found))


def figure(found: Diff) -> dict[str, Any]:
    """A diff as plain data, which `drawn` draws wherever it is shown."""
    graph = shortened(found.graph, MOST_OF_A_DIFF)
    bare = (replace(node, settings={}, dtype="") for node in graph.nodes)
    return {"kind": FIGURE, "words": found.words, "graph": replace(graph, nodes=tuple(bare)).to_json()}


FIGURE = "graph diff"


def drawn(data: Any) -> Drawing:
    """The drawing of what `figure` returned. The data may come from a stranger: ValueError where it is not right."""
    if not isinstance(data, dict) or data.get("kind") != FIGURE or not isinstance(data.get("words"), str):
        raise ValueError("no figure of a graph")
    graph = graphs.from_json(data.get("graph"))
    if not 0 < len(graph.nodes) <= MOST_NODES or sum(len(node.parents) for node in graph.nodes) > MOST_EDGES:
        raise ValueError("too many nodes or edges to draw, or none")
    if len(_rows(graph).boxes) > MOST_BOXES:
        raise ValueError("edges over too many rows")
    return _drawing(graph, data["words"][:2000], legend=True)


def read(model: Any, shapes: Any = None) -> Graph:
    """The graph of a model, or the Graph itself. Raises ValueError, with the reason, where there is none."""
    if isinstance(model, Graph):
        return model
    try:
        return graphs.of(model, shapes)
    except graphs.NoGraph as reason:
        raise ValueError(f"This model can't be drawn: {reason}.") from None


def describe(graph: Graph) -> str:
    """A graph in a sentence, for those who can't see it."""
    ends = " and ".join(
        f"{len(e)} {what}{'s' * (len(e) != 1)}"
        + (f" ({names})" if (names := ", ".join(filter(None, _names(e)))) else "")
        for e, what in ((graph.inputs, "input"), (graph.outputs, "output"))
    )
    labels = [node.label or node.kind for node in graph.nodes if node.kind != "Input"]
    listed = ", ".join(labels[:12]) + (f" and {len(labels) - 12} more" if len(labels) > 12 else "")
    return f"A graph with {ends}, {graph.layers} layers and {graph.parameters:,} parameters: {listed}."


def _names(ends: Sequence[graphs.End]) -> list[str]:
    return [end.name for end in ends]


# --- paths -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Paths:
    """What leads to a place and what comes from it: "n3" for node 3, "o0" for output 0. Ways are (from, to)."""

    place: str
    before: frozenset[str]
    after: frozenset[str]

    def way(self, start: str, stop: str) -> str:
        """ "before", "after", or nothing for an edge that is on neither way."""
        if stop in self.before | {self.place} and start in self.before:
            return "before"
        return "after" if start in self.after | {self.place} and stop in self.after else ""

    def box(self, place: str) -> str:
        if place == self.place:
            return "self"
        return "before" if place in self.before else "after" if place in self.after else ""


def places(graph: Graph) -> list[str]:
    """All places, "n…" for nodes and "o…" for outputs, in the order in which they are computed."""
    return [f"n{place}" for place in range(len(graph.nodes))] + [f"o{place}" for place in range(len(graph.outputs))]


def place_of(graph: Graph, name: str) -> str:
    """The place of an output, an input or a layer. Raises ValueError for a name that none of them has."""
    for place, end in enumerate(graph.outputs):
        if end.name == name:
            return f"o{place}"
    for place, node in enumerate(graph.nodes):
        if name in (node.name, *(end.name for end in graph.inputs if end.node == place)):
            return f"n{place}"
    known = [*_names(graph.inputs), *_names(graph.outputs), *(node.name for node in graph.nodes)]
    listed = ", ".join(f"{name!r}" for name in dict.fromkeys(filter(None, known)))
    raise ValueError(f"Nothing in this graph is called {name!r}. There are: {listed or 'no names'}.")


def paths(graph: Graph, place: str) -> Paths:
    """All ways through a place."""
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
    """What a place is, which inputs it reads and which outputs read it, in words."""
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


def shortened(graph: Graph, most: int = MOST_NODES) -> Graph:
    """The graph itself, or, of a larger one, the nodes with marks and their neighbours, or the first and the last.

    Each run of nodes that is left out becomes one node, which tells how many they are.
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


# --- layout ------------------------------------------------------------------------------------------------------


@dataclass
class Box:
    """A node, an output or, with `node` and `end` None, a point that a long edge passes. x, y: its middle."""

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
    """An edge: the boxes that it leads through, from the first to the last."""

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


def layout(graph: Graph) -> Layout:
    """Places for all boxes: in rows by the longest way from an input, with few crossings and straight long edges."""
    plan = _rows(graph)
    rows = _ordered(plan)
    _across(plan, rows)
    _down(plan, rows)
    _frame(plan)
    plan.outlines = _outlines(plan)
    return plan


def _rows(graph: Graph) -> Layout:
    """Boxes with their rows and sizes, and edges, with a point in each row that they pass."""
    plan = Layout([], [])
    for place, node in enumerate(graph.nodes):
        row = 1 + max((plan.boxes[edge.node].row for edge in node.parents), default=-1)
        width, height = _size(_lines(node, _told(graph)))
        plan.boxes.append(Box(row, width, height, node.group, node=place))
    for place, end in enumerate(graph.outputs):
        width, height = _size([Line(_output_name(end), SMALL)])
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


def _ordered(plan: Layout) -> list[list[int]]:
    """The boxes of each row from left to right: sorted by the mean place of neighbours, down and up by turns.

    The order with the fewest crossings wins.
    """
    rows: list[list[int]] = [[] for _ in range(1 + max(box.row for box in plan.boxes))]
    for place, box in enumerate(plan.boxes):
        rows[box.row].append(place)
    before, after = _links(plan)
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
    """Places in a row as numbers from 0 to 1, so that rows of different lengths compare."""
    for index, place in enumerate(row):
        at[place] = index / (len(row) - 1) if len(row) > 1 else 0.5


def _links(plan: Layout) -> tuple[list[list[int]], list[list[int]]]:
    before: list[list[int]] = [[] for _ in plan.boxes]
    after: list[list[int]] = [[] for _ in plan.boxes]
    for route in plan.routes:
        for one, other in zip(route.boxes, route.boxes[1:], strict=False):
            after[one].append(other)
            before[other].append(one)
    return before, after


def _sort_row(plan: Layout, row: list[int], links: list[list[int]], at: dict[int, float]) -> None:
    """Sort by the mean place of linked boxes; those of a nested model stay together, at their common mean."""
    means = {p: _mean([at[q] for q in links[p]], at[p]) for p in row}
    groups: dict[tuple[str, ...], list[float]] = {}
    for place in row:
        group = plan.boxes[place].group
        for depth in range(1, len(group) + 1):
            groups.setdefault(group[:depth], []).append(means[place])

    def key(place: int) -> list[tuple[float, str]]:
        group = plan.boxes[place].group
        outer = [(_mean(groups[group[: d + 1]], 0.0), f"{group[d]}") for d in range(len(group))]
        return [*outer, (means[place], f"{place:06}")]

    row.sort(key=key)


def _mean(values: Sequence[float], otherwise: float) -> float:
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


TURNS, STEPS = 24, 12


def _across(plan: Layout, rows: list[list[int]]) -> None:
    """x for each box: amid its neighbours, never over another box; then chains and long edges are made straight."""
    before, after = _links(plan)
    for row in rows:
        x = 0.0
        for place, gap in zip(row, [0.0, *_gaps(plan, row)], strict=True):
            x += gap
            plan.boxes[place].x = x
    for turn in range(TURNS):
        for row in rows if turn % 2 else rows[::-1]:
            links = before if turn % 2 else after
            wish = [_mean([plan.boxes[q].x for q in links[p]], plan.boxes[p].x) for p in row]
            weight = [8.0 if plan.boxes[p].is_point else 1.0 + len(before[p]) + len(after[p]) for p in row]
            for place, x in zip(row, _apart(wish, weight, _gaps(plan, row)), strict=True):
                plan.boxes[place].x = x
    columns = _columns(plan, before, after)
    for _ in range(STEPS):
        for column in columns:
            _straighten(plan, rows, column, before, after)


def _columns(plan: Layout, before: list[list[int]], after: list[list[int]]) -> list[list[int]]:
    """Boxes that should stand in one line, longest first: a long edge's points, and a box with the only one below."""

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
    """Move a column as a whole to where its neighbours pull it, as far as others leave it room in every row."""
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
        x = min(max(_mean(pulls, plan.boxes[column[0]].x), low), high)
        for place in column:
            plan.boxes[place].x = x


def _gaps(plan: Layout, row: list[int]) -> list[float]:
    """The least distance between the middles of each two neighbours; more where a nested model ends."""
    gaps = []
    for left, right in zip(row, row[1:], strict=False):
        a, b = plan.boxes[left], plan.boxes[right]
        shared = sum(1 for one, other in zip(a.group, b.group, strict=False) if one == other)
        frames = len(a.group) + len(b.group) - 2 * shared
        gaps.append(a.width / 2 + b.width / 2 + SEPARATION + FRAME * frames)
    return gaps


def _apart(wish: list[float], weight: list[float], gaps: list[float]) -> list[float]:
    """The places nearest to `wish`, in weighted squares, that keep `gaps`: pool adjacent violators."""
    shift = [0.0]
    for gap in gaps:
        shift.append(shift[-1] + gap)
    blocks: list[list[float]] = []  # sum of weight × place, weight, count
    for x, w, s in zip(wish, weight, shift, strict=True):
        blocks.append([w * (x - s), w, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, heavy, count = blocks.pop()
            blocks[-1] = [blocks[-1][0] + total, blocks[-1][1] + heavy, blocks[-1][2] + count]
    places = [total / heavy for total, heavy, count in blocks for _ in range(int(count))]
    return [place + s for place, s in zip(places, shift, strict=True)]


FRAME, FRAME_TOP = 9, 17  # room for the outline of a nested model around its boxes, and above them for its name


@dataclass
class Span:
    """The rows of a nested model, and how many more are nested within it."""

    first: int
    last: int
    deeper: int

    @property
    def top(self) -> int:
        return FRAME_TOP * (self.deeper + 1)

    @property
    def pad(self) -> int:
        return FRAME * (self.deeper + 1)


def _spans(plan: Layout) -> dict[tuple[str, ...], Span]:
    spans: dict[tuple[str, ...], Span] = {}
    for box in plan.boxes:
        for depth in range(1, len(box.group) + 1):
            span = spans.setdefault(box.group[:depth], Span(box.row, box.row, 0))
            span.first, span.last = min(span.first, box.row), max(span.last, box.row)
            span.deeper = max(span.deeper, len(box.group) - depth)
    return spans


def _down(plan: Layout, rows: list[list[int]]) -> None:
    """y for each row, with room for the outlines that begin and end between two rows."""
    y, spans = 0.0, _spans(plan).values()
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


def _frame(plan: Layout) -> None:
    """Move everything so that it begins at the edge, and measure it."""
    deep = max((span.pad for span in _spans(plan).values()), default=0)
    left = min(box.x - box.width / 2 for box in plan.boxes) - EDGE - deep
    for box in plan.boxes:
        box.x = round(box.x - left, 1)
        box.y = round(box.y + EDGE, 1)
    plan.width = max(box.x + box.width / 2 for box in plan.boxes) + EDGE + deep
    plan.height = max(box.y + box.height / 2 for box in plan.boxes) + EDGE + deep


def _outlines(plan: Layout) -> list[Outline]:
    """Frames around nested models; one that would enclose a box of something else is left out."""
    found = []
    real = [box for box in plan.boxes if not box.is_point]
    for group, span in sorted(_spans(plan).items()):
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


# --- text --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A line of text in a box."""

    text: str
    size: int = LABEL
    colour: str = INK
    bold: bool = False
    italic: bool = False


def _lines(node: Node, told: frozenset[str] = frozenset()) -> list[Line]:
    """What stands in a node's box: its label, the name that a person gave it, shape and parameters, and its mark.

    A name in `told` stands elsewhere.
    """
    is_input = node.kind == "Input"
    label = (node.name or "input") if is_input else (node.label or node.kind)
    lines = [Line(label, bold=True)]
    if node.name and not is_input and node.name not in told:
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
        colour = BLUE if node.mark == "missing" else WARN
        lines.append(Line(sign + (node.note or node.mark), SMALL, colour, bold=True))
    return [replace(line, text=_fitting(line)) for line in lines]


def _told(graph: Graph) -> frozenset[str]:
    return frozenset(_names(graph.outputs))


def _output_name(end: graphs.End) -> str:
    return _fitting(Line(f"output {end.name}" if end.name else "output", SMALL))


def _size(lines: Sequence[Line]) -> tuple[float, float]:
    """Width and height of the box around these lines."""
    width = max(text_width(line) for line in lines)
    return max(64.0, round(width + 2 * PAD, 1)), sum(_leading(line) for line in lines) + 11


def _leading(line: Line) -> float:
    return line.size + 4


def text_width(line: Line) -> float:
    """About how wide a text is in a sans-serif face, rather too wide than too narrow."""
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
def _fitting(line: Line) -> str:
    """The text, printable and cut to the widest box."""
    text = "".join(c if c.isprintable() else "?" for c in line.text[:200])
    ends = list(accumulate(_letter(c) * _unit(line) for c in text))
    if not ends or ends[-1] <= WIDEST:
        return text
    return text[: bisect_right(ends, WIDEST - _letter("…") * _unit(line))] + "…"


# --- drawing -----------------------------------------------------------------------------------------------------


def _drawing(graph: Graph, words: str, legend: bool = False, light: Paths | None = None) -> Drawing:
    plan = layout(graph)
    parts = [_outline(frame) for frame in plan.outlines]
    for route in plan.routes:
        ends = place_name(plan, route.boxes[0]), place_name(plan, route.boxes[-1])
        parts.append(_in_light(_route(plan, graph, route), None if light is None else light.way(*ends)))
    letters = _letters(graph)
    for place, box in enumerate(plan.boxes):
        if not box.is_point:
            state = None if light is None else light.box(place_name(plan, place))
            parts.append(_in_light(_box(graph, box, letters), state))
    width, height = plan.width, plan.height
    if legend:
        signs = _legend(graph, EDGE, height + 4)
        width, height = max(width, signs[1] + EDGE), height + 26
        parts.append(signs[0])
    return Drawing(_svg(parts, width, height, words), words)


LIT = {"before": BLUE, "after": ORANGE, "self": INK}
PALE = 0.42


def _in_light(part: str, state: str | None) -> str:
    """A box or an edge as it is drawn when paths are lit: coloured on a path, pale elsewhere."""
    if state is None:
        return part
    if not state:
        return part.replace("<g ", f'<g opacity="{PALE}" ', 1)
    for plain in (f'"{STROKE}" stroke-width="1.4"', f'"{BORDERS[""]}" stroke-width="1.2"'):
        part = part.replace(plain, f'"{LIT[state]}" stroke-width="2.4"')
    return part.replace(f'fill="{STROKE}"', f'fill="{LIT[state]}"')


def _svg(parts: Sequence[str], width: float, height: float, words: str) -> str:
    """On a white card, so that it is read in light and dark themes."""
    words = _safe(words)
    card = (
        f'<rect x="0.5" y="0.5" width="{_n(width - 1)}" height="{_n(height - 1)}" rx="8" fill="#ffffff" '
        f'stroke="{LINE}"/>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="kc-graph" role="img" aria-label="{words}" '
        f'width="{_n(width)}" height="{_n(height)}" viewBox="0 0 {_n(width)} {_n(height)}" '
        f'font-family="{FONT}" font-size="{LABEL}" fill="{INK}"><title>{words}</title>{card}{"".join(parts)}</svg>'
    )


def _safe(text: str) -> str:
    """A stranger's text as it may stand in XML, in an attribute too."""
    return escape("".join(c for c in text if c.isprintable()), quote=True)


def _n(number: float) -> str:
    """A number with one decimal at most."""
    return f"{number:.1f}".removesuffix(".0")


def _box(graph: Graph, box: Box, letters: dict[tuple[int, ...], int]) -> str:
    left, top = box.x - box.width / 2, box.y - box.height / 2
    if box.end is not None:
        end = graph.outputs[box.end]
        shape = _rect(left, top, box.width, box.height, box.height / 2, end.mark, "#eef2f6")
        return f'<g class="kc-output" data-id="o{box.end}">{shape}{_texts([Line(_output_name(end), SMALL)], box)}</g>'
    node = graph.nodes[box.node]
    plain = "#eef2f6" if node.kind == "Input" else "#ffffff" if node.parameters else "#f5f7fa"
    radius = min(box.height / 2, 22) if node.kind == "Input" else 7
    parts = [_rect(left, top, box.width, box.height, radius, node.mark, plain), _texts(_lines(node, _told(graph)), box)]
    if node.weights in letters:
        parts.append(_letter_mark(letters[node.weights], left + box.width - 3, top + 2))
    words = ", ".join([_safe(node.label or node.kind), *(_safe(line.text) for line in _lines(node)[1:])])
    return (
        f'<g class="kc-node" data-id="n{box.node}" data-mark="{node.mark}"><title>{words}</title>{"".join(parts)}</g>'
    )


def _rect(left: float, top: float, width: float, height: float, radius: float, mark: str, plain: str) -> str:
    fill = FILLS[mark] if mark else plain
    dashes = ' stroke-dasharray="6 4"' if mark == "missing" else ""
    return (
        f'<rect x="{_n(left)}" y="{_n(top)}" width="{_n(width)}" height="{_n(height)}" rx="{_n(radius)}" fill="{fill}" '
        f'stroke="{BORDERS[mark]}" stroke-width="{2 if mark else 1.2}"{dashes}/>'
    )


def _texts(lines: Sequence[Line], box: Box) -> str:
    y = box.y - sum(_leading(line) for line in lines) / 2
    drawn = []
    for line in lines:
        y += _leading(line)
        look = (' font-weight="600"' if line.bold else "") + (' font-style="italic"' if line.italic else "")
        look += f' fill="{line.colour}"' if line.colour != INK else ""
        look += f' font-size="{line.size}"' if line.size != LABEL else ""
        drawn.append(f'<text x="{_n(box.x)}" y="{_n(y - 4)}" text-anchor="middle"{look}>{escape(line.text)}</text>')
    return "".join(drawn)


def _letters(graph: Graph) -> dict[tuple[int, ...], int]:
    """A number for each set of weights that more than one node uses."""
    seen: dict[tuple[int, ...], int] = {}
    for node in graph.nodes:
        if node.weights:
            seen[node.weights] = seen.get(node.weights, 0) + 1
    return {weights: number for number, weights in enumerate(w for w, count in seen.items() if count > 1)}


def _letter_mark(number: int, x: float, y: float) -> str:
    """The same letter in the same colour wherever the same weights are used."""
    letter = chr(ord("A") + number % 26)
    return (
        f'<g class="kc-shared"><title>the same weights in each place with this letter</title>'
        f'<circle cx="{_n(x)}" cy="{_n(y)}" r="8.5" fill="{SHARED[number % len(SHARED)]}" stroke="#ffffff"/>'
        f'<text x="{_n(x)}" y="{_n(y + 4)}" text-anchor="middle" font-size="{SMALL}" font-weight="700" fill="#ffffff">'
        f"{letter}</text></g>"
    )


def _outline(frame: Outline) -> str:
    name = _fitting(Line(frame.name, SMALL))
    return (
        f'<g class="kc-group"><rect x="{_n(frame.left)}" y="{_n(frame.top)}" width="{_n(frame.right - frame.left)}" '
        f'height="{_n(frame.bottom - frame.top)}" rx="10" fill="#f5f7fa" fill-opacity="0.6" stroke="{LINE}"/>'
        f'<text x="{_n(frame.left + 8)}" y="{_n(frame.top + 13)}" font-size="{SMALL}" fill="{QUIET}">{escape(name)}'
        f"</text></g>"
    )


def _route(plan: Layout, graph: Graph, route: Route) -> str:
    """A curve from box to box with an arrowhead, and the argument's name where it is not the first."""
    boxes = [plan.boxes[place] for place in route.boxes]
    x, y = boxes[0].x, boxes[0].y + boxes[0].height / 2
    path = [f"M{_n(x)} {_n(y)}"]
    for box in boxes[1:]:
        to = box.x if box.is_point else _port(plan, route)
        top = box.y - box.height / 2 - (0 if box.is_point else 6)
        middle = (y + top) / 2
        path.append(f"C{_n(x)} {_n(middle)} {_n(to)} {_n(middle)} {_n(to)} {_n(top)}" if to != x else f"V{_n(top)}")
        x, y = to, top
        if box.is_point and box.height:
            y = box.y + box.height / 2
            path.append(f"V{_n(y)}")
    colour = BORDERS[route.mark] if route.mark else STROKE
    dashes = ' stroke-dasharray="6 4"' if route.mark == "missing" else ""
    tip = f"M{_n(x - 4)} {_n(y - 1)}L{_n(x + 4)} {_n(y - 1)}L{_n(x)} {_n(y + 6)}Z"
    slot = ""
    if route.slot:
        slot = (
            f'<text x="{_n(x + 5)}" y="{_n(y - 3)}" font-size="{SMALL}" fill="{QUIET}" stroke="#ffffff" '
            f'stroke-width="3" paint-order="stroke">{escape(_fitting(Line(route.slot, SMALL)))}</text>'
        )
    start, stop = place_name(plan, route.boxes[0]), place_name(plan, route.boxes[-1])
    return (
        f'<g class="kc-edge" data-from="{start}" data-to="{stop}" '
        f'data-mark="{route.mark}"><path d="{"".join(path)}" fill="none" stroke="{colour}" '
        f'stroke-width="{2 if route.mark else 1.4}"{dashes}/><path d="{tip}" fill="{colour}"/>{slot}</g>'
    )


def place_name(plan: Layout, place: int) -> str:
    """What `places` calls the box."""
    box = plan.boxes[place]
    return f"o{box.end}" if box.end is not None else f"n{box.node}"


def _port(plan: Layout, route: Route) -> float:
    """Where an edge meets its box: several stand beside each other in the order in which they come."""
    box = plan.boxes[route.boxes[-1]]
    others = [r for r in plan.routes if r.boxes[-1] == route.boxes[-1]]
    others.sort(key=lambda r: plan.boxes[r.boxes[-2]].x)
    step = min(44.0 if any(r.slot for r in others) else 20.0, (box.width - 2 * PAD) / max(1, len(others) - 1))
    return box.x + step * (next(i for i, r in enumerate(others) if r is route) - (len(others) - 1) / 2)


def _legend(graph: Graph, x: float, y: float) -> tuple[str, float]:
    """What the marks of a diff mean, those that occur; and where it ends."""
    marks = {node.mark for node in graph.nodes} | {edge.mark for node in graph.nodes for edge in node.parents}
    marks |= {end.mark for end in graph.outputs}
    words = {"extra": "+ not asked for", "missing": "– missing", "changed": "≠ other than asked for"}
    parts = []
    for mark, text in words.items():
        if mark in marks:
            line = Line(text, SMALL)
            parts.append(_rect(x, y, 20, 12, 3, mark, "#ffffff"))
            parts.append(f'<text x="{_n(x + 26)}" y="{_n(y + 10)}" font-size="{SMALL}">{escape(text)}</text>')
            x += 26 + text_width(line) + 16
    return f'<g class="kc-legend">{"".join(parts)}</g>', x
