"""A graph as JSON, and data that is not a graph."""

import json
import subprocess
import sys

import pytest

from course.see import graph
from course.see.graph import Edge
from tests.course.graph_models import GOOD, WAYS, changed, read


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_graph_survives_the_journey_as_json(way):
    found = read(way())
    assert graph.from_json(json.loads(json.dumps(found.to_json()))) == found


BAD = {
    "no dict": [],
    "nothing": None,
    "fields missing": {"nodes": []},
    "fields unknown": changed(more=1),
    "nodes no list": changed(nodes={"kind": "Dense"}),
    "too many nodes": changed(nodes=[{"kind": "Dense"}] * (graph.MAX_NODES + 1)),
    "too many edges": changed(nodes=[{"kind": "a"}, *[{"kind": "b", "parents": [[0]] * 2001}] * 2]),
    "a node without a kind": changed(nodes=[{}]),
    "an unknown field of a node": changed(nodes=[{"kind": "Dense", "svg": "<svg>"}]),
    "a kind that is no text": changed(nodes=[{"kind": 3}]),
    "a name too long": changed(nodes=[{"kind": "Dense", "name": "x" * 10_000}]),
    "a circle": changed(nodes=[{"kind": "a", "parents": [[1]]}, {"kind": "b", "parents": [[0]]}]),
    "itself a parent": changed(nodes=[{"kind": "a", "parents": [[0]]}]),
    "a parent below 0": changed(nodes=[{"kind": "a"}, {"kind": "b", "parents": [[-1]]}]),
    "a parent that is true": changed(nodes=[{"kind": "a"}, {"kind": "b"}, {"kind": "c", "parents": [[True]]}]),
    "a parent that is 0.5": changed(nodes=[{"kind": "a"}, {"kind": "b", "parents": [[0.5]]}]),
    "an output of nothing": changed(outputs=[["", 7]]),
    "an unknown mark": changed(nodes=[{"kind": "a", "mark": "x"}]),
    "a mark that is a list": changed(nodes=[{"kind": "a", "mark": []}]),
    "a shape of texts": changed(nodes=[{"kind": "a", "shapes": [["4"]]}]),
    "sizes beyond counting": changed(nodes=[{"kind": "a", "parameters": 10**30}]),
    "a setting that is a list": changed(nodes=[{"kind": "a", "settings": {"units": [1]}}]),
    "a setting that isn't finite": changed(nodes=[{"kind": "a", "settings": {"units": float("nan")}}]),
    "a setting too long": changed(nodes=[{"kind": "a", "settings": {"units": "x" * 5000}}]),
    "frozen as a number": changed(nodes=[{"kind": "a", "frozen": 1}]),
    "groups too deep": changed(nodes=[{"kind": "a", "group": ["g"] * 9}]),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_data_that_are_no_graph_are_refused(data):
    assert graph.from_json(GOOD).nodes[1].parents == (Edge(0),)
    with pytest.raises(ValueError):
        graph.from_json(data)


def test_reading_graphs_as_data_needs_no_framework():
    code = "import sys; from course.see import graph; graph.from_json; print('keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
