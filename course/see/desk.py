"""A figure of the ticket desk, the model that lab 06 builds: three inputs, a trunk, two heads."""

from course.see.diagram import Drawing, diagram
from course.see.graph import Edge, End, Graph, Node


def picture() -> Drawing:
    """Title, text, and tags go in; a priority and a department come out; one shared trunk is between them."""
    nodes = (
        Node("Input", name="title", shapes=((None, 8),)),
        Node("Input", name="text_body", shapes=((None, 48),)),
        Node("Input", name="tags", shapes=((None, 12),)),
        Node("Any", "read the words", shapes=((None, 16),), parents=(Edge(0),)),
        Node("Any", "read the words", shapes=((None, 16),), parents=(Edge(1),)),
        Node("Any", "put side by side", shapes=((None, 44),), parents=(Edge(3), Edge(4), Edge(2))),
        Node("Any", "the trunk", shapes=((None, 32),), parents=(Edge(5),)),
        Node("Any", "how urgent?", shapes=((None, 1),), parents=(Edge(6),)),
        Node("Any", "whose?", shapes=((None, 4),), parents=(Edge(6),)),
    )
    ends = (End("title", 0), End("text_body", 1), End("tags", 2)), (End("priority", 7), End("department", 8))
    return diagram(Graph(nodes, *ends))
