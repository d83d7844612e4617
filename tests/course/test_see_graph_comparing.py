"""Two graphs are the same if they compute the same, however they were written; differences are described."""

import json
import random

import keras
import pytest

from course.see import diagram, graph
from tests.course.graph_models import (
    WAYS,
    Dense,
    L,
    Towers,
    attention,
    branches,
    chain,
    custom,
    frozen,
    functional,
    heads,
    image,
    normalised,
    read,
    relu,
    residual,
    sequential,
    tickets,
    twins,
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_one_computation_has_one_canonical_graph_however_it_was_written(way):
    found = graph.canonical(read(way()))
    assert [node.label for node in found.nodes] == ["Input", "Dense 8 · relu", "Dropout 0.5", "Dense 3 · softmax"]
    assert graph.same(read(way()), read(sequential()))
    assert found.parameters == 4 * 8 + 8 + 8 * 3 + 3


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
