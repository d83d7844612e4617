"""Oracles on structure: the same verdict for every way of writing a model, another one for another model."""

import keras
import numpy as np
import pytest

from grader import check
from tests.models import Liar, Model, run
from tests.observed import failed

layers, ops = keras.layers, keras.ops
RNG = np.random.default_rng(0)
N = 20


def normal(*shape):
    return RNG.normal(size=(N, *shape)).astype("float32")


X = normal(5)
TICKETS = {"title": normal(6), "body": normal(4), "tags": normal(3)}
ALL = {"priority": ["title", "body", "tags"], "department": ["title", "body", "tags"]}


class Scale(layers.Layer):
    """A custom layer: x · w + b, entry by entry."""

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1],), initializer="ones")
        self.b = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return x * self.w + self.b


# ---- paths


def tickets(
    to_priority=("title", "body", "tags"), to_department=("title", "body", "tags"), hidden=8, ends=dict, **kinds
):
    inputs = {key: keras.Input(part.shape[1:], name=key) for key, part in TICKETS.items()}
    encoded = {key: layers.Dense(hidden, "relu", **kinds)(tensor) for key, tensor in inputs.items()}

    def head(units, name, keys):
        merged = layers.Concatenate()([encoded[key] for key in keys]) if len(keys) > 1 else encoded[keys[0]]
        return layers.Dense(units, "softmax" if units > 1 else "sigmoid", name=name)(merged)

    heads = {"priority": head(1, "priority", to_priority), "department": head(4, "department", to_department)}
    return keras.Model(inputs, heads if ends is dict else list(heads.values()))


def merge(parts, x):
    encoded = ops.concatenate([parts[key](x[key]) for key in ("title", "body", "tags")], axis=-1)
    return {"priority": parts["one"](encoded), "department": parts["two"](encoded)}


def subclassed(function=merge, kind=Model, **kwargs):
    parts = {key: layers.Dense(8, "relu") for key in TICKETS}
    return kind(function, parts | {"one": layers.Dense(1), "two": layers.Dense(4)}, **kwargs)


def nested():
    inputs = {key: keras.Input(part.shape[1:], name=key) for key, part in TICKETS.items()}
    return keras.Model(inputs, tickets()(inputs))


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(tickets, id="functional"),
        pytest.param(lambda: tickets(ends=list), id="list of outputs"),
        pytest.param(lambda: tickets(hidden=1), id="a relu of one unit, often dead"),
        pytest.param(subclassed, id="subclassed"),
        pytest.param(nested, id="nested"),
        pytest.param(lambda: tickets(dtype="mixed_float16"), id="mixed precision"),
        pytest.param(lambda: subclassed(kind=Liar), id="right, with lies"),
    ],
)
def test_all_paths_are_there(model, seat):
    model = seat(model())
    assert failed(check.depends(model, TICKETS, ALL)) == []


def without(key):
    def function(parts, x):
        return merge(parts, x | {key: ops.zeros_like(x[key])})

    return function


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(lambda: tickets(to_priority=("title", "body")), id="tags don't reach one head"),
        pytest.param(lambda: subclassed(without("tags")), id="tags multiplied by zero"),
        pytest.param(
            lambda: subclassed(lambda parts, x: merge(parts, x | {"body": x["title"][:, :4]})), id="title twice"
        ),
        pytest.param(
            lambda: subclassed(lambda parts, x: merge(parts, {k: ops.round(v * 0) for k, v in x.items()})),
            id="constant",
        ),
        pytest.param(lambda: subclassed(without("title"), kind=Liar), id="wrong, with lies"),
        pytest.param(lambda: tickets(("title", "body"), dtype="mixed_float16"), id="mixed precision"),
    ],
)
def test_a_missing_path_is_told(model, seat):
    assert failed(check.depends(seat(model()), TICKETS, ALL)) == ["every path that was asked for"]


def test_a_path_too_many_is_told(seat):
    paths = {"priority": ["title", "body"], "department": ["title", "body", "tags"]}
    assert failed(check.depends(seat(tickets(to_priority=("title", "body"))), TICKETS, paths)) == []
    assert failed(check.depends(seat(tickets()), TICKETS, paths)) == ["no other path"]
    (off,) = [o for o in check.depends(tickets(), TICKETS, paths) if not o.ok]
    assert off.seen == "output `priority` depends on input `tags`"


