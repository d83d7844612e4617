"""The clickable graph: which ways are lit, what hovering tells, and that it is HTML without a script."""

import re
from html.parser import HTMLParser

import pytest

from course.see import desk, diagram, paths
from course.see.graph import Edge, End, Graph, Node


def two_by_two():
    """a → x → one, and a and b → y → two; c leads nowhere."""
    nodes = (
        Node("Input", name="a", shapes=((None, 3),)),
        Node("Input", name="b", shapes=((None, 4),)),
        Node("Input", name="c", shapes=((None, 5),)),
        Node("Dense", "Dense 2", name="x", shapes=((None, 2),), parents=(Edge(0),), weights=(0, 1), parameters=8),
        Node("Add", "Add <&>", name="y", shapes=((None, 4),), parents=(Edge(0), Edge(1))),
    )
    return Graph(nodes, (End("a", 0), End("b", 1), End("c", 2)), (End("one", 3), End("two", 4)))


GRAPH = two_by_two()


def test_all_ways_through_a_place_are_found():
    ways = diagram.paths(GRAPH, "n0")
    assert ways.before == set() and ways.after == {"n3", "n4", "o0", "o1"}
    ways = diagram.paths(GRAPH, "n4")
    assert ways.before == {"n0", "n1"} and ways.after == {"o1"}
    assert [ways.way(*edge) for edge in (("n0", "n4"), ("n4", "o1"), ("n0", "n3"))] == ["before", "after", ""]
    assert [ways.box(place) for place in ("n4", "n1", "o1", "n3")] == ["self", "before", "after", ""]


def test_ends_and_layers_are_found_by_name():
    assert [diagram.place_of(GRAPH, name) for name in ("a", "x", "two")] == ["n0", "n3", "o1"]
    with pytest.raises(ValueError, match="'z'.*'a', 'b', 'c', 'one', 'two', 'x', 'y'"):
        diagram.place_of(GRAPH, "z")


def test_words_tell_what_is_read_and_what_reads_it():
    assert diagram.told(GRAPH, "n4") == "y reads a, b and leads to two."
    assert diagram.told(GRAPH, "n2") == "c leads to no output."
    assert diagram.told(GRAPH, "o0") == "Output one depends on a."


def test_hovering_tells_shapes_and_parameters():
    assert paths.facts(GRAPH, "n3") == ["Dense 2 · x", "in: (None, 3)", "out: (None, 2)", "8 parameters"]
    assert paths.facts(GRAPH, "n4")[1] == "in: (None, 3) and (None, 4)"
    assert paths.facts(GRAPH, "n0") == ["input a", "shape (None, 3)"]
    assert paths.facts(GRAPH, "o1") == ["output two", "shape (None, 4)"]


def test_the_still_lights_one_name():
    plain, lit = diagram.diagram(GRAPH), diagram.diagram(GRAPH, lit="b")
    assert f'opacity="{diagram.PALE}"' not in plain.svg
    assert lit.svg.count(f'<g opacity="{diagram.PALE}"') == 7  # a, c, x, one; a → x, x → one, a → y
    assert "b leads to two." in lit.words
    assert not re.search(r"<script|\bon\w+=|href|url\(| style=| id=", lit.svg)
    with pytest.raises(ValueError, match="'nothing'"):
        diagram.diagram(GRAPH, lit="nothing")


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def test_the_clickable_picture_has_a_choice_for_each_box_and_no_script():
    reader, html = Tags(), paths.clickable(GRAPH)
    reader.feed(html)
    radios = [attributes["id"] for tag, attributes in reader.found if tag == "input"]
    labels = [attributes["for"] for tag, attributes in reader.found if tag == "label"]
    assert sorted(radios) == sorted(labels) and len(radios) == 1 + 5 + 2
    assert not {"script", "iframe", "object", "link"} & {tag for tag, _ in reader.found}
    assert not [name for _, attributes in reader.found for name in attributes if name.startswith("on")]
    assert "Add &lt;&amp;&gt;" in html and "Add <&>" not in html
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")


def test_two_pictures_in_one_notebook_dont_share_their_choices():
    names = [set(re.findall(r'name="([^"]+)"', paths.clickable(GRAPH))) for _ in range(2)]
    assert all(len(found) == 1 for found in names) and not names[0] & names[1]


def test_outside_a_notebook_only_the_still_is_shown(capsys):
    paths.explore(GRAPH, lit="a")
    assert "a leads to one, two." in capsys.readouterr().out


def test_the_hooks_picture_is_a_desk():
    assert "3 inputs (title, text_body, tags) and 2 outputs (priority, department)" in desk.picture().words
