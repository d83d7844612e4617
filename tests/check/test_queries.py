"""The shared verbs: the same answers for a live model and for one elsewhere, whatever the model says of itself."""

import keras
import numpy as np
import pytest

from grader.check.remote import compiled_models, queries
from grader.verdict import StudentError

layers, ops = keras.layers, keras.ops
X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
Y = np.random.default_rng(1).normal(size=(8, 2)).astype("float32")


def sequential(**kwargs):
    return keras.Sequential([keras.Input((3,)), layers.Dense(2, **kwargs)])


class Own(keras.Model):
    """A subclassed model with a penalty."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(2, kernel_regularizer=keras.regularizers.L2(0.1))

    def call(self, inputs):
        return self.dense(inputs)


class Liar(Own):
    """Says whatever pleases of itself."""

    compiled, optimizer = True, "adam"
    weights = trainable_weights = property(lambda self: [])

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 1

    def count_params(self):
        return 7

    def get_weights(self):
        return []

    def evaluate(self, *_, **__):
        return {"loss": 0.0, "accuracy": 1.0}


def two_ended(structure):
    a, b = keras.Input((3,), name="a"), keras.Input((None,), name="b", dtype="int32")
    ends = [layers.Dense(2, name="d")(a), layers.Embedding(4, 2, name="e")(b)]
    return keras.Model({"a": a, "b": b}, dict(zip("de", ends, strict=True)) if structure is dict else ends)


# ---- what it is


@pytest.mark.parametrize("value", [sequential(), Own(), Liar(), two_ended(list), keras.Model()])
def test_a_model_is_known_by_its_class(value, seat):
    assert queries.is_a_model(seat(value)) and queries.is_a_layer(seat(value))


class Pretender:
    """No model, but says it is."""

    __class__ = keras.Model


@pytest.mark.parametrize("value", [layers.Dense(1), keras.Model, Pretender(), "model", print, keras.optimizers.SGD()])
def test_what_is_no_model_is_none(value, seat):
    assert not queries.is_a_model(seat(value))


def test_kinds_in_words(seat):
    assert [queries.kind_of(v) for v in (None, ..., [1], seat(Own()))] == ["`None`", "`...`", "a `list`", "a `Own`"]


class Endless(list):
    def __len__(self):
        return 2

    def __iter__(self):
        return iter(["one", "two"])


@pytest.mark.parametrize("value", [(1, 2), [1, 2]])
def test_members_are_read_by_the_base_class(value):
    assert queries.members(value) == [1, 2]
    assert queries.members(Endless([1, 2, 3])) == [1, 2, 3]
    assert queries.members({1: 2}) is None and queries.members("ab") is None


def test_signatures(seat):
    found = queries.signature(seat(two_ended(dict)))
    assert found["inputs"] == {
        "kind": "dict", "names": ["a", "b"], "shapes": [(None, 3), (None, None)], "dtypes": ["float32", "int32"]
    }  # fmt: skip
    assert (found["outputs"]["kind"], found["outputs"]["names"]) == ("dict", ["d", "e"])
    assert queries.signature(seat(two_ended(list)))["outputs"]["kind"] == "list"
    single = queries.signature(seat(sequential(name="head")))
    assert (single["outputs"]["kind"], single["outputs"]["names"]) == ("single", ["head"])
    assert single["outputs"]["shapes"] == [(None, 2)]


@pytest.mark.parametrize("model", [Own(), Liar(), keras.Sequential([layers.Dense(2)]), layers.Dense(2)])
def test_no_signature_where_none_is_known(model, seat):
    assert queries.signature(seat(model)) is None


def test_configurations_are_plain(seat):
    config = queries.configuration(seat(sequential(activation="relu")))
    assert config["layers"][1]["config"]["activation"] == "relu"

    class Odd(layers.Layer):
        def get_config(self):
            return {"table": np.arange(3), "step": np.float32(0.5), "rest": (1, {2: print}), "self": self}

    config = queries.configuration(seat(Odd()))
    assert np.array_equal(config.pop("table"), [0, 1, 2])
    assert config == {"step": 0.5, "rest": [1, {"2": "builtin_function_or_method"}], "self": "Odd"}


class Unreadable(layers.Layer):
    def get_config(self):
        return "config"


def test_no_configuration_where_there_is_none(seat):
    assert queries.configuration(seat(Unreadable())) is None


# ---- calling


def test_outputs_keep_their_structure(seat):
    rows = {"a": X, "b": np.array([[1, 2]] * 8)}
    found = queries.outputs(seat(two_ended(dict)), rows)
    assert {name: part.shape for name, part in found.items()} == {"d": (8, 2), "e": (8, 2, 2)}
    assert [part.shape for part in queries.outputs(seat(two_ended(list)), rows)] == [(8, 2), (8, 2, 2)]
    assert queries.outputs(seat(sequential(dtype="mixed_bfloat16")), X).dtype == "float32"
    dropout = keras.Sequential([layers.Dropout(0.5)])
    assert np.array_equal(queries.outputs(seat(dropout), X), X)
    assert not np.array_equal(queries.outputs(seat(dropout), X, training=True), X)


class Call(keras.Model):
    """Overrides `__call__`, as one does elsewhere, and knows no `training`."""

    def __call__(self, inputs):
        return inputs * 2


class NoInput(keras.Model):
    def __call__(self):
        return 1


class Words(keras.Model):
    def call(self, inputs):
        return {"label": ["a", "b"]}


class Breaks(keras.Model):
    def call(self, inputs):
        raise KeyError("temperature")


def test_odd_calls_end_in_a_students_error(seat):
    assert np.array_equal(queries.outputs(seat(Call()), X), 2 * X)
    with pytest.raises(StudentError, match="positional"):
        queries.outputs(seat(NoInput()), X)
    with pytest.raises(StudentError, match="NotNumbers"):
        queries.outputs(seat(Words()), X)
    with pytest.raises(StudentError, match="temperature"):
        queries.outputs(seat(Breaks()), X)


# ---- weights


@pytest.mark.parametrize("make", [Own, Liar, sequential])
def test_weights_are_kerass_own(make, seat):
    model = make()
    model(X)
    found = queries.weights(seat(model))
    assert [w["name"] for w in found] == ["kernel", "bias"] and all(w["trainable"] for w in found)
    assert found[0]["array"].shape == (3, 2)


def test_frozen_weights_and_statistics_are_told(seat):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2), layers.BatchNormalization(), layers.Dense(1)])
    model.layers[0].trainable = False
    assert [w["trainable"] for w in queries.weights(seat(model))] == [False] * 2 + [True] * 2 + [False] * 2 + [True] * 2


def test_assigning_and_redrawing(seat):
    model = sequential()
    queries.assign(seat(model), [np.ones((3, 2)), np.zeros(2)])
    assert np.allclose(model(X), X.sum(axis=1, keepdims=True))
    queries.redraw(seat(model), 3)
    first = model.get_weights()
    queries.redraw(seat(model), 3)
    assert all(np.array_equal(a, b) for a, b in zip(first, model.get_weights(), strict=True))
    queries.redraw(seat(model), 4)
    assert not np.array_equal(first[0], model.get_weights()[0])


def test_weights_that_were_not_there_before_are_told(seat):
    model = sequential()
    with (
        pytest.raises(StudentError, match="had 2 weights and now has 4"),
        queries.restored_weights(seat(model)),
    ):
        model.add(layers.Dense(2))
    with queries.restored_weights(seat(Own())) as nothing_to_go_back_to:
        assert nothing_to_go_back_to is None


@pytest.mark.parametrize("make", [Own, sequential, lambda: sequential(dtype="mixed_float16")])
def test_everything_is_put_back(make, seat):
    model = make()
    model.compile(keras.optimizers.Adam(0.1), "mse")
    model(X)
    handle = seat(model)
    before = queries.state(handle)
    with pytest.raises(RuntimeError), queries.restored_weights(handle):
        model.fit(X, Y, batch_size=len(X), epochs=3, verbose=0)
        assert compiled_models.optimizer_steps(handle) == 3
        raise RuntimeError
    after = queries.state(handle)
    for kind in ("variables", "optimizer"):
        assert all(np.array_equal(a, b) for a, b in zip(before[kind], after[kind], strict=True))
    assert compiled_models.optimizer_steps(handle) == 0


def test_outputs_under_redrawn_weights(seat):
    model = Own()
    one, two, again = queries.outputs_redrawn(seat(model), [(1, 0.7, X), (2, 0.7, X), (1, 0.7, X)])
    assert np.array_equal(one, again) and not np.array_equal(one, two)


# ---- losses and gradients


def test_losses_with_and_without_penalties(seat):
    model = Own()
    model.compile("sgd", "mse")
    kernel = np.asarray(model(X)) is not None and model.get_weights()[0]
    expected = np.mean((np.asarray(model(X)) - Y) ** 2)
    assert np.isclose(compiled_models.loss_of(seat(model), X, Y), expected, rtol=1e-5)
    assert np.isclose(
        compiled_models.loss_of(seat(model), X, Y, penalties=True), expected + 0.1 * np.sum(kernel**2), rtol=1e-5
    )
    assert compiled_models.loss_of(seat(model), X, Y, predicted=Y) < 1e-9


@pytest.mark.parametrize("loss", [None, "mse"])
def test_gradients_are_the_ones_worked_out_by_hand(loss, seat):
    model = sequential()
    model.compile("sgd", "mse")
    kernel, bias = compiled_models.gradients(seat(model), X, Y, loss)
    error = 2 * (np.asarray(model(X)) - Y) / Y.size
    assert np.allclose(kernel, X.T @ error, atol=1e-5) and np.allclose(bias, error.sum(axis=0), atol=1e-5)


def test_gradients_along_a_direction_and_none_where_nothing_flows(seat):
    class Unused(Own):
        def __init__(self):
            super().__init__()
            self.extra = layers.Dense(2)

        def build(self, shape):
            self.dense.build(shape)
            self.extra.build(shape)

    found = compiled_models.gradients(seat(Unused()), X, Y, "dot")
    assert np.allclose(found[0], X.T @ Y, atol=1e-4) and found[2] is None and found[3] is None
    tokens = keras.Sequential([keras.Input((4,), dtype="int32"), layers.Embedding(9, 2)])
    (table,) = compiled_models.gradients(seat(tokens), np.array([[1, 1, 2, 0]]), np.ones((1, 4, 2), "float32"), "dot")
    assert np.array_equal(table[:4, 0], [1, 2, 1, 0])


def test_losses_are_taken_as_compile_takes_them(seat):
    target, predicted = np.zeros(3, "float32"), np.full((3, 1), 2, "float32")
    forms = ["mse", keras.losses.MeanSquaredError(), keras.losses.MeanSquaredError, ["mse"], {"y": "mse"}]
    for loss in [*forms, lambda a, b: ops.mean(ops.square(a - b), axis=-1)]:
        assert compiled_models.loss_values(seat(loss), [(target, predicted)] * 2, "y") == [4.0, 4.0]


@pytest.mark.parametrize("loss", ["mean_square_error", ..., 3, print, layers.Dense(1)])
def test_what_is_no_loss_is_the_students_error(loss, seat):
    with pytest.raises(StudentError):
        compiled_models.loss_values(seat(loss), [(np.zeros(3, "float32"), np.ones((3, 1), "float32"))])


# ---- compiled models


def test_compiled_is_seen_not_believed(seat):
    assert not compiled_models.compiled(seat(Own())) and not compiled_models.compiled(seat(Liar()))
    model = Own()
    model.compile(keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.5, 10, 0.5)), "mse")
    assert compiled_models.compiled(seat(model)) and compiled_models.optimizer_name(seat(model)) == "SGD"
    assert compiled_models.learning_rate(seat(model)) == 0.5 and compiled_models.optimizer_steps(seat(model)) == 0
    for question in (compiled_models.learning_rate, compiled_models.optimizer_name, compiled_models.optimizer_steps):
        assert question(seat(Liar())) is None


def test_scores_come_from_keras(seat):
    class Boaster(Own):
        def evaluate(self, *_, **__):
            return {"loss": 0.0}

    model = Boaster()
    model.compile("sgd", "mse", metrics=["mae"])
    assert not compiled_models.counted(seat(model))
    found = compiled_models.scores(seat(model), X, Y)
    assert np.isclose(found["mae"], np.mean(np.abs(np.asarray(model(X)) - Y)), rtol=1e-4) and found["loss"] > 0
    assert compiled_models.counted(seat(model))
    assert model.run_eagerly is False and model.test_function is None


def test_an_optimizer_is_not_built_for_half_a_model(seat):
    base = sequential()
    model = keras.Sequential([base, layers.Dense(1)])
    model.compile("sgd", "mse")
    queries.state(seat(model))
    model.fit(X, X[:, :1], verbose=0)
    assert compiled_models.optimizer_steps(seat(model)) == 1
