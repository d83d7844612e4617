"""Graphs of models: what is read, what counts as the same, how it is drawn, and what strangers can't do with it."""

import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import keras
import numpy as np
import pytest
import tensorflow as tf

from course.see import diagram, graph
from course.see.graph import Edge, End, Graph, Node
from tests.models import OwnDense

L = keras.layers
Dense = L.Dense


def chain(*layers, shape=(4,)):
    return keras.Sequential([keras.Input(shape), *layers])


def sequential():
    return chain(Dense(8, "relu"), L.Dropout(0.5), Dense(3, "softmax"))


def functional():
    inputs = keras.Input((4,))
    x = L.ReLU()(Dense(8)(inputs))
    return keras.Model(inputs, keras.ops.softmax(Dense(3)(L.Dropout(0.5)(x))))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.drop, self.head = Dense(8, keras.activations.relu), L.Dropout(0.5), Dense(3, "softmax")

    def call(self, inputs, training=None):
        x = self.hidden(inputs)
        if training:
            x = self.drop(x)
        return self.head(x)


def custom():
    return chain(OwnDense(8), L.Dropout(0.5), Dense(3, "softmax"))


def nested():
    inputs = keras.Input((4,))
    body = keras.Sequential([Dense(8, "relu"), L.Dropout(0.5)], name="body")
    return keras.Model(inputs, keras.Sequential([Dense(3), L.Softmax()])(L.Identity()(body(inputs))))


def mixed():
    half = {"dtype": "mixed_float16"}
    return chain(Dense(8, "relu", **half), L.Dropout(0.5, **half), Dense(3, **half), L.Activation("softmax"))


def moved_dropout():
    """Dropout before relu does what it does behind it."""
    return chain(Dense(8), L.Dropout(0.5), L.Activation("relu"), Dense(3), L.Dropout(0.0), L.Softmax())


class Inherited(keras.Sequential):
    def call(self, inputs, training=None, mask=None):
        return super().call(inputs, training=training, mask=mask)


def inherited():
    return Inherited([keras.Input((4,)), Dense(8, "relu"), L.Dropout(0.5), Dense(3, "softmax")])


WAYS = [sequential, functional, Subclassed, custom, nested, mixed, moved_dropout, inherited]


def read(model, shapes=(4,)):
    return graph.of(model, shapes)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_one_computation_has_one_canonical_graph_however_it_was_written(way):
    found = graph.canonical(read(way()))
    assert [node.label for node in found.nodes] == ["Input", "Dense 8 · relu", "Dropout 0.5", "Dense 3 · softmax"]
    assert graph.same(read(way()), read(sequential()))
    assert found.parameters == 4 * 8 + 8 + 8 * 3 + 3


def branches(join, shared=False, turned=False):
    def build():
        a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
        first = Dense(6, "relu")
        ends = first(a), (first if shared else Dense(6, "relu"))(b)
        return keras.Model([b, a] if turned else [a, b], Dense(1)(join(*ends)))

    return build


def residual(add=lambda x, y: x + y):
    inputs = keras.Input((4,))
    x = Dense(4, "relu")(inputs)
    return keras.Model(inputs, Dense(2)(add(x, Dense(4)(x))))


def image(*layers):
    return chain(L.Conv2D(4, 3), *layers, shape=(12, 12, 1))


def attention(*arguments, **more):
    inputs = keras.Input((6, 8))
    return keras.Model(inputs, L.MultiHeadAttention(2, 4)(*([inputs] * len(arguments)), **{k: inputs for k in more}))


def twins(first, second):
    inputs = keras.Input((4,))
    return keras.Model(inputs, L.concatenate([first(inputs), second(inputs)]))


def heads(names, keys=None):
    inputs = keras.Input((4,))
    made = {name: Dense(units, name=name)(inputs) for name, units in names.items()}
    return keras.Model(inputs, made if keys else list(made.values()))


class Towers(keras.Model):
    def __init__(self):
        super().__init__()
        self.second, self.first, self.head = Dense(6, "relu"), Dense(6, "relu"), Dense(1)

    def call(self, inputs):
        return self.head(keras.ops.concatenate([self.first(inputs["a"]), self.second(inputs["b"])], axis=1))


