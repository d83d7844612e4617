"""A model's graph as plain data: read from any Keras model, in canonical form, compared with another one."""

from course.see.graph.canonical import canonical, is_random
from course.see.graph.comparing import Change, Diff, admits, diff, paired, same
from course.see.graph.data import MAX_NAME, MAX_NODES, Edge, End, Graph, Node, NoGraph, from_json
from course.see.graph.reading import arranged, is_stock, of
from course.see.graph.words import label, written

__all__ = [
    "MAX_NAME", "MAX_NODES", "Change", "Diff", "Edge", "End", "Graph", "NoGraph", "Node", "admits", "arranged",
    "canonical", "diff", "from_json", "is_random", "is_stock", "label", "of", "paired", "same", "written",
]  # fmt: skip
