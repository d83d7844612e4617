"""Oracles on the range of a head: what can be any number, what can be certain, and what only seems so."""

import keras
import numpy as np
import pytest

from grader import check
from grader.check.measure import head_outputs
from grader.verdict import StudentError
from tests.elsewhere import elsewhere
from tests.observed import failed

layers, ops = keras.layers, keras.ops
FEATURES = 5
X = np.random.default_rng(0).normal(size=(40, FEATURES)).astype("float32")


def seats(names):
    """Each of the names here, and every third elsewhere as well."""
    return [*((name, lambda model: model) for name in names), *((name, elsewhere) for name in list(names)[::3])]


def seat_id(value):
    return "elsewhere" if value is elsewhere else value if isinstance(value, str) else "here"


def net(*head, body=("relu",), dtype=None):
    """A model whose last layers are `head`."""
    hidden = [layers.Dense(8, activation, dtype=dtype) for activation in body]
    return keras.Sequential([keras.Input((FEATURES,)), *hidden, *head])


def ending(function, units=1, body="relu"):
    """A functional model that ends in `function` of a dense layer."""
    inputs = keras.Input((FEATURES,))
    return keras.Model(inputs, function(layers.Dense(units)(layers.Dense(8, body)(inputs))))


class Scaled(layers.Layer):
    """A layer of one's own: a learned factor."""

    def build(self, shape):
        self.factor = self.add_weight(name="factor", shape=(1,), initializer="ones")

    def call(self, inputs):
        return self.factor * inputs


class Own(keras.Model):
    """A subclassed model that ends in `function`."""

    def __init__(self, units, function=None):
        super().__init__()
        self.hidden, self.head, self.function = layers.Dense(8, "relu"), layers.Dense(units), function

    def call(self, inputs):
        outputs = self.head(self.hidden(inputs))
        return self.function(outputs) if self.function else outputs


class Liar(Own):
    """Equal to everything, of no size, and with a `predict` and a summary that please."""

    compiled = True

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 1

    def count_params(self):
        return 0

    def predict(self, x, **_):
        return np.linspace(-1e6, 1e6, len(x))[:, None]


def several(ends, **inputs):
    """A model of several inputs and the outputs that `ends` makes of their sum."""
    given = {name: keras.Input((width,), name=name) for name, width in inputs.items()}
    hidden = layers.Concatenate()([layers.Dense(4, "relu")(tensor) for tensor in given.values()])
    return keras.Model(given, ends(hidden))


def frozen_body():
    body = keras.Sequential([keras.Input((FEATURES,)), layers.Dense(6, "tanh")])
    body.trainable = False
    return keras.Sequential([keras.Input((FEATURES,)), body, layers.Dense(1)])


