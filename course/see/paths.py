"""An explorer for a model's graph: click a layer to highlight all paths to and from it, hover to see its shapes.

The explorer is HTML and CSS in an ipywidgets.HTML: it contains no script, is not saved in the notebook, and needs no
network. Above it is a still image that can be printed and rendered everywhere.
"""

from __future__ import annotations

from html import escape
from itertools import count
from typing import Any

from course.see import diagram, player
from course.see.graph import Graph, Node, written
from course.see.picture import BLUE, INK, ORANGE, QUIET

HELP = (
    "Click a layer, an input, or an output: what leads to it turns blue, what comes from it turns orange. "
    "Click the background to clear."
)
_numbers = count(1)


def explore(model: Any, lit: str | None = None, shapes: Any = None) -> None:
    """Show a model's graph and, in a notebook with ipywidgets, the explorer.

    `lit`: the name of an input, layer, or output whose paths the still image shows. `shapes`: as for `diagram.diagram`.

    Raises ValueError for a model whose graph cannot be read, or a name that is not in it.
    """
    player.show(diagram.diagram(model, shapes, lit), lambda widgets: widgets.HTML(clickable(model, shapes)))


def clickable(model: Any, shapes: Any = None) -> str:
    """The graph as HTML without scripts: a hidden radio button for each box selects the paths to highlight."""
    graph = diagram.shortened(diagram.read(model, shapes))
    plan, name = diagram.layout(graph), f"kc-paths-{next(_numbers)}"
    boxes = {diagram.place_name(plan, at): box for at, box in enumerate(plan.boxes) if not box.is_point}
    choices = [f'<input type="radio" name="{name}" id="{name}-none" checked aria-label="nothing selected">']
    labels = [f'<label class="kc-none" for="{name}-none"></label>']
    words = [f'<div class="kc-words kc-w-none">{HELP}</div>']
    for place, box in boxes.items():
        sentence, tip = escape(diagram.told(graph, place)), "<br>".join(escape(line) for line in facts(graph, place))
        at = f"left:{box.x - box.width / 2:g}px;top:{box.y - box.height / 2:g}px"
        size = f"width:{box.width:g}px;height:{box.height:g}px"
        choices.append(f'<input type="radio" name="{name}" id="{name}-{place}" aria-label="{sentence}">')
        labels.append(f'<label for="{name}-{place}" style="{at};{size}"><span class="kc-tip">{tip}</span></label>')
        words.append(f'<div class="kc-words kc-w-{place}">{sentence}</div>')
    svg = diagram.diagram(graph).svg
    stage = (
        f'<div class="kc-stage" style="width:{plan.width:g}px;height:{plan.height:g}px">{svg}{"".join(labels)}</div>'
    )
    return (
        f'<div class="{name}" data-lm-suppress-shortcuts="true"><style>{_css(graph, name, list(boxes))}</style>'
        f"{''.join(choices)}{stage}{''.join(words)}</div>"
    )


def facts(graph: Graph, place: str) -> list[str]:
    """The lines of a tooltip: what the box is, the shapes that go in and come out, and its parameters."""
    if place[0] == "o":
        end = graph.outputs[int(place[1:])]
        node = graph.nodes[end.node]
        shape = written(node.shapes[end.output]) if end.output < len(node.shapes) else ""
        return [f"output {end.name}".strip(), *([f"shape {shape}"] if shape else [])]
    node = graph.nodes[int(place[1:])]
    title = " · ".join(filter(None, (node.label or node.kind, node.name)))
    ins = [_shape(graph.nodes[edge.node], edge.output) for edge in node.parents]
    out = " and ".join(written(shape) for shape in node.shapes)
    lines = [title if node.kind != "Input" else f"input {node.name}".strip()]
    if ins:
        lines.append(f"in: {' and '.join(filter(None, ins))}")
    if out:
        lines.append(f"out: {out}" if ins else f"shape {out}")
    if node.parameters:
        lines.append(f"{node.parameters:,} parameters" + (", frozen" if node.frozen else ""))
    return lines


def _shape(node: Node, output: int) -> str:
    return written(node.shapes[output]) if output < len(node.shapes) else ""


def _css(graph: Graph, name: str, boxes: list[str]) -> str:
    """CSS rules that apply only to this explorer."""
    own = f".{name}"
    rules = [
        f"{own}{{line-height:1.4;font-size:13px;padding:2px 2px 34px}}",
        f"{own}>input{{position:absolute;opacity:0;pointer-events:none}}",
        f"{own} .kc-stage{{position:relative}}",
        f"{own} label{{position:absolute;cursor:pointer;border-radius:8px;margin:0;z-index:1}}",
        f"{own} label.kc-none{{left:0;top:0;width:100%;height:100%;cursor:default;z-index:0}}",
        f"{own} label:hover{{box-shadow:0 0 0 3px rgba(0,114,178,.25);z-index:3}}",
        f"{own} label.kc-none:hover{{box-shadow:none;z-index:0}}",
        f"{own} .kc-tip{{display:none;position:absolute;left:0;top:calc(100% + 5px);white-space:nowrap;padding:4px 9px;"
        f"border-radius:6px;background:{INK};color:#fff;font-size:12px;text-align:left;pointer-events:none}}",
        f"{own} label:hover .kc-tip{{display:block}}",
        f"{own} .kc-words{{display:none;margin-top:6px;color:var(--jp-ui-font-color1,{INK})}}",
        f"{own} g{{transition:opacity .15s}}",
        f"{own}>#{name}-none:checked~.kc-w-none{{display:block;color:var(--jp-ui-font-color2,{QUIET})}}",
    ]
    edges = [(f"n{edge.node}", f"n{at}") for at, node in enumerate(graph.nodes) for edge in node.parents]
    edges += [(f"n{end.node}", f"o{at}") for at, end in enumerate(graph.outputs)]
    for place in boxes:
        rules += _lights(diagram.paths(graph, place), f"{own}>#{name}-{place}:checked~", place, boxes, edges)
    return "".join(rules)


def _lights(ways: diagram.Paths, chosen: str, place: str, boxes: list[str], edges: list[tuple[str, str]]) -> list[str]:
    """CSS rules for the boxes and edges that one choice highlights."""
    stage = f"{chosen}.kc-stage "
    rules = [
        f"{chosen}.kc-w-{place}{{display:block}}",
        f"{stage}.kc-node,{stage}.kc-output,{stage}.kc-edge{{opacity:{diagram.PALE}}}",
    ]
    for state, color in (("self", INK), ("before", BLUE), ("after", ORANGE)):
        lit = [f'{stage}[data-id="{box}"]' for box in boxes if ways.box(box) == state]
        ways_lit = [f'{stage}[data-from="{a}"][data-to="{b}"]' for a, b in edges if ways.way(a, b) == state]
        if lit or ways_lit:
            rules.append(f"{','.join(lit + ways_lit)}{{opacity:1}}")
        if lit:
            rules.append(f"{','.join(f'{one}>rect' for one in lit)}{{stroke:{color};stroke-width:2.6}}")
        if ways_lit:
            rules.append(f"{','.join(f'{one}>path' for one in ways_lit)}{{stroke:{color};stroke-width:2.4}}")
            rules.append(f"{','.join(f'{one}>path+path' for one in ways_lit)}{{fill:{color}}}")
    return rules
