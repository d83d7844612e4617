"""`same_graph`: what it accepts, what it refuses and how it says so, for live models and for models elsewhere."""

import html
import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from course.see import diagram, graph
from grader.check.core import display
from grader.check.oracles.graphs import same_graph
from grader.check.remote.graphs import graph_of
from grader.verdict import Observation, Status, Stub, StudentError, Verdict
from tests.elsewhere import elsewhere
from tests.models import OwnDense

L = keras.layers
Dense = L.Dense


def chain(*layers, shape=(4,)):
    return keras.Sequential([keras.Input(shape), *layers])


def wanted():
    return chain(Dense(8, "relu"), L.Dropout(0.5), Dense(6, "relu"), Dense(3, "softmax"))


def functional():
    inputs = keras.Input((4,))
    x = L.ReLU()(Dense(8)(inputs))
    x = Dense(6, keras.activations.relu)(L.Dropout(0.5)(x))
    return keras.Model(inputs, keras.ops.softmax(Dense(3)(x)))


class Subclassed(keras.Model):
    def __init__(self, rate=0.5, units=6, activation="relu", head="softmax"):
        super().__init__()
        self.head, self.second = Dense(3, head), Dense(units, activation)
        self.first, self.drop = Dense(8, activation), L.Dropout(rate)

    def call(self, inputs, training=None):
        return self.head(self.second(self.drop(self.first(inputs), training=training)))


class Body(L.Layer):
    """A layer of layers, whose random part is called in training alone."""

    def __init__(self):
        super().__init__()
        self.first, self.drop, self.second = Dense(8, "relu"), L.Dropout(0.5), Dense(6, "relu")

    def call(self, inputs, training=None):
        x = self.first(inputs)
        return self.second(self.drop(x, training=training) if training else x)


def nested():
    inputs = keras.Input((4,))
    head = keras.Sequential([Dense(3), L.Activation("softmax")], name="head")
    return keras.Model(inputs, head(chain(Dense(8, "relu"), L.Dropout(0.5), Dense(6, "relu"))(inputs)))


def half_precision():
    half = {"dtype": "mixed_float16"}
    body = Dense(8, "relu", **half), L.Dropout(0.5, **half), Dense(6, "relu", **half)
    return chain(*body, Dense(3, "softmax", dtype="float32"))


class Unreadable(keras.Model):
    """Written in TensorFlow, so that no graph shows."""

    def __init__(self, rate=0.5, units=6, function=tf.nn.relu, twice=False):
        super().__init__()
        self.first, self.second, self.head = Dense(8), Dense(units), Dense(3)
        self.drop, self.function, self.twice = L.Dropout(rate), function, twice

    def call(self, inputs, training=None):
        x = self.drop(self.function(self.first(inputs)), training=training)
        return tf.nn.softmax(self.head(self.function(self.second(x))))


class Boastful(Subclassed):
    """Its numbers and comparisons lie; what it computes is right."""

    def __eq__(self, other):
        return True

    __hash__ = keras.Model.__hash__

    def count_params(self):
        return 551

    def summary(self, *args, **kwargs):
        raise RuntimeError("nobody has to ask")

    def get_config(self):
        return {"layers": object()}


RIGHT = {
    "sequential": wanted,
    "functional": functional,
    "subclassed, layers made in another order": Subclassed,
    "composite layer": lambda: chain(Body(), Dense(3, "softmax")),
    "custom dense layers": lambda: chain(OwnDense(8), L.Dropout(0.5), OwnDense(6), Dense(3, "softmax")),
    "nested models": nested,
    "half precision": half_precision,
    "dropout before the activation": lambda: chain(
        Dense(8), L.Dropout(0.5), L.Activation("relu"), Dense(6), L.ReLU(), Dense(3), L.Softmax()
    ),
    "judged by outputs": Unreadable,
    "lies about its numbers": Boastful,
}


def about(observations):
    return [observation.about for observation in observations if not observation.ok]


@pytest.fixture(params=[lambda model: model, elsewhere], ids=["live", "elsewhere"])
def placed(request):
    return request.param


@pytest.fixture(scope="module")
def reference():
    return wanted()


@pytest.mark.parametrize("build", RIGHT.values(), ids=RIGHT)
def test_it_accepts_the_same_computation_however_it_was_written(build, placed, reference):
    model = build()
    found = list(same_graph(placed(model), reference))
    assert not about(found), found
    assert found[0].about == "the model's graph"