UNBOUNDED = {
    "linear": lambda: net(layers.Dense(1)),
    "two columns": lambda: net(layers.Dense(2)),
    "stretched to the units of y": lambda: net(layers.Dense(1), layers.Rescaling(77.0, 152.0)),
    "shrunk": lambda: net(layers.Dense(1), layers.Rescaling(1e-3)),
    "five layers of sigmoids before": lambda: net(layers.Dense(1), body=("sigmoid",) * 5),
    "softmax before": lambda: net(layers.Dense(1), body=("tanh", "softmax")),
    "normalised before": lambda: net(layers.BatchNormalization(), layers.LayerNormalization(), layers.Dense(1)),
    "normalised after": lambda: net(layers.Dense(1), layers.BatchNormalization()),
    "through one tanh unit": lambda: net(layers.Dense(1, "tanh"), layers.Dense(1)),
    "leaky": lambda: net(layers.Dense(1), layers.LeakyReLU(0.3)),
    "layer of one's own": lambda: net(layers.Dense(1), Scaled()),
    "subclassed": lambda: Own(1),
    "shape (N,)": lambda: ending(lambda z: layers.Reshape(())(z)),
    "nested": lambda: keras.Sequential([keras.Input((FEATURES,)), net(layers.Dense(4)), layers.Dense(1)]),
    "frozen body": frozen_body,
    "list of one": lambda: ending(lambda z: [z]),
    "dict of one": lambda: ending(lambda z: {"progress": z}),
    "half precision": lambda: net(layers.Dense(1, dtype="mixed_float16"), dtype="mixed_float16"),
    "bfloat16": lambda: net(layers.Dense(1, dtype="mixed_bfloat16"), dtype="mixed_bfloat16"),
    "liar that is right": lambda: Liar(1),
}
BOUNDED = {
    "relu": (lambda: net(layers.Dense(1, "relu")), "a lower limit"),
    "softplus": (lambda: net(layers.Dense(1, "softplus")), "a lower limit"),
    "elu": (lambda: net(layers.Dense(1, "elu")), "a lower limit"),
    "selu": (lambda: net(layers.Dense(1, "selu")), "a lower limit"),
    "gelu": (lambda: net(layers.Dense(1, "gelu")), "a lower limit"),
    "relu turned over": (lambda: ending(lambda z: -ops.relu(z)), "an upper limit"),
    "relu shifted": (lambda: net(layers.Dense(1, "relu"), layers.Rescaling(1.0, -50.0)), "a lower limit"),
    "sigmoid": (lambda: net(layers.Dense(1, "sigmoid")), "an upper and a lower limit"),
    "tanh": (lambda: net(layers.Dense(1, "tanh")), "an upper and a lower limit"),
    "tanh stretched": (lambda: net(layers.Dense(1, "tanh"), layers.Rescaling(1000.0)), "an upper and a lower limit"),
    "softsign stretched": (
        lambda: net(layers.Dense(1, "softsign"), layers.Rescaling(1e4)),
        "an upper and a lower limit",
    ),
    "sigmoid from 25 to 346": (lambda: ending(lambda z: 25 + 321 * ops.sigmoid(z)), "an upper and a lower limit"),
    "clipped": (lambda: ending(lambda z: ops.clip(z, -500.0, 500.0)), "an upper and a lower limit"),
    "tanh of sigmoids, stretched": (
        lambda: net(layers.Dense(1, "tanh"), layers.Rescaling(100.0), body=("sigmoid",) * 3),
        "an upper and a lower limit",
    ),
    "one column of two": (
        lambda: ending(lambda z: ops.concatenate([z[:, :1], ops.tanh(z[:, 1:])], 1), 2),
        "an upper and a lower limit",
    ),
    "always the same": (lambda: ending(lambda z: 0.0 * z + 3.0), "an upper and a lower limit"),
    "subclassed": (lambda: Own(1, ops.relu), "a lower limit"),
    "half precision": (
        lambda: net(layers.Dense(1, "tanh", dtype="mixed_float16"), layers.Rescaling(100.0), dtype="mixed_float16"),
        "an upper and a lower limit",
    ),
    "liar": (lambda: Liar(1, ops.tanh), "an upper and a lower limit"),
}


@pytest.mark.parametrize(("name", "seat"), seats(UNBOUNDED), ids=seat_id)
def test_any_number_can_come_out(name, seat):
    assert failed(check.head_range(seat(UNBOUNDED[name]()), X, "regression")) == []


@pytest.mark.parametrize(("name", "seat"), seats(BOUNDED), ids=seat_id)
def test_a_ceiling_or_a_floor_is_seen(name, seat):
    model, side = BOUNDED[name]
    (observation,) = check.head_range(seat(model()), X, "regression")
    assert not observation.ok and f"outputs with {side}" in observation.seen


def half(units, activation):
    return net(layers.Dense(units, activation, dtype="mixed_float16"), dtype="mixed_float16")