def test_paths_by_place(seat):
    model = Model(lambda parts, x: [parts[0](x[0]), parts[1](x[0] + x[1])], [layers.Dense(2), layers.Dense(2)])
    assert failed(check.depends(seat(model), [X, X], {0: [0], 1: [0, 1]})) == []
    assert failed(check.depends(seat(model), [X, X], {0: [0, 1], 1: [0, 1]})) == ["every path that was asked for"]


def test_tokens_are_exchanged_for_other_tokens(seat):
    tokens = RNG.integers(1, 9, (N, 5))
    model = keras.Sequential([layers.Embedding(9, 3), layers.GlobalAveragePooling1D(), layers.Dense(2)])
    assert failed(check.depends(seat(model), tokens, {0: [0]})) == []


# ---- weights that count


def chain(*widths, activation="relu", between=(), **kinds):
    hidden = [
        layer for width in widths[:-1] for layer in (layers.Dense(width, activation, **kinds), *[b() for b in between])
    ]
    return keras.Sequential([keras.Input((5,)), *hidden, layers.Dense(widths[-1])])


def attention():
    x = keras.Input((4, 6))
    return keras.Model(x, layers.MultiHeadAttention(2, 3)(x, x))


@pytest.mark.parametrize(
    "model, x",
    [
        pytest.param(lambda: chain(4, 3), X, id="sequential"),
        pytest.param(lambda: tickets(ends=list), TICKETS, id="two heads"),
        pytest.param(lambda: chain(4, 3, between=[layers.BatchNormalization]), X, id="batch norm"),
        pytest.param(attention, normal(4, 6), id="attention, where a bias cancels"),
        pytest.param(lambda: chain(3, 3, between=[Scale]), X, id="custom layer"),
        pytest.param(lambda: subclassed(kind=Liar), TICKETS, id="right, with lies"),
        pytest.param(lambda: chain(4, 3, dtype="mixed_float16"), X, id="mixed precision"),
        pytest.param(lambda: chain(1, 1, 1, 2), X, id="narrow, often dead"),
    ],
)
def test_every_weight_counts(model, x, seat):
    assert failed(check.every_weight_counts(seat(model()), x)) == []


def aside(parts, x):
    parts[1](x)  # computed, and forgotten
    return parts[0](x)


def dead(parts, x):
    return parts[0](x) + 0.0 * parts[1](x)


def two_dense():
    return [layers.Dense(3), layers.Dense(3)]


@pytest.mark.parametrize(
    "model, x",
    [
        pytest.param(lambda: Model(aside, two_dense()), X, id="computed and forgotten"),
        pytest.param(lambda: Model(dead, two_dense()), X, id="times zero"),
        pytest.param(lambda: Model(lambda p, x: p[0](x) + ops.relu(-ops.abs(p[1](x))), two_dense()), X, id="dead relu"),
        pytest.param(lambda: Liar(aside, two_dense()), X, id="wrong, with lies"),
        pytest.param(lambda: Model(aside, two_dense(), dtype="mixed_float16"), X, id="mixed precision"),
        pytest.param(
            lambda: subclassed(lambda p, x: merge(p, x) | {"department": p["two"](ops.zeros((1, 24)))}), TICKETS,
            id="one head reads zeros",
        ),
        pytest.param(lambda: keras.Sequential([layers.Flatten()]), X, id="no weights"),
    ],
)  # fmt: skip
def test_a_branch_that_leads_nowhere_is_told(model, x, seat):
    assert failed(check.every_weight_counts(seat(model()), x)) == ["every weight counts"]


# ---- depth


def functional(*widths, activation="relu"):
    x = inputs = keras.Input((5,))
    for width in widths[:-1]:
        x = layers.Activation(activation)(layers.Dense(width)(x))
    return keras.Model(inputs, layers.Dense(widths[-1], "softmax")(x))


def mlp(*widths, activation="relu", head=None, kind=Model, **kinds):
    hidden = [layers.Dense(width, activation, **kinds) for width in widths[:-1]]
    return kind(run, [*hidden, layers.Dense(widths[-1], head)])


def convolutional(activation="relu", pool=layers.MaxPooling2D, end=layers.Flatten):
    first, second = layers.Conv2D(4, 3, activation=activation), layers.Conv2D(6, 3, activation=activation)
    return keras.Sequential([keras.Input((8, 8, 1)), first, pool(2), second, end(), layers.Dense(3, "softmax")])