SAME = {
    "sums": (residual, lambda: residual(lambda x, y: L.Add()([y, x])), None),
    "a custom layer with an activation": (custom, sequential, None),
    "concatenation": (
        branches(lambda a, b: L.Concatenate(axis=1)([a, b])),
        branches(lambda a, b: keras.ops.concatenate([a, b], -1)),
        None,
    ),
    "inputs in another order, by name": (
        branches(lambda a, b: a - b),
        branches(lambda a, b: L.Subtract()([a, b]), turned=True),
        None,
    ),
    "a subclassed model of two inputs": (
        Towers,
        branches(lambda a, b: L.concatenate([a, b])),
        {"a": (4,), "b": (4,)},
    ),
    "a shared layer": (
        branches(lambda a, b: abs(a - b), shared=True),
        branches(lambda a, b: keras.ops.absolute(L.Subtract()([a, b])), shared=True),
        None,
    ),
    "flatten": (lambda: image(L.Flatten()), lambda: image(L.Reshape((400,))), None),
    "pooled by an operation": (
        lambda: image(L.GlobalAveragePooling2D()),
        lambda: image(L.Lambda(lambda x: keras.ops.mean(x, axis=(1, 2)))),
        None,
    ),
    "scaled inside": (
        lambda: chain(L.Rescaling(1 / 255), Dense(2)),
        lambda: chain(L.Lambda(lambda x: x / 255.0), Dense(2)),
        None,
    ),
    "attention with words": (lambda: attention(1, 2), lambda: attention(query=1, value=1, key=1), None),
    "twins from one input": (
        lambda: twins(keras.Sequential([Dense(3), Dense(3)]), keras.Sequential([Dense(3), Dense(3)])),
        lambda: twins(chain(Dense(3), Dense(3)), chain(Dense(3), Dense(3))),
        None,
    ),
    "named heads in another order": (
        lambda: heads({"p": 1, "q": 2}),
        lambda: heads({"q": 2, "p": 1}),
        None,
    ),
    "a dict of heads": (lambda: heads({"p": 1, "q": 2}, keys=True), lambda: heads({"p": 1, "q": 2}), None),
    "dense over time": (
        lambda: chain(L.TimeDistributed(Dense(3, "tanh")), shape=(5, 2)),
        lambda: chain(Dense(3), L.Activation("tanh"), shape=(5, 2)),
        None,
    ),
    "an open length": (
        lambda: chain(L.Embedding(9, 4), L.LSTM(3), shape=(None,)),
        lambda: chain(L.Embedding(9, 4), L.LSTM(3), shape=(7,)),
        None,
    ),
    "initialisers, regularisers, names": (
        lambda: chain(Dense(3, kernel_initializer="zeros", kernel_regularizer="l2", name="mine")),
        lambda: chain(Dense(3)),
        None,
    ),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_equal_computations_are_the_same(pair):
    seen, wanted, shapes = pair
    found = graph.diff(graph.of(seen(), shapes), graph.of(wanted()))
    assert found.same, found.words
    assert not any(node.mark for node in found.graph.nodes)


def frozen():
    model = chain(Dense(8, "relu"), Dense(3))
    model.layers[0].trainable = False
    return model


def normalised(training):
    inputs = keras.Input((4,))
    return keras.Model(inputs, L.BatchNormalization()(Dense(4)(inputs), **training))


def relu(x):
    """Called as Keras' own, and another function."""
    return keras.ops.tanh(x)


OTHER = {
    "no hidden activation": (lambda: chain(Dense(8), Dense(3)), lambda: chain(Dense(8, "relu"), Dense(3)), "`Dense 8`"),
    "other units": (lambda: chain(Dense(7, "relu")), lambda: chain(Dense(8, "relu")), "`Dense 7 · relu` where"),
    "no dropout": (
        lambda: chain(Dense(8, "relu"), Dense(3, "softmax")),
        sequential,
        "no `Dropout 0.5` between `Dense 8 · relu` and `Dense 3 · softmax`",
    ),
    "dropout behind the head": (
        lambda: chain(Dense(8, "relu"), Dense(3, "softmax"), L.Dropout(0.5)),
        sequential,
        "an extra `Dropout 0.5` between `Dense 3 · softmax` and the output",
    ),
    "one layer more": (
        lambda: chain(Dense(8, "relu"), L.Dropout(0.5), Dense(5), Dense(3, "softmax")),
        sequential,
        "an extra `Dense 5`",
    ),
    "no residual": (lambda: residual(lambda x, y: y), residual, "no `Add`"),
    "product for sum": (lambda: residual(lambda x, y: x * y), residual, "`Multiply` where `Add`"),
    "two layers for one": (
        branches(lambda a, b: a - b),
        branches(lambda a, b: a - b, shared=True),
        "a separate layer",
    ),
    "one layer for two": (branches(lambda a, b: a - b, shared=True), branches(lambda a, b: a - b), "is shared"),
    "turned difference": (branches(lambda a, b: b - a), branches(lambda a, b: a - b), "different order"),
    "strides": (
        lambda: image(L.Conv2D(2, 3, strides=2)),
        lambda: image(L.Conv2D(2, 3)),
        "step 2",
    ),
    "padding": (
        lambda: image(L.Conv2D(2, 3, padding="same")),
        lambda: image(L.Conv2D(2, 3)),
        "padding=same",
    ),
    "no bias": (lambda: chain(Dense(3, use_bias=False)), lambda: chain(Dense(3)), "use_bias=None"),
    "frozen": (frozen, lambda: chain(Dense(8, "relu"), Dense(3)), "`Dense 8 · relu` is frozen"),
    "inference for good": (lambda: normalised({"training": False}), lambda: normalised({}), "training=False"),
    "a function of the same name": (lambda: chain(Dense(3, relu)), lambda: chain(Dense(3, "relu")), "tanh"),
    "fewer inputs": (
        lambda: chain(Dense(6, "relu"), Dense(1)),
        branches(lambda a, b: a - b),
        "1 input where 2 were asked for",
    ),
    "fewer outputs": (lambda: heads({"p": 1}), lambda: heads({"p": 1, "q": 2}), "1 output where 2"),
    "heads exchanged": (lambda: heads({"x1": 2, "x2": 1}), lambda: heads({"y1": 1, "y2": 2}), "Dense"),
    "a fixed length": (
        lambda: chain(L.Embedding(9, 4), L.LSTM(3), shape=(7,)),
        lambda: chain(L.Embedding(9, 4), L.LSTM(3), shape=(None,)),
        "takes (None, 7) where (None, None)",
    ),
    "sequences": (
        lambda: chain(L.LSTM(3, return_sequences=True), shape=(5, 2)),
        lambda: chain(L.LSTM(3), shape=(5, 2)),
        "sequences",
    ),
    "gru for lstm": (
        lambda: chain(L.GRU(3), Dense(1), shape=(5, 2)),
        lambda: chain(L.LSTM(3), Dense(1), shape=(5, 2)),
        "`GRU 3` where `LSTM 3` was asked for",
    ),
}


@pytest.mark.parametrize("pair", OTHER.values(), ids=OTHER)
def test_other_computations_are_told_apart_in_words(pair):
    seen, wanted, words = pair
    found = graph.diff(graph.of(seen()), graph.of(wanted()))
    assert not found.same and words in found.words, found.words
    assert graph.from_json(found.graph.to_json()) == found.graph


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (L.Softmax(axis=0), L.Softmax(), False),
        (L.Softmax(axis=1), L.Activation("softmax"), True),
        (L.ELU(alpha=0.0), L.ELU(), False),
        (L.ELU(), L.Activation("elu"), True),
        (L.LeakyReLU(), L.Activation("leaky_relu"), False),
        (L.LeakyReLU(0.2), L.Activation("leaky_relu"), True),
        (L.ReLU(negative_slope=0.2), L.Activation("leaky_relu"), True),
        (L.ReLU(max_value=6), L.Activation("relu6"), True),
        (L.ReLU(threshold=1.0), L.ReLU(), False),
    ],
)
def test_numbers_of_an_activation_count(one, other, same):
    assert graph.same(graph.of(chain(Dense(3), one)), graph.of(chain(Dense(3), other))) is same