class Lying(keras.Sequential):
    """Shows the layers asked for to whoever looks, and computes something else."""

    def call(self, inputs, training=None, mask=None):
        outputs = super().call(inputs, training=training, mask=mask)
        return outputs if isinstance(inputs, keras.KerasTensor) else outputs * 0.0 + 1 / 3


class EqualToAll(keras.Model):
    """Compares as equal, counts as many parameters and layers as anybody likes."""

    def __init__(self):
        super().__init__()
        self.only = Dense(3, "softmax")

    def call(self, inputs):
        return self.only(inputs)

    def __eq__(self, other):
        return True

    __hash__ = keras.Model.__hash__

    def count_params(self):
        return 115

    @property
    def layers(self):
        return wanted().layers


class Unused(Subclassed):
    """Two layers of one size were made, and one of them is used twice."""

    def __init__(self):
        super().__init__()
        self.drop, self.first, self.second = None, Dense(4, "relu"), Dense(4, "relu")
        self.second.build((None, 4))

    def call(self, inputs):
        return self.head(tf.identity(self.first(self.first(inputs))))


def frozen():
    model = wanted()
    model.layers[0].trainable = False
    return model


WRONG = {
    "no dropout": (
        lambda: chain(Dense(8, "relu"), Dense(6, "relu"), Dense(3, "softmax")),
        "no `Dropout 0.5` between `Dense 8 · relu` and `Dense 6 · relu`",
    ),
    "no hidden activation": (lambda: Subclassed(activation=None), "`Dense 8` where `Dense 8 · relu` was asked for"),
    "other rate": (lambda: Subclassed(rate=0.2), "`Dropout 0.2` where `Dropout 0.5`"),
    "other units": (lambda: Subclassed(units=7), "`Dense 7 · relu` where `Dense 6 · relu`"),
    "sigmoid head": (lambda: Subclassed(head="sigmoid"), "`Dense 3 · sigmoid` where"),
    "a layer too many": (
        lambda: chain(Dense(8, "relu"), L.Dropout(0.5), Dense(6, "relu"), Dense(6), Dense(3, "softmax")),
        "an extra `Dense 6`",
    ),
    "dropout behind the softmax": (
        lambda: chain(Dense(8, "relu"), Dense(6, "relu"), Dense(3, "softmax"), L.Dropout(0.5)),
        "an extra `Dropout 0.5`",
    ),
    "frozen": (frozen, "`Dense 8 · relu` is frozen"),
    "other columns": (lambda: chain(Dense(3, "softmax"), shape=(5,)), "takes (None, 5) where (None, 4)"),
    "by outputs: tanh": (lambda: Unreadable(function=tf.nn.tanh), "different outputs for the same weights"),
    "by outputs: no dropout": (lambda: Unreadable(rate=0.0), "the same outputs in each call in training mode"),
    "by outputs: other rate": (lambda: Unreadable(rate=0.2), "standard deviation"),
    "by outputs: other units": (
        lambda: Unreadable(units=7),
        "weights of shape (8, 7), (7,), (7, 3) and no weights of shape (8, 6)",
    ),
    "shows what it doesn't compute": (
        lambda: Lying([keras.Input((4,)), Dense(8, "relu"), L.Dropout(0.5), Dense(6, "relu"), Dense(3, "softmax")]),
        "differ from what these layers compute",
    ),
    "equal to all": (EqualToAll, "no `Dense 8 · relu`"),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_it_refuses_other_computations_and_says_what_it_saw(case, placed, reference):
    build, words = case
    found = list(same_graph(placed(build()), reference))
    assert about(found) == ["the model's graph"]
    assert words in found[0].seen, found[0].seen
    assert found[0].expected and found[0].why and found[0].next


def test_a_layer_made_but_not_used_is_told_by_its_weights():
    asked = chain(Dense(4, "relu"), Dense(4, "relu"), Dense(3, "softmax"))
    (found,) = same_graph(Unused(), asked)
    assert not found.ok and "a weight with a different effect on the outputs" in found.seen


def two_inputs(keys=False, turned=False, shared=True):
    a, b = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    encoder = keras.Sequential([Dense(5, "relu"), Dense(2)], name="encoder")
    other = encoder if shared else keras.Sequential([Dense(5, "relu"), Dense(2)])
    apart = L.Subtract()([encoder(a), other(b)])
    ends = {"alike": Dense(1, "sigmoid", name="alike")(apart), "kind": Dense(3, "softmax", name="kind")(apart)}
    inputs = {"left": a, "right": b} if keys else [b, a] if turned else [a, b]
    return keras.Model(inputs, ends if keys else list(ends.values())[:: -1 if turned else 1])


class TwoInputs(keras.Model):
    def __init__(self, turned=False):
        super().__init__()
        self.alike, self.kind = Dense(1, "sigmoid"), Dense(3, "softmax")
        self.encoder, self.turned = keras.Sequential([Dense(5, "relu"), Dense(2)]), turned

    def call(self, inputs):
        left, right = inputs
        apart = self.encoder(left) - self.encoder(right)
        return [self.alike(-apart if self.turned else apart), self.kind(apart)]


class TwoInputsInTensorFlow(TwoInputs):
    def call(self, inputs):
        left, right = inputs
        apart = tf.subtract(self.encoder(left), self.encoder(right))
        return [self.alike(apart), self.kind(apart)]


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (two_inputs, ""),
        (lambda: two_inputs(keys=True), ""),
        (lambda: two_inputs(turned=True), ""),
        (TwoInputs, ""),
        (TwoInputsInTensorFlow, ""),
        (lambda: two_inputs(shared=False), "a separate layer"),
        (lambda: TwoInputs(turned=True), "an extra `Scale × -1`"),
        (lambda: chain(Dense(1)), "1 input where 2 were asked for"),
    ],
    ids=["list", "dict", "turned", "subclassed", "by outputs", "not shared", "sign", "one input"],
)
def test_several_inputs_and_outputs_go_by_name_or_place(build, words, placed):
    found = list(same_graph(placed(build()), two_inputs()))
    assert bool(about(found)) == bool(words)
    assert words in " ".join(observation.seen for observation in found)


