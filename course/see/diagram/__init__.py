"""A model's graph as an SVG, drawn without Graphviz, scripts, or a network; the same graph gives the same bytes.

text.py          the lines of text in a box
shortening.py    leaves out the middle of a large graph
connections.py   what leads to a box and what comes from it
rows.py          puts boxes in rows and orders each row so that few edges cross
positions.py     gives each box its position
svg.py           draws the result
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from course.see import graph as graphs
from course.see.diagram.connections import Paths, paths, place_of, places, told
from course.see.diagram.positions import layout
from course.see.diagram.rows import rows_of
from course.see.diagram.shortening import MOST_NODES, shortened
from course.see.diagram.svg import PALE, Drawing, drawing, place_name
from course.see.diagram.text import box_lines, end_names, text_width
from course.see.graph import Diff, Graph

__all__ = [
    "MOST_NODES", "MOST_OF_A_DIFF", "PALE", "Drawing", "Paths", "box_lines", "describe", "diagram", "diff", "drawn",
    "figure", "layout", "paths", "place_name", "place_of", "places", "read", "shortened", "text_width", "told",
]  # fmt: skip

MOST_OF_A_DIFF = 40
MOST_EDGES, MOST_BOXES = 300, 1500  # in a figure from an untrusted source; boxes include the points on edges
FIGURE = "graph diff"


def diagram(model: Any, shapes: Any = None, lit: str | None = None) -> Drawing:
    """The drawing of a Keras model or a Graph: layers with output shapes and parameters, inputs at the top.

    `shapes`: the inputs of a subclassed model, see `graph.of`; not needed if the model has been called. `lit`: the name
    of an input, layer, or output; what leads to it is then blue, what comes from it orange, and the rest pale.

    Raises ValueError, with the reason, for a model whose graph cannot be read, or a name that is not in it.
    """
    graph = read(model, shapes)
    short = shortened(graph)
    left_out = len(graph.nodes) - sum(node.kind != "Run" for node in short.nodes)
    words = describe(graph) + f" Shortened: {left_out} of the layers are not drawn." * bool(left_out)
    if lit is None:
        return drawing(short, words)
    place = place_of(short, lit)
    return drawing(short, f"{words} {told(short, place)}", highlight=paths(short, place))


def diff(seen: Any, wanted: Any, shapes: Any = None) -> Drawing:
    """The drawing of a model's graph laid over the requested one: extra, missing, and different parts are marked."""
    found = graphs.diff(read(seen, shapes), read(wanted, shapes))
    return drawn(figure(found))


def figure(found: Diff) -> dict[str, Any]:
    """A diff as plain data, for `drawn`."""
    graph = shortened(found.graph, MOST_OF_A_DIFF)
    bare = (replace(node, settings={}, dtype="") for node in graph.nodes)
    return {"kind": FIGURE, "words": found.words, "graph": replace(graph, nodes=tuple(bare)).to_json()}


def drawn(data: Any) -> Drawing:
    """The drawing of what `figure` returned. Raises ValueError if the data, which is untrusted, is invalid."""
    if not isinstance(data, dict) or data.get("kind") != FIGURE or not isinstance(data.get("words"), str):
        raise ValueError("not a figure of a graph")
    graph = graphs.from_json(data.get("graph"))
    if not 0 < len(graph.nodes) <= MOST_NODES or sum(len(node.parents) for node in graph.nodes) > MOST_EDGES:
        raise ValueError("no nodes, or too many nodes or edges to draw")
    if len(rows_of(graph).boxes) > MOST_BOXES:
        raise ValueError("edges across too many rows")
    return drawing(graph, data["words"][:2000], legend=True)


def read(model: Any, shapes: Any = None) -> Graph:
    """The graph of a model, or the Graph itself. Raises ValueError, with the reason, if it cannot be read."""
    if isinstance(model, Graph):
        return model
    try:
        return graphs.of(model, shapes)
    except graphs.NoGraph as reason:
        raise ValueError(f"This model can't be drawn: {reason}.") from None


def describe(graph: Graph) -> str:
    """A description of a graph in one sentence, for screen readers."""
    ends = " and ".join(
        f"{len(e)} {what}{'s' * (len(e) != 1)}"
        + (f" ({names})" if (names := ", ".join(filter(None, end_names(e)))) else "")
        for e, what in ((graph.inputs, "input"), (graph.outputs, "output"))
    )
    labels = [node.label or node.kind for node in graph.nodes if node.kind != "Input"]
    listed = ", ".join(labels[:12]) + (f" and {len(labels) - 12} more" if len(labels) > 12 else "")
    return f"A graph with {ends}, {graph.layers} layers and {graph.parameters:,} parameters: {listed}."