def test_a_layer_used_twice_is_one_and_says_so():
    found = graph.of(branches(lambda a, b: a - b, shared=True)())
    used = [node.weights for node in found.nodes if node.kind == "Dense" and node.label == "Dense 6 · relu"]
    assert len(used) == 2 and used[0] == used[1]
    assert found.parameters == 4 * 6 + 6 + 6 + 1


def test_nested_models_are_unfolded_and_remembered():
    groups = [(node.kind, node.group) for node in graph.of(nested()).nodes]
    assert ("Dropout", ("body",)) in groups and ("Softmax", ("Sequential",)) in groups


def test_masks_and_words_go_where_they_belong():
    inputs, mask = keras.Input((6, 8)), keras.Input((6,), dtype="bool")
    model = keras.Model([inputs, mask], L.MultiHeadAttention(2, 4)(inputs, inputs, query_mask=mask))
    node = graph.of(model).nodes[-1]
    assert [(edge.node, edge.slot) for edge in node.parents] == [(0, ""), (0, "value"), (1, "query_mask")]


def test_an_input_may_be_an_output_and_constants_are_settings():
    inputs = keras.Input((3,))
    found = graph.of(keras.Model(inputs, [inputs, inputs + np.arange(3.0)]))
    assert found.outputs[0].node == 0
    assert found.nodes[1].kind == "Add" and found.nodes[1].settings["x2"].startswith("array 3 ")