def test_something_written_otherwise_counts_if_it_computes_the_same():
    asked = chain(Dense(5, "silu"), Dense(2))
    right = chain(Dense(5), L.Lambda(lambda x: x * keras.ops.sigmoid(x)), Dense(2))
    wrong = chain(Dense(5), L.Lambda(lambda x: x * keras.ops.tanh(x)), Dense(2))
    assert [o.ok for o in same_graph(right, asked)] == [True]
    assert [o.ok for o in same_graph(wrong, asked)] == [False]


@pytest.mark.parametrize("other", [L.LeakyReLU(0.01), L.ReLU(max_value=6), L.Activation("gelu"), L.ELU(0.05)])
def test_activations_that_are_nearly_relu_are_not_relu(other):
    hidden = Dense(8), other
    assert about(same_graph(chain(*hidden, Dense(2)), chain(Dense(8, "relu"), Dense(2))))


def test_a_fixed_length_where_an_open_one_was_asked_for_is_wrong_and_no_crash():
    fixed = chain(L.LSTM(3), shape=(9, 2))
    (found,) = same_graph(fixed, chain(L.LSTM(3), shape=(None, 2)))
    assert "takes (None, 9, 2) where (None, None, 2) was asked for" in found.seen


def test_sequences_and_images_of_open_size():
    asked = keras.Sequential([keras.Input((None,)), L.Embedding(50, 4, mask_zero=True), L.LSTM(3), Dense(1)])
    right = keras.Sequential([L.Embedding(50, 4, mask_zero=True), L.LSTM(3), Dense(1)])
    unmasked = keras.Sequential([L.Embedding(50, 4), L.LSTM(3), Dense(1)])
    assert [o.ok for o in same_graph(right, asked)] == [True]
    assert "mask_zero" in next(iter(same_graph(unmasked, asked))).seen
    image = keras.Sequential([keras.Input((None, None, 1)), L.Conv2D(2, 3), L.MaxPooling2D(), L.GlobalMaxPooling2D()])
    assert [o.ok for o in same_graph(image, image)] == [True]


def residual_norm(add=True):
    inputs = keras.Input((6,))
    x = L.Activation("relu")(L.BatchNormalization()(Dense(6)(inputs)))
    return keras.Model(inputs, Dense(2)(inputs + x if add else x))