IMAGES = normal(8, 8, 1)
RIGHT_DEPTH = [
    pytest.param(lambda: chain(8, 6, 3), X, id="relu"),
    pytest.param(lambda: functional(8, 8, 3, activation="gelu"), X, id="gelu, functional, equal widths"),
    pytest.param(lambda: mlp(7, 5, 3, activation="tanh", head="softmax"), X, id="tanh, subclassed"),
    pytest.param(lambda: chain(8, 6, 3, activation=None, between=[layers.PReLU]), X, id="prelu, a layer of its own"),
    pytest.param(
        lambda: chain(8, 6, 3, activation=None, between=[layers.BatchNormalization, layers.ReLU]), X,
        id="batch norm, relu",
    ),
    pytest.param(lambda: chain(8, 6, 3, between=[lambda: layers.Dropout(0.5)]), X, id="dropout"),
    pytest.param(lambda: mlp(64, 64, 10, head="softmax"), X, id="wide"),
    pytest.param(lambda: chain(8, 6, 3, activation="softplus", dtype="mixed_float16"), X, id="mixed precision"),
    pytest.param(lambda: keras.Sequential([chain(8, 6), layers.ReLU(), layers.Dense(3)]), X, id="nested"),
    pytest.param(lambda: chain(8, 6, 3, activation="sigmoid", between=[Scale]), X, id="custom layer"),
    pytest.param(lambda: mlp(8, 6, 3, kind=Liar), X, id="right, with lies"),
    pytest.param(convolutional, IMAGES, id="convolutions, flattened"),
    pytest.param(
        lambda: convolutional(layers.LeakyReLU(), layers.AveragePooling2D, layers.GlobalMaxPooling2D), IMAGES,
        id="convolutions, global pooling",
    ),
]  # fmt: skip


@pytest.mark.parametrize("model, x", RIGHT_DEPTH)
def test_a_nonlinearity_between_the_layers(model, x, seat):
    model = seat(model())
    assert failed(check.depth(model, x, 3)) == []
    assert failed(check.activated(model, x)) == []
    assert failed(check.nonlinear(model, x)) == []


LINEAR = [
    pytest.param(lambda: chain(8, 6, 3, activation=None), X, id="no activation"),
    pytest.param(lambda: functional(8, 6, 3, activation="linear"), X, id="linear, with a softmax head"),
    pytest.param(lambda: mlp(8, 6, 1, activation=None, head="sigmoid"), X, id="linear, with a sigmoid head"),
    pytest.param(lambda: mlp(8, 6, 3, activation=None, kind=Liar), X, id="linear, with lies"),
    pytest.param(lambda: chain(8, 6, 3, activation=None, dtype="mixed_float16"), X, id="linear, mixed precision"),
    pytest.param(
        lambda: chain(8, 6, 3, activation=None, between=[layers.BatchNormalization]), X, id="linear, batch norm between"
    ),
    pytest.param(
        lambda: chain(8, 6, 3, activation=None, between=[lambda: layers.Dropout(0.5), Scale]), X, id="dropout between"
    ),
    pytest.param(lambda: keras.Sequential([chain(8, 6, activation=None), layers.Dense(3)]), X, id="linear, nested"),
    pytest.param(lambda: convolutional(None, layers.AveragePooling2D), IMAGES, id="linear convolutions"),
]


@pytest.mark.parametrize("model, x", LINEAR)
def test_a_linear_model_is_told(model, x, seat):
    model = seat(model())
    assert failed(check.nonlinear(model, x)) == ["nonlinear"]
    assert failed(check.depth(model, x, 3)) == ["a nonlinearity between the layers"]
    assert failed(check.activated(model, x)) == ["an activation after each layer"]