class TensorFlowOnly(keras.Model):
    def call(self, inputs):
        return tf.nn.relu(inputs)


class ByValue(keras.Model):
    def call(self, inputs):
        return inputs if keras.ops.sum(inputs) > 0 else -inputs


class OwnLoss(keras.Model):
    def call(self, inputs):
        self.add_loss(keras.ops.sum(inputs))
        return inputs


class TwoFaced(keras.Model):
    def call(self, inputs, training=None):
        return inputs * 2 if training else inputs


@pytest.mark.parametrize(
    ("model", "shapes", "reason"),
    [
        (TensorFlowOnly, (4,), "TensorFlow functions"),
        (ByValue, (4,), "values of a tensor"),
        (OwnLoss, (4,), "a loss of its own"),
        (TwoFaced, (4,), "in training than in inference"),
        (Subclassed, None, "input shapes"),
        (keras.Sequential, None, "input shapes"),
        (lambda: None, (4,), "raises"),
    ],
)
def test_what_has_no_graph_says_why(model, shapes, reason):
    with pytest.raises(graph.NoGraph, match=reason):
        graph.of(model(), shapes)
    with pytest.raises(ValueError, match="can't be drawn: .*" + reason):
        diagram.diagram(model(), shapes)


def test_after_its_first_call_a_subclassed_model_needs_no_shapes():
    model = Subclassed()
    model(np.zeros((2, 4), "float32"))
    assert graph.of(model) == graph.of(model, (4,))


class Secret(L.Layer):
    def call(self, inputs):
        return tf.nn.relu(inputs)


def test_a_layer_into_which_nobody_can_look_is_one_node_and_the_same_as_no_other():
    found = graph.of(chain(Dense(3), Secret()))
    assert found.nodes[-1].opaque and found.nodes[-1].label == "Secret"
    assert not graph.same(found, found)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_reading_leaves_the_model_as_it_was(way):
    model = way()
    model(np.ones((2, 4), "float32"))
    before = [layer.get_config() if not isinstance(layer, OwnDense) else layer.units for layer in model.layers]
    weights, moving = model.get_weights(), [weight.path for weight in model.trainable_weights]
    outputs = keras.ops.convert_to_numpy(model(np.ones((2, 4), "float32")))
    first, second = read(model), read(model)
    assert first == second
    assert before == [layer.get_config() if not isinstance(layer, OwnDense) else layer.units for layer in model.layers]
    assert moving == [weight.path for weight in model.trainable_weights]
    assert all(np.array_equal(a, b) for a, b in zip(weights, model.get_weights(), strict=True))
    assert np.array_equal(outputs, keras.ops.convert_to_numpy(model(np.ones((2, 4), "float32"))))


def test_a_functional_models_layers_learn_of_no_other_call():
    model = functional()
    ends = [layer.output for layer in model.layers]
    read(model)
    assert all(layer.output is end for layer, end in zip(model.layers, ends, strict=True))
    new = keras.Model(model.inputs, model.layers[1].output)
    assert new.layers[-1] is model.layers[1]


class Counting(L.Layer):
    def build(self, shape):
        self.calls = self.add_weight((), trainable=False, initializer="zeros")

    def call(self, inputs):
        self.calls.assign_add(1.0)
        return inputs + 0.0 * self.calls


def test_variables_that_a_call_assigns_to_keep_their_values():
    model = chain(Counting(), Dense(2))
    model(np.zeros((1, 4)))
    before = float(model.layers[0].calls)
    read(model)
    assert float(model.layers[0].calls) == before