CERTAIN = {
    "softmax": ("probabilities", lambda: net(layers.Dense(3, "softmax"))),
    "softmax of ten classes": ("probabilities", lambda: net(layers.Dense(10, "softmax"))),
    "softmax of softmax features": ("probabilities", lambda: net(layers.Dense(3, "softmax"), body=("tanh", "softmax"))),
    "softmax, cooled": ("probabilities", lambda: ending(lambda z: ops.softmax(z / 10), 3)),
    "softmax with a class of reference": (
        "probabilities",
        lambda: ending(lambda z: ops.softmax(ops.pad(z, [[0, 0], [0, 1]])), 2),
    ),
    "softmax, never quite certain": ("probabilities", lambda: ending(lambda z: ops.clip(ops.softmax(z), 1e-4, 1), 3)),
    "sigmoid": ("probabilities", lambda: net(layers.Dense(1, "sigmoid"))),
    "sigmoid of sigmoid features": ("probabilities", lambda: net(layers.Dense(1, "sigmoid"), body=("sigmoid",) * 4)),
    "tanh moved to 0 … 1": ("probabilities", lambda: net(layers.Dense(1, "tanh"), layers.Rescaling(0.5, 0.5))),
    "half precision, softmax": ("probabilities", lambda: half(7, "softmax")),
    "half precision, sigmoid": ("probabilities", lambda: half(1, "sigmoid")),
    "bfloat16, softmax": ("probabilities", lambda: net(layers.Dense(10, "softmax", dtype="mixed_bfloat16"))),
    "logits": ("logits", lambda: net(layers.Dense(3))),
    "one logit": ("logits", lambda: net(layers.Dense(1))),
    "one logit of softmax features": ("logits", lambda: net(layers.Dense(1), body=("softmax",))),
    "half precision, logits": ("logits", lambda: half(3, None)),
    "log-probabilities": ("logits", lambda: net(layers.Dense(3, "log_softmax"))),
    "soft-capped logits": ("logits", lambda: ending(lambda z: 30 * ops.tanh(z / 30), 3)),
    "subclassed, softmax": ("probabilities", lambda: Own(4, ops.softmax)),
    "list of one": ("probabilities", lambda: ending(lambda z: [ops.softmax(z)], 3)),
    "liar that is right": ("probabilities", lambda: Liar(1, ops.sigmoid)),
}
UNCERTAIN = {
    "softmax of softmax, two classes": ("squeezed", lambda: net(layers.Dense(2, "softmax"), layers.Softmax())),
    "softmax of softmax, three classes": ("squeezed", lambda: net(layers.Dense(3, "softmax"), layers.Softmax())),
    "softmax of softmax, ten classes": ("squeezed", lambda: net(layers.Dense(10, "softmax"), layers.Softmax())),
    "softmax of softmax, subclassed": ("squeezed", lambda: Own(3, lambda z: ops.softmax(ops.softmax(z)))),
    "softmax of softmax, half precision": (
        "squeezed",
        lambda: net(layers.Dense(3, "softmax", dtype="mixed_float16"), layers.Softmax(dtype="mixed_float16")),
    ),
    "softmax of sigmoid": ("squeezed", lambda: net(layers.Dense(3, "sigmoid"), layers.Softmax())),
    "softmax of tanh, two classes": ("squeezed", lambda: net(layers.Dense(2, "tanh"), layers.Softmax())),
    "sigmoid of sigmoid": ("squeezed", lambda: net(layers.Dense(1, "sigmoid"), layers.Activation("sigmoid"))),
    "sigmoid of relu": ("squeezed", lambda: net(layers.Dense(1, "relu"), layers.Activation("sigmoid"))),
    "sigmoid of tanh": ("squeezed", lambda: net(layers.Dense(1, "tanh"), layers.Activation("sigmoid"))),
    "softmax of one": ("unscaled", lambda: net(layers.Dense(1, "softmax"))),
    "tanh": ("unscaled", lambda: net(layers.Dense(1, "tanh"))),
    "log of a sigmoid": ("unscaled", lambda: net(layers.Dense(1, "log_sigmoid"))),
    "elu": ("unscaled", lambda: net(layers.Dense(1, "elu"))),
    "tanh for three": ("unscaled", lambda: net(layers.Dense(3, "tanh"))),
    "elu for three": ("unscaled", lambda: net(layers.Dense(3, "elu"))),
    "relu for three": ("unscaled", lambda: net(layers.Dense(3, "relu"))),
    "a sigmoid for each": ("unscaled", lambda: net(layers.Dense(3, "sigmoid"))),
    "softmax over the batch": ("unscaled", lambda: ending(lambda z: ops.softmax(z, axis=0), 3)),
    "the same for every row": ("unscaled", lambda: ending(lambda z: 0 * z + 1 / 3, 3)),
    "not a number": ("unscaled", lambda: ending(lambda z: ops.sqrt(-1 - ops.square(z)), 3)),
    "liar": ("squeezed", lambda: Liar(1, lambda z: ops.sigmoid(ops.sigmoid(z)))),
}


@pytest.mark.parametrize(("name", "seat"), seats(CERTAIN), ids=seat_id)
def test_probabilities_and_logits_are_told(name, seat):
    meaning, model = CERTAIN[name]
    (observation,) = check.head_range(seat(model()), X, "multiclass")
    assert observation.ok and observation.seen == meaning


@pytest.mark.parametrize(("name", "seat"), seats(UNCERTAIN), ids=seat_id)
@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1:UserWarning")
def test_what_cannot_be_certain_is_refused(name, seat):
    meaning, make = UNCERTAIN[name]
    model = seat(make())
    (observation,) = check.head_range(model, X, "multiclass")
    assert not observation.ok and observation.next
    assert head_outputs.head_of(model, X, "multiclass").meaning == meaning


def test_two_activations_are_named_as_the_cause():
    double = net(layers.Dense(3, "softmax"), layers.Softmax())
    (observation,) = check.head_range(double, X, "multiclass")
    assert "0.58" in observation.seen and "two activations" in observation.next


ODD = {
    "nothing but NaN": lambda: ending(lambda z: ops.sqrt(-1 - ops.square(z)), 2),
    "one column of NaN": lambda: ending(lambda z: ops.concatenate([z, ops.sqrt(-1 - ops.square(z[:, :1]))], 1), 3),
    "infinite": lambda: ending(lambda z: z / 0.0, 2),
    "overflowing": lambda: ending(lambda z: ops.exp(ops.square(z)), 2),
    "whole numbers": lambda: ending(lambda z: ops.cast(z, "int32"), 2),
    "booleans": lambda: ending(lambda z: z > 0, 2),
    "half precision, overflowing": lambda: half(2, ops.exp),
}