@pytest.mark.parametrize(
    "model, x, pairs",
    [
        pytest.param(lambda: keras.Sequential([chain(8, 6), layers.Dense(3)]), X, 1, id="the last hidden one"),
        pytest.param(
            lambda: keras.Sequential([layers.Dense(8), layers.Dense(8), layers.ReLU(), layers.Dense(8)]), X, 1,
            id="the first one, equal widths",
        ),
        pytest.param(lambda: convolutional(end=layers.GlobalAveragePooling2D), IMAGES, 0, id="mean after relu"),
        pytest.param(
            lambda: keras.Sequential(
                [layers.Conv2D(4, 3, activation="relu"), layers.Conv2D(5, 3), layers.Flatten(), layers.Dense(3)]
            ), IMAGES, 1, id="a convolution before flatten",
        ),
        pytest.param(
            lambda: keras.Sequential(
                [
                    layers.Conv2D(4, 3, activation="relu"), layers.Conv2D(5, 3),
                    layers.GlobalAveragePooling2D(), layers.Dense(3),
                ]
            ), IMAGES, 1, id="a convolution before global pooling",
        ),
    ],
)  # fmt: skip
def test_one_missing_activation_is_told(model, x, pairs, seat):
    model = seat(model())
    observations = list(check.depth(model, x, 3))
    assert [o.ok for o in observations] == [True, not pairs]
    assert observations[1].seen.count("act as one matrix") == pairs
    (found,) = check.activated(model, x)
    assert found.ok is not bool(pairs) and found.seen.count("`") == 2 * pairs


@pytest.mark.parametrize("layer_count", [2, 4])
def test_another_depth_is_told(layer_count, seat):
    assert failed(check.depth(seat(chain(8, 6, 3)), X, layer_count)) == ["depth"]


# ---- parameters


def seed_lab():
    return chain(10, 20, 10, 1)


def tied():
    shared = layers.Dense(5)
    return keras.Sequential([keras.Input((5,)), shared, layers.ReLU(), shared])


def frozen_first(model):
    model.layers[0].trainable = False
    return model


@pytest.mark.parametrize(
    "model, wanted",
    [
        pytest.param(lambda: seed_lab(), {"equal": 60 + 220 + 210 + 11}, id="the seed lab's perceptron"),
        pytest.param(tied, {"equal": 30}, id="a shared layer counts once"),
        pytest.param(lambda: keras.Sequential([seed_lab()]), {"equal": 501}, id="nested"),
        pytest.param(lambda: mlp(10, 20, 10, 1), {"equal": 501}, id="subclassed"),
        pytest.param(lambda: mlp(10, 20, 10, 1, kind=Liar), {"at_least": 501, "at_most": 501}, id="with lies"),
        pytest.param(lambda: frozen_first(chain(4, 3)), {"equal": 15, "trainable": True}, id="trainable alone"),
        pytest.param(lambda: frozen_first(chain(4, 3)), {"equal": 24, "trainable": False}, id="frozen alone"),
        pytest.param(
            lambda: chain(4, 3, between=[layers.BatchNormalization]), {"at_most": 55}, id="batch norm, both kinds"
        ),
    ],
)
def test_parameters_are_counted(model, wanted, seat):
    model = model()
    model(X[:1])
    assert failed(check.parameters(seat(model), **wanted)) == []


@pytest.mark.parametrize(
    "model, wanted, about",
    [
        pytest.param(lambda: seed_lab(), {"equal": 551}, "parameters", id="too few"),
        pytest.param(lambda: mlp(9, 20, 10, 1, kind=Liar), {"equal": 551}, "parameters", id="a count_params that lies"),
        pytest.param(lambda: chain(50, 50, 1), {"at_most": 500}, "parameters", id="over the budget"),
        pytest.param(
            lambda: frozen_first(chain(4, 3)), {"equal": 39, "trainable": True}, "trainable parameters", id="frozen"
        ),
        pytest.param(
            lambda: chain(4, 3, between=[layers.BatchNormalization]), {"equal": 39}, "parameters", id="statistics"
        ),
    ],
)
def test_another_number_of_parameters_is_refused(model, wanted, about, seat):
    model = model()
    model(X[:1])
    assert failed(check.parameters(seat(model), **wanted)) == [about]


def test_forgotten_biases_are_told():
    (off,) = check.parameters(chain(4, 3), equal=32)
    assert off.next == "Leave out the biases: without them the number is right." and "(5, 4)" in off.seen


# ---- sharing


def trunk():
    return chain(4, 3)


def extended(part):
    called(part)
    return keras.Model(part.inputs, layers.Dense(2)(part.outputs[0]))


def called(model, x=X):
    model(x[:1])
    return model


