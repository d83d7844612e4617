"""A model's graph as plain data: read from any Keras model, put in canonical form, and compared with another.

data.py          nodes and edges, to and from JSON
reading.py       reads a model, with tracing.py, structures.py, and settings.py
words.py         the labels of nodes and shapes
canonical.py     the canonical form
comparing.py     compares two graphs: matching.py pairs their nodes, merging.py lays one over the other, and
                 differences.py holds the result
"""

from course.see.graph.canonical import canonical, is_random
from course.see.graph.comparing import diff, same
from course.see.graph.data import MAX_NAME, MAX_NODES, Edge, End, Graph, Node, NoGraph, from_json
from course.see.graph.differences import Change, Diff, admits
from course.see.graph.matching import paired
from course.see.graph.reading import of
from course.see.graph.structures import arranged
from course.see.graph.tracing import is_stock
from course.see.graph.words import label, written

__all__ = [
    "MAX_NAME", "MAX_NODES", "Change", "Diff", "Edge", "End", "Graph", "NoGraph", "Node", "admits", "arranged",
    "canonical", "diff", "from_json", "is_random", "is_stock", "label", "of", "paired", "same", "written",
]  # fmt: skip