@pytest.mark.parametrize("kind", ["regression", "multiclass"])
@pytest.mark.parametrize("name", ODD)
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_odd_outputs_are_described_without_a_warning(name, kind):
    model = ODD[name]()
    (observation,) = check.head_range(model, X, kind)
    assert observation.ok == (name == "whole numbers") and observation.seen
    assert len(head_outputs.most_probable(model, X)) == len(X)


@pytest.mark.parametrize("seed", range(4))
def test_units_that_are_off_are_no_limit(seed, monkeypatch):
    monkeypatch.setenv("GRADER_SEED", str(seed))
    off = keras.Sequential([keras.Input((FEATURES,)), layers.Dense(1, "relu"), layers.Dense(1, use_bias=False)])
    assert failed(check.head_range(off, X, "regression")) == []


@pytest.mark.parametrize("kind", ["regression", "multiclass"])
def test_looking_changes_nothing(kind, seat):
    model = net(layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(3))
    model.compile("adam", "mse")
    before = [v.numpy() for v in (*model.variables, *model.optimizer.variables)]
    list(check.head_range(seat(model), X, kind))
    after = [v.numpy() for v in (*model.variables, *model.optimizer.variables)]
    assert all(np.array_equal(a, b) for a, b in zip(before, after[: len(before)], strict=True))
    assert model.optimizer.iterations == 0


def test_a_model_that_equals_every_other_is_looked_at_itself():
    plain, double = Liar(1, ops.sigmoid), Liar(1, lambda z: ops.sigmoid(ops.sigmoid(z)))
    assert head_outputs.head_of(plain, X, "binary").meaning == "probabilities"
    assert head_outputs.head_of(double, X, "binary").meaning == "squeezed"


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("body", [("sigmoid",) * 4, ("softmax",), ("tanh", "softmax", "sigmoid")], ids="-".join)
def test_bounded_features_leave_a_plain_head_what_it_is(body, seed, monkeypatch):
    monkeypatch.setenv("GRADER_SEED", str(seed))
    assert head_outputs.head_of(net(layers.Dense(1), body=body), X, "regression").down
    assert head_outputs.head_of(net(layers.Dense(1, "sigmoid"), body=body), X, "binary").meaning == "probabilities"


# ---- several inputs and outputs


def desk(priority="sigmoid", department="softmax"):
    return several(
        lambda h: {
            "priority": layers.Dense(1, priority)(h),
            "department": layers.Dense(4, department)(h),
            "hours": layers.Dense(1)(h),
        },
        title=5,
        tags=3,
    )


ROWS = {"title": X, "tags": X[:, :3]}


def test_each_output_is_judged_by_itself(seat):
    model = seat(desk())
    assert failed(check.head_range(model, ROWS, "binary", "priority")) == []
    assert failed(check.head_range(model, ROWS, "multiclass", "department")) == []
    assert failed(check.head_range(model, ROWS, "regression", "hours")) == []
    assert failed(check.head_range(seat(desk("relu")), ROWS, "binary", "priority")) == ["range of the head"]
    assert failed(check.output_shape(model, ROWS, 4, "department")) == []
    assert failed(check.output_shape(model, ROWS, 3, "department")) == ["output size"]


def test_an_output_that_is_not_there_is_named(seat):
    (observation,) = check.output_shape(seat(desk()), ROWS, 1)
    assert not observation.ok and "3 outputs" in observation.seen and "`department`" in observation.seen
    (observation,) = check.output_shape(seat(desk()), ROWS, 1, "colour")
    assert not observation.ok and "`colour`" in observation.seen
    with pytest.raises(StudentError, match="3 outputs"):
        head_outputs.predictions(seat(desk()), ROWS)


def test_outputs_in_a_list_go_by_place(seat):
    listed = seat(several(lambda h: [layers.Dense(2, "softmax")(h), layers.Dense(1)(h)], title=5))
    rows = {"title": X}
    assert failed(check.head_range(listed, rows, "binary", 0)) == []
    assert failed(check.head_range(listed, rows, "regression", 1)) == []
    assert failed(check.output_shape(listed, rows, 1, 2)) == ["output size"]


def test_whole_numbers_going_in_are_taken_from_the_rows(seat):
    tokens = np.random.default_rng(1).integers(0, 20, (30, 6))
    body = [keras.Input((6,), dtype="int32"), layers.Embedding(20, 4), layers.GlobalAveragePooling1D()]
    assert failed(check.head_range(seat(keras.Sequential([*body, layers.Dense(1)])), tokens, "regression")) == []
    bounded = keras.Sequential([*body, layers.Dense(1, "tanh"), layers.Rescaling(90.0)])
    assert failed(check.head_range(seat(bounded), tokens, "regression")) == ["range of the head"]
