"""The graph as an SVG: boxes, edges, outlines, and a legend."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from course.see.diagram.connections import Paths
from course.see.diagram.positions import EDGE, layout
from course.see.diagram.rows import Box, Layout, Outline, Route
from course.see.diagram.text import (
    LABEL,
    PAD,
    SMALL,
    Line,
    box_lines,
    fitted,
    line_height,
    output_label,
    output_names,
    text_width,
)
from course.see.graph import Graph
from course.see.picture import BLUE, GREEN, INK, LINE, ORANGE, PURPLE, QUIET

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
STROKE = "#8793a1"
FILLS = {"": "#ffffff", "extra": "#fdf0e6", "missing": "#ffffff", "changed": "#fdf0e6"}
BORDERS = {"": "#9aa5b1", "extra": ORANGE, "missing": BLUE, "changed": ORANGE}
SHARED = (GREEN, PURPLE, "#B07D00", "#56B4E9", "#000000")
HIGHLIGHTS = {"before": BLUE, "after": ORANGE, "self": INK}
PALE = 0.42


class Drawing:
    """An SVG and its description, the sentence `words`."""

    def __init__(self, svg: str, words: str):
        self.svg = svg
        self.words = words

    def __repr__(self) -> str:
        return f"[picture: {self.words}]"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"image/svg+xml": self.svg, "text/plain": repr(self)}


def drawing(graph: Graph, words: str, legend: bool = False, highlight: Paths | None = None) -> Drawing:
    plan = layout(graph)
    parts = [_outline(frame) for frame in plan.outlines]
    for route in plan.routes:
        ends = place_name(plan, route.boxes[0]), place_name(plan, route.boxes[-1])
        parts.append(_highlighted(_route(plan, graph, route), None if highlight is None else highlight.way(*ends)))
    letters = _letters(graph)
    for place, box in enumerate(plan.boxes):
        if not box.is_point:
            state = None if highlight is None else highlight.box(place_name(plan, place))
            parts.append(_highlighted(_box(graph, box, letters), state))
    width, height = plan.width, plan.height
    if legend:
        signs = _legend(graph, EDGE, height + 4)
        width, height = max(width, signs[1] + EDGE), height + 26
        parts.append(signs[0])
    return Drawing(_svg(parts, width, height, words), words)


def _highlighted(part: str, state: str | None) -> str:
    """A box or an edge when paths are highlighted: colored on a path, pale elsewhere."""
    if state is None:
        return part
    if not state:
        return part.replace("<g ", f'<g opacity="{PALE}" ', 1)
    for plain in (f'"{STROKE}" stroke-width="1.4"', f'"{BORDERS[""]}" stroke-width="1.2"'):
        part = part.replace(plain, f'"{HIGHLIGHTS[state]}" stroke-width="2.4"')
    return part.replace(f'fill="{STROKE}"', f'fill="{HIGHLIGHTS[state]}"')


def _svg(parts: Sequence[str], width: float, height: float, words: str) -> str:
    """The SVG, on a white card that can be read in light and dark themes."""
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
    """Untrusted text, escaped for XML and its attributes."""
    return escape("".join(c for c in text if c.isprintable()), quote=True)


def _n(number: float) -> str:
    """A number with at most one decimal."""
    return f"{number:.1f}".removesuffix(".0")


def _box(graph: Graph, box: Box, letters: dict[tuple[int, ...], int]) -> str:
    left, top = box.x - box.width / 2, box.y - box.height / 2
    if box.end is not None:
        end = graph.outputs[box.end]
        shape = _rect(left, top, box.width, box.height, box.height / 2, end.mark, "#eef2f6")
        return f'<g class="kc-output" data-id="o{box.end}">{shape}{_texts([Line(output_label(end), SMALL)], box)}</g>'
    node = graph.nodes[box.node]
    plain = "#eef2f6" if node.kind == "Input" else "#ffffff" if node.parameters else "#f5f7fa"
    radius = min(box.height / 2, 22) if node.kind == "Input" else 7
    parts = [
        _rect(left, top, box.width, box.height, radius, node.mark, plain),
        _texts(box_lines(node, output_names(graph)), box),
    ]
    if node.weights in letters:
        parts.append(_letter_mark(letters[node.weights], left + box.width - 3, top + 2))
    words = ", ".join([_safe(node.label or node.kind), *(_safe(line.text) for line in box_lines(node)[1:])])
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
    y = box.y - sum(line_height(line) for line in lines) / 2
    drawn = []
    for line in lines:
        y += line_height(line)
        look = (' font-weight="600"' if line.bold else "") + (' font-style="italic"' if line.italic else "")
        look += f' fill="{line.color}"' if line.color != INK else ""
        look += f' font-size="{line.size}"' if line.size != LABEL else ""
        drawn.append(f'<text x="{_n(box.x)}" y="{_n(y - 4)}" text-anchor="middle"{look}>{escape(line.text)}</text>')
    return "".join(drawn)


def _letters(graph: Graph) -> dict[tuple[int, ...], int]:
    """A number for each set of weights that several nodes share."""
    seen: dict[tuple[int, ...], int] = {}
    for node in graph.nodes:
        if node.weights:
            seen[node.weights] = seen.get(node.weights, 0) + 1
    return {weights: number for number, weights in enumerate(w for w, count in seen.items() if count > 1)}


def _letter_mark(number: int, x: float, y: float) -> str:
    """A letter in a circle, the same wherever the same weights are used."""
    letter = chr(ord("A") + number % 26)
    return (
        f'<g class="kc-shared"><title>boxes with this letter share their weights</title>'
        f'<circle cx="{_n(x)}" cy="{_n(y)}" r="8.5" fill="{SHARED[number % len(SHARED)]}" stroke="#ffffff"/>'
        f'<text x="{_n(x)}" y="{_n(y + 4)}" text-anchor="middle" font-size="{SMALL}" font-weight="700" fill="#ffffff">'
        f"{letter}</text></g>"
    )


def _outline(frame: Outline) -> str:
    name = fitted(Line(frame.name, SMALL))
    return (
        f'<g class="kc-group"><rect x="{_n(frame.left)}" y="{_n(frame.top)}" width="{_n(frame.right - frame.left)}" '
        f'height="{_n(frame.bottom - frame.top)}" rx="10" fill="#f5f7fa" fill-opacity="0.6" stroke="{LINE}"/>'
        f'<text x="{_n(frame.left + 8)}" y="{_n(frame.top + 13)}" font-size="{SMALL}" fill="{QUIET}">{escape(name)}'
        f"</text></g>"
    )


def _route(plan: Layout, graph: Graph, route: Route) -> str:
    """A curve with an arrowhead, and the name of the argument if it is not the first."""
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
    color = BORDERS[route.mark] if route.mark else STROKE
    dashes = ' stroke-dasharray="6 4"' if route.mark == "missing" else ""
    tip = f"M{_n(x - 4)} {_n(y - 1)}L{_n(x + 4)} {_n(y - 1)}L{_n(x)} {_n(y + 6)}Z"
    slot = ""
    if route.slot:
        slot = (
            f'<text x="{_n(x + 5)}" y="{_n(y - 3)}" font-size="{SMALL}" fill="{QUIET}" stroke="#ffffff" '
            f'stroke-width="3" paint-order="stroke">{escape(fitted(Line(route.slot, SMALL)))}</text>'
        )
    start, stop = place_name(plan, route.boxes[0]), place_name(plan, route.boxes[-1])
    return (
        f'<g class="kc-edge" data-from="{start}" data-to="{stop}" '
        f'data-mark="{route.mark}"><path d="{"".join(path)}" fill="none" stroke="{color}" '
        f'stroke-width="{2 if route.mark else 1.4}"{dashes}/><path d="{tip}" fill="{color}"/>{slot}</g>'
    )


def place_name(plan: Layout, place: int) -> str:
    """The name of a box, as in `places`."""
    box = plan.boxes[place]
    return f"o{box.end}" if box.end is not None else f"n{box.node}"


def _port(plan: Layout, route: Route) -> float:
    """Where an edge meets its box; several edges are spread out in the order of their starts."""
    box = plan.boxes[route.boxes[-1]]
    others = [r for r in plan.routes if r.boxes[-1] == route.boxes[-1]]
    others.sort(key=lambda r: plan.boxes[r.boxes[-2]].x)
    step = min(44.0 if any(r.slot for r in others) else 20.0, (box.width - 2 * PAD) / max(1, len(others) - 1))
    return box.x + step * (next(i for i, r in enumerate(others) if r is route) - (len(others) - 1) / 2)


def _legend(graph: Graph, x: float, y: float) -> tuple[str, float]:
    """The legend of the marks that occur in a diff, and its right end."""
    marks = {node.mark for node in graph.nodes} | {edge.mark for node in graph.nodes for edge in node.parents}
    marks |= {end.mark for end in graph.outputs}
    words = {"extra": "+ not asked for", "missing": "– missing", "changed": "≠ different"}
    parts = []
    for mark, text in words.items():
        if mark in marks:
            line = Line(text, SMALL)
            parts.append(_rect(x, y, 20, 12, 3, mark, "#ffffff"))
            parts.append(f'<text x="{_n(x + 26)}" y="{_n(y + 10)}" font-size="{SMALL}">{escape(text)}</text>')
            x += 26 + text_width(line) + 16
    return f'<g class="kc-legend">{"".join(parts)}</g>', x
