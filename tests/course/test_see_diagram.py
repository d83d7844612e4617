"""The drawing of a graph: boxes, edges, outlines, and marks."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import keras
import pytest

from course.see import diagram, graph
from course.see.graph import Edge, End, Graph, Node
from tests.course.graph_models import (
    GOOD,
    Dense,
    chain,
    changed,
    nested,
    read,
    residual,
    sequential,
    tickets,
    twin_encoders,
    unet,
)

DRAWN = {
    "sequential": lambda: read(sequential()),
    "three inputs, two outputs": lambda: graph.of(tickets()),
    "residual": lambda: graph.of(residual()),
    "u-net": lambda: graph.of(unet()),
    "siamese": lambda: graph.of(twin_encoders()),
    "nested": lambda: graph.of(nested()),
    "a diff": lambda: graph.diff(graph.of(residual(lambda x, y: y)), graph.of(unet())).graph,
    "a long one": lambda: graph.of(chain(*[Dense(2) for _ in range(120)])),
    "one node": lambda: Graph((Node("Input"),), (End("", 0),), (End("", 0),)),
}


@pytest.fixture(scope="module", params=DRAWN.values(), ids=DRAWN)
def drawn_graph(request):
    return diagram.shortened(request.param())


def edges_of(box):
    return box.x - box.width / 2, box.y - box.height / 2, box.x + box.width / 2, box.y + box.height / 2


def test_no_box_lies_over_another_and_all_lie_on_the_card(drawn_graph):
    plan = diagram.layout(drawn_graph)
    boxes = [edges_of(box) for box in plan.boxes if not box.is_point]
    assert len(boxes) == len(drawn_graph.nodes) + len(drawn_graph.outputs)
    for place, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 4 and top >= 4 and right <= plan.width - 4 and bottom <= plan.height - 4
        for a, b, c, d in boxes[:place]:
            assert right <= a or c <= left or bottom <= b or d <= top
    for frame in plan.outlines:
        assert frame.left >= 0 and frame.top >= 0 and frame.right <= plan.width and frame.bottom <= plan.height


def test_texts_fit_into_their_boxes_and_parents_stand_above(drawn_graph):
    plan = diagram.layout(drawn_graph)
    for box in plan.boxes:
        if box.node is not None:
            assert all(diagram.text_width(line) <= box.width for line in diagram.box_lines(drawn_graph.nodes[box.node]))
    for route in plan.routes:
        rows = [plan.boxes[place].row for place in route.boxes]
        assert rows == list(range(rows[0], rows[0] + len(rows)))


def test_an_outline_holds_its_nested_model_and_nothing_else():
    plan = diagram.layout(graph.of(twin_encoders()))
    assert [frame.name for frame in plan.outlines] == ["encoder", "encoder · 2"]
    for frame in plan.outlines:
        for box in plan.boxes:
            left, top, right, bottom = edges_of(box)
            inside = frame.left <= left and right <= frame.right and frame.top <= top and bottom <= frame.bottom
            assert inside == (box.group == (frame.name,))


def test_the_picture_is_the_same_to_the_byte_and_valid(drawn_graph):
    first, second = diagram.diagram(drawn_graph), diagram.diagram(drawn_graph)
    assert first.svg == second.svg
    root = ElementTree.fromstring(first.svg)
    sizes = [float(text.get("font-size", 13)) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert min(sizes) >= 11
    assert root.get("aria-label") == first.words == root[0].text
    assert not re.search(r"<script|\bon\w+=|href|url\(| style=| id=", first.svg)


def test_the_same_model_made_again_gives_the_same_bytes():
    imports = "from course.see import diagram; from tests.course.graph_models import tickets"
    code = f"{imports}; print(diagram.diagram(tickets()).svg)"
    where = {"cwd": Path(__file__).parents[2], "env": {**os.environ, "PYTHONHASHSEED": "1"}}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, **where)
    assert done.stdout.strip() == diagram.diagram(tickets()).svg


def test_a_notebook_gets_svg_and_words():
    data = diagram.diagram(sequential())._repr_mimebundle_()
    assert set(data) == {"image/svg+xml", "text/plain"}
    assert data["text/plain"] == (
        "[picture: A graph with 1 input and 1 output, 3 layers and 67 parameters: "
        "Dense 8 · relu, Dropout 0.5, Dense 3 · softmax.]"
    )


def test_what_is_shared_and_what_is_frozen_is_marked():
    model = twin_encoders()
    model.get_layer("encoder").trainable = False
    svg = diagram.diagram(model).svg
    assert svg.count('class="kc-shared"') == 4 and svg.count(">A</text>") == svg.count(">B</text>") == 2
    assert svg.count("· frozen</text>") == 4


def test_a_diff_is_told_without_color():
    svg = diagram.diff(chain(Dense(8, "tanh"), Dense(5), Dense(3, "softmax")), sequential()).svg
    for sign in ("+ not asked for", "– missing", "≠ asked for: Dense 8 · relu", 'stroke-dasharray="6 4"'):
        assert sign in svg


def test_a_large_model_is_shortened_and_says_so():
    found = diagram.diagram(chain(*[Dense(2) for _ in range(120)]))
    assert len(re.findall('class="kc-node"', found.svg)) <= diagram.MOST_NODES
    assert "layers, not drawn" in found.svg and "Shortened: " in found.words


def test_a_diff_of_large_models_keeps_the_differences():
    seen = chain(*[Dense(2) for _ in range(50)], Dense(7), *[Dense(2) for _ in range(40)])
    found = graph.diff(graph.of(seen), graph.of(chain(*[Dense(2) for _ in range(90)])))
    data = diagram.figure(found)
    assert len(data["graph"]["nodes"]) <= diagram.MOST_OF_A_DIFF
    assert "Dense 7" in diagram.drawn(json.loads(json.dumps(data))).svg


HOSTILE = "</title><script>alert(1)</script>\"'&\x00\x1b[31m\u202e" + "x" * 10_000


@pytest.mark.parametrize("field", ["kind", "label", "name", "note"])
def test_hostile_names_stay_words(field):
    nodes = Node("Input", name=HOSTILE[:80]), Node(**{"kind": "Dense", field: HOSTILE[:80]}, parents=(Edge(0),))
    found = Graph(nodes, (End(HOSTILE[:80], 0),), (End(HOSTILE[:80], 1),))
    marked = Graph((nodes[0], Node("Dense", HOSTILE[:80], mark="extra", note=HOSTILE[:80])), found.inputs, ())
    for picture in (diagram.diagram(found), diagram.drawn(diagram.figure(graph.Diff(marked)))):
        root = ElementTree.fromstring(picture.svg)
        assert {element.tag.split("}")[1] for element in root.iter()} <= {"svg", "title", "rect", "g", "text", "path"}
        assert "<script" not in picture.svg


def test_long_names_of_a_model_are_cut():
    inputs = keras.Input((2,), name="i" * 5000)
    model = keras.Model(inputs, Dense(1, name="<b>" + "d" * 5000)(inputs), name="m" * 5000)
    found = graph.of(model)
    assert all(len(node.name) <= graph.MAX_NAME for node in found.nodes)
    assert graph.from_json(found.to_json()) == found
    assert len(diagram.diagram(model).svg) < 10_000


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"kind": "a photograph", "words": "", "graph": GOOD},
        {"kind": "graph diff", "words": 3, "graph": GOOD},
        {"kind": "graph diff", "words": "", "graph": {}},
        {"kind": "graph diff", "words": "", "graph": {"nodes": [], "inputs": [], "outputs": []}},
        {"kind": "graph diff", "words": "", "graph": changed(nodes=[{"kind": "a"}] * 200)},
        {
            "kind": "graph diff",
            "words": "",
            "graph": changed(nodes=[{"kind": "a"}, {"kind": "b", "parents": [[0]] * 400}]),
        },
    ],
)
def test_figures_that_are_none_are_refused(data):
    assert diagram.drawn({"kind": "graph diff", "words": "", "graph": GOOD}).svg
    with pytest.raises(ValueError):
        diagram.drawn(data)