SHARING = [
    pytest.param(extended, id="functional, from the output"),
    pytest.param(lambda part: keras.Sequential([part, layers.Dense(2)]), id="sequential"),
    pytest.param(lambda part: called(Model(run, [part, layers.Dense(2)])), id="subclassed"),
    pytest.param(lambda part: keras.Model(part.inputs, part.layers[-1](part.layers[0].output)), id="layer by layer"),
    pytest.param(lambda part: keras.Sequential([keras.Sequential([part]), layers.Dense(2)]), id="nested"),
    pytest.param(lambda part: called(Liar(run, [part, layers.Dense(2)])), id="with lies"),
    pytest.param(lambda part: part, id="the part itself"),
]


@pytest.mark.parametrize("whole", SHARING)
def test_shared_weights(whole, seat):
    part = trunk()
    model = whole(part)
    assert failed(check.shares(seat(model), seat(part), X)) == []
    assert failed(check.shares(seat(model), seat(part), X, expected=False)) == ["weights of its own"]


def copied(part):
    copy = keras.models.clone_model(part)
    copy.set_weights(part.get_weights())
    return copy


@pytest.mark.parametrize(
    "whole, off",
    [
        pytest.param(lambda part: extended(copied(part)), ["shared weights"], id="a copy"),
        pytest.param(lambda part: extended(trunk()), ["shared weights"], id="rebuilt"),
        pytest.param(lambda part: called(Liar(run, [copied(part)])), ["shared weights"], id="a copy, with lies"),
        pytest.param(
            lambda part: keras.Sequential([part.layers[0], layers.Dense(3)]), ["shared weights"], id="only one layer"
        ),
        pytest.param(
            lambda part: called(Model(lambda p, x: p[1](x), [part, layers.Dense(2)])), ["use of the shared weights"],
            id="kept, not used",
        ),
    ],
)  # fmt: skip
def test_copies_are_told(whole, off, seat):
    part = trunk()
    assert failed(check.shares(seat(whole(part)), seat(part), X)) == off


def test_models_of_their_own_share_nothing(seat):
    assert failed(check.shares(seat(trunk()), seat(trunk()), X, expected=False)) == []


def test_a_part_without_weights_is_told(seat):
    assert failed(check.shares(seat(trunk()), seat(layers.Dense(3)), X)) == ["shared weights"]


def base_and_head(freeze):
    base = chain(4, 3, between=[layers.BatchNormalization])
    model = keras.Sequential([base, layers.Dense(2)])
    freeze(base, model)
    return base, model


def by_layer(base, _):
    for layer in base.layers:
        layer.trainable = False


def flag(base, _):
    base.trainable = False


@pytest.mark.parametrize("freeze", [flag, by_layer])
@pytest.mark.parametrize("dress", [lambda m: m, lambda m: called(Model(run, [m])), lambda m: called(Liar(run, [m]))])
def test_a_frozen_base(freeze, dress, seat):
    base, model = base_and_head(freeze)
    assert failed(check.frozen(seat(dress(model)), seat(base))) == []
    assert failed(check.frozen(seat(base))) == []


@pytest.mark.parametrize(
    "freeze, off",
    [
        pytest.param(lambda base, model: None, ["frozen weights"], id="nothing frozen"),
        pytest.param(
            lambda base, model: setattr(base.layers[0], "trainable", False),
            ["frozen weights"],
            id="the first layer only",
        ),
        pytest.param(lambda base, model: setattr(model, "trainable", False), ["weights left to train"], id="the whole"),
        pytest.param(
            lambda base, model: setattr(model.layers[-1], "trainable", False), ["frozen weights"], id="the head"
        ),
        pytest.param(
            lambda base, model: setattr(copied(base), "trainable", False), ["frozen weights"], id="a copy frozen"
        ),
    ],
)
def test_a_base_that_isnt_frozen_is_told(freeze, off, seat):
    base, model = base_and_head(freeze)
    seen = failed(check.frozen(seat(model), seat(base)))
    assert seen == off or seen == ["frozen weights", "weights left to train"] and off == ["frozen weights"]


# ---- what oracles leave behind


def test_models_are_left_as_they_were():
    model = tickets(ends=list)
    model.compile("adam", ["mse", "mse"])
    before = [w.copy() for w in model.get_weights()]
    for oracle in (
        check.depends(model, TICKETS, ALL),
        check.every_weight_counts(model, TICKETS),
        check.depth(model, TICKETS),
        check.shares(model, model, TICKETS),
        check.frozen(model),
    ):
        list(oracle)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert int(model.optimizer.iterations) == 0