# ---- as data

GOOD = {
    "nodes": [{"kind": "Input", "shapes": [[None, 4]]}, {"kind": "Dense", "parents": [[0]], "settings": {"units": 3}}],
    "inputs": [["x", 0]],
    "outputs": [["", 1]],
}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_graph_survives_the_journey_as_json(way):
    found = read(way())
    assert graph.from_json(json.loads(json.dumps(found.to_json()))) == found


def changed(**fields):
    return GOOD | fields


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


VALUES = (
    None,
    0,
    -1,
    2.5,
    True,
    "",
    "x",
    [],
    {},
    "[[",
    "weight a×b",
    '{"class_name": "Dense"}',
    1e29,
    "linear",
    [None],
)
FIELDS = (
    *("units", "activation", "axis", "dims", "x1", "x2", "scale"),
    *("layer", "rate", "training", "shape", "kernel_size", "input_dim"),
)
KINDS = (
    *("Dense", "Matmul", "Add", "Permute", "Multiply", "Rescaling"),
    *("Activation", "Softmax", "Flatten", "TimeDistributed", "Mean", "Input"),
)


def scrambled(rng, data):
    """A graph's data as somebody may have changed them."""
    data = json.loads(json.dumps(data))
    for _ in range(rng.randint(1, 5)):
        node = rng.choice(data["nodes"])
        places = range(len(data["nodes"]))
        node.setdefault("settings", {})[rng.choice(FIELDS)] = rng.choice(VALUES)
        change = rng.choice(["kind", "parents", "shapes", "weights", "outputs", "inputs", "mark"])
        value = {
            "kind": rng.choice(KINDS),
            "parents": [[rng.choice(places)] for _ in range(rng.randint(0, 3))],
            "shapes": rng.choice([[], [[]], [[None, 4]], [[1, 2, 3, 4]]]),
            "weights": rng.choice([[], [0], [0, 0], [1, 2, 3]]),
            "mark": rng.choice(["", "extra", "x"]),
        }.get(change, [["", rng.choice(places)] for _ in range(rng.randint(0, 3))])
        (data if change in ("outputs", "inputs") else node)[change] = value
    return data


def test_whatever_is_a_graph_can_be_compared_and_drawn():
    bases = [graph.of(build()) for build in (functional, custom, residual, tickets, lambda: attention(1, 2))]
    rng, compared = random.Random(3), 0
    for _ in range(300):
        try:
            found = graph.from_json(scrambled(rng, rng.choice(bases).to_json()))
        except ValueError:
            continue
        other = rng.choice(bases)
        there, back = graph.diff(found, other), graph.diff(other, found)
        assert there.same == back.same and (graph.canonical(found).opaque or graph.same(found, found))
        assert diagram.drawn(json.loads(json.dumps(diagram.figure(there)))).svg
        compared += 1
    assert compared > 50


# ---- drawn


def tickets():
    title, body, tags = keras.Input((None,), name="title"), keras.Input((None,), name="body"), keras.Input((12,))
    words = L.Embedding(100, 8)
    x = L.concatenate([L.LSTM(4)(words(title)), L.LSTM(4)(words(body)), tags])
    return keras.Model([title, body, tags], [Dense(1, name="priority")(x), Dense(4, name="department")(x)])


def unet():
    x = inputs = keras.Input((16, 16, 1))
    skips = []
    for filters in (2, 4):
        x = L.Conv2D(filters, 3, padding="same")(x)
        skips.append(x)
        x = L.MaxPooling2D()(x)
    for filters in (4, 2):
        x = L.Conv2DTranspose(filters, 2, strides=2)(x)
        x = L.Conv2D(filters, 3, padding="same")(L.concatenate([x, skips.pop()]))
    return keras.Model(inputs, x)


def twin_encoders():
    encoder = keras.Sequential([keras.Input((6,)), Dense(4, "relu"), Dense(2)], name="encoder")
    a, b = keras.Input((6,)), keras.Input((6,))
    return keras.Model([a, b], Dense(1)(abs(encoder(a) - encoder(b))))


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
    code = "from tests.course import test_see_graph as t; print(t.diagram.diagram(t.tickets()).svg)"
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


def test_reading_graphs_as_data_needs_no_framework():
    code = "import sys; from course.see import graph; graph.from_json; print('keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