def test_a_residual_branch_and_batch_normalization():
    assert not about(same_graph(residual_norm(), residual_norm()))
    (found,) = same_graph(residual_norm(add=False), residual_norm())
    assert found.seen == "no `Add` of the input and `relu`, before `Dense 2`"
    assert found.next.startswith("Add `Add` of the input and `relu`")


@pytest.mark.parametrize(
    "value", [None, 3, [wanted], "model", Dense(3)], ids=["None", "number", "list", "word", "layer"]
)
def test_what_is_no_model_is_said_so(value, placed, reference):
    (found,) = same_graph(placed(value), reference)
    assert not found.ok and found.about == "the model" and found.stop


class Raising(keras.Model):
    def call(self, inputs):
        raise RuntimeError("not today")


class Stubbed(keras.Model):
    def call(self, inputs):
        raise NotImplementedError


class Odd(keras.Model):
    def call(self, inputs):
        return "a text"


def test_what_a_model_raises_is_the_students(placed, reference):
    with pytest.raises(StudentError, match="not today"):
        list(same_graph(placed(Raising()), reference))
    with pytest.raises(Stub):
        list(same_graph(placed(Stubbed()), reference))
    with pytest.raises(StudentError):
        list(same_graph(placed(Odd()), reference))


@pytest.mark.parametrize("build", RIGHT.values(), ids=RIGHT)
def test_the_model_is_left_as_it_was(build, reference):
    model = build()
    model(np.ones((2, 4), "float32"))
    before, theirs = model.get_weights(), reference.get_weights()
    list(same_graph(model, reference))
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(theirs, reference.get_weights(), strict=True))


@pytest.mark.parametrize("answer", [None, {}, {"graph": None}, {"graph": {"nodes": [], "inputs": [], "outputs": []}}])
def test_a_graph_from_elsewhere_is_not_believed(answer, reference):
    """The student's process may answer anything: what it computes then decides."""
    handle = elsewhere(Subclassed(activation="tanh"))
    ask = handle.ask
    handle.ask = lambda name, *args, **kwargs: answer if name == "graph_of" else ask(name, *args, **kwargs)
    found = list(same_graph(handle, reference))
    assert about(found)


def test_a_forged_graph_is_found_out(reference):
    handle, forged = elsewhere(Subclassed(activation="tanh")), graph_of(reference)
    ask = handle.ask
    handle.ask = lambda name, *args, **kwargs: forged if name == "graph_of" else ask(name, *args, **kwargs)
    assert "differ from what these layers compute" in next(iter(same_graph(handle, reference))).seen


def test_the_verdict_shows_the_difference_as_words_and_as_a_picture(reference):
    (found,) = same_graph(chain(Dense(8, "relu"), Dense(6, "relu"), Dense(3, "softmax")), reference)
    verdict = Verdict("A net", Status.WRONG, (found,))
    assert "no `Dropout 0.5` between" in display.text(verdict)
    shown = display.html(verdict)
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in shown and "– missing" in shown
    data = json.loads(json.dumps(verdict.to_json()))
    assert diagram.drawn(data["observations"][0]["figure"]).svg in shown


def test_a_figure_of_a_kind_that_nobody_draws_leaves_the_words():
    found = Observation("a thing", False, "seen so", figure={"kind": "hologram", "svg": "<script>"})
    shown = display.html(Verdict("t", Status.WRONG, (found,)))
    assert "seen so" in shown and "svg" not in shown and "script" not in shown
    right = Observation("a thing", True, "seen so", figure={"kind": "hologram"})
    assert "seen so" in display.html(Verdict("t", Status.PASSED, (right,)))


def test_hostile_names_stay_words_in_the_verdict(reference):
    inputs = keras.Input((4,), name="<script>alert(1)<script>")
    model = keras.Model(inputs, Dense(3, "softmax", name="<img src=x onerror=alert(1)>")(inputs))
    (found,) = same_graph(model, reference)
    shown = display.html(Verdict("t", Status.WRONG, (found,)))
    assert "<script" not in shown and "<img" not in shown
    assert "<script>alert(1)" in html.unescape(shown)


def test_the_reference_must_have_a_graph():
    with pytest.raises(graph.NoGraph):
        list(same_graph(wanted(), Unreadable(), (4,)))
