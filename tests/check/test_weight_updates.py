"""Which weights move: frozen to the last bit, tuned a little, and nothing left behind."""

import keras
import numpy as np
import pytest

from grader import check
from grader.verdict import StudentError
from tests.elsewhere import elsewhere
from tests.observed import failed

layers = keras.layers
FEATURES, CLASSES = 4, 3
X, Y = check.clusters(32, FEATURES, CLASSES, "moving")
LOSS = "sparse_categorical_crossentropy"
WHERE = pytest.mark.parametrize("where", [lambda model: model, elsewhere], ids=["live", "elsewhere"])


def base():
    """What was learned before: with statistics of its own, as every backbone has them."""
    model = keras.Sequential(
        [
            keras.Input((FEATURES,)),
            layers.Dense(5, activation="tanh"),
            layers.BatchNormalization(),
            layers.Dense(6, activation="tanh"),
        ]
    )
    rng = np.random.default_rng(1)
    model.set_weights([rng.uniform(0.1, 1.0, w.shape) for w in model.weights])
    return model


def compiled(model, optimizer="adam"):
    model.compile(optimizer, LOSS)
    return model


def head():
    return layers.Dense(CLASSES, activation="softmax")


def as_a_layer(backbone):
    backbone.trainable = False
    return compiled(keras.Sequential([keras.Input((FEATURES,)), backbone, head()]))


def functional(backbone):
    backbone.trainable = False
    inputs = keras.Input((FEATURES,))
    return compiled(keras.Model(inputs, head()(layers.Dropout(0.2)(backbone(inputs, training=False)))), "sgd")


class Transfer(keras.Model):
    def __init__(self, backbone, training=None):
        super().__init__()
        self.backbone, self.head, self.training = backbone, head(), training

    def call(self, inputs, training=None):
        return self.head(self.backbone(inputs, training=training if self.training is None else self.training))


class Lying(Transfer):
    """Claims to have no weights at all."""

    count_params = get_weights = lambda self: 0

    def __eq__(self, other):
        return True

    __hash__ = keras.Model.__hash__


def subclassed(backbone):
    backbone.trainable = False
    return compiled(Transfer(backbone))


def layer_by_layer(backbone):
    for layer in backbone.layers:
        layer.trainable = False
    return compiled(keras.Sequential([backbone, head()]))


def layers_reused(backbone):
    model = keras.Sequential([*backbone.layers, layers.Dense(8, activation="relu"), head()])
    for layer in backbone.layers:
        layer.trainable = False
    return compiled(model)


def mixed_precision_head(backbone):
    backbone.trainable = False
    hidden = layers.Dense(8, dtype="mixed_float16")
    return compiled(keras.Sequential([keras.Input((FEATURES,)), backbone, hidden, layers.BatchNormalization(), head()]))


def fitted_since(backbone):
    model = as_a_layer(backbone)
    model.fit(X, Y, epochs=1, verbose=0)
    return model


FROZEN = [as_a_layer, functional, subclassed, layer_by_layer, layers_reused, mixed_precision_head, fitted_since]


@pytest.mark.parametrize("build", FROZEN)
@WHERE
def test_a_frozen_base_and_a_head_that_learns(build, where):
    backbone = base()
    model = where(build(backbone))
    assert not failed(check.only_moves(model, X, Y, still=backbone.get_weights()))


def not_frozen(backbone):
    return compiled(keras.Sequential([keras.Input((FEATURES,)), backbone, head()]))


def all_but_the_statistics(backbone):
    """Weights that an optimizer moves are frozen by a rate of 0, and BatchNormalization goes on gathering."""
    model = compiled(Transfer(backbone, training=True), keras.optimizers.SGD(0.0))
    model(X)
    return model


def one_layer_forgotten(backbone):
    for layer in backbone.layers[:-1]:
        layer.trainable = False
    return compiled(keras.Sequential([keras.Input((FEATURES,)), backbone, head()]))


def cloned(backbone):
    return as_a_layer(keras.models.clone_model(backbone))


def frozen_too_late(backbone):
    model = not_frozen(backbone)
    model.fit(X, Y, epochs=1, verbose=0)
    backbone.trainable = False
    return model


def head_frozen_too(backbone):
    model = not_frozen(backbone)
    model.trainable = False
    return compiled(model)


def no_base(backbone):
    return compiled(keras.Sequential([keras.Input((FEATURES,)), layers.Dense(6), head()]))


def lying(backbone):
    return compiled(Lying(backbone))


NOT_FROZEN = {
    "not frozen": (not_frozen, ["frozen weights"]),
    "statistics go on": (all_but_the_statistics, ["frozen weights", "the rest of the model"]),
    "one layer forgotten": (one_layer_forgotten, ["frozen weights"]),
    "a clone": (cloned, ["the frozen part"]),
    "another model": (no_base, ["the frozen part"]),
    "the head frozen too": (head_frozen_too, ["the rest of the model"]),
    "a model that lies": (lying, ["frozen weights"]),
}


@pytest.mark.parametrize(("build", "about"), NOT_FROZEN.values(), ids=NOT_FROZEN)
@WHERE
def test_what_moves_and_should_not(build, about, where):
    backbone = base()
    assert failed(check.only_moves(where(build(backbone)), X, Y, still=backbone.get_weights())) == about


def test_frozen_after_fit_has_compiled_its_graph():
    backbone = base()
    model = frozen_too_late(backbone)
    assert failed(check.only_moves(model, X, Y, still=backbone.get_weights())) == ["frozen weights"]


def test_not_compiled():
    backbone = base()
    model = keras.Sequential([keras.Input((FEATURES,)), backbone, head()])
    assert failed(check.only_moves(model, X, Y, still=backbone.get_weights())) == ["compiled"]


def test_a_head_that_begins_as_the_base_does_is_no_matter():
    """Zeros of one shape stand in both: the values alone don't tell which is which."""
    backbone = base()
    backbone.layers[-1].set_weights([backbone.get_weights()[-2], np.zeros(6)])
    backbone.trainable = False
    model = compiled(
        keras.Sequential([keras.Input((FEATURES,)), layers.Dense(FEATURES), backbone, layers.Dense(6), head()])
    )
    assert not failed(check.only_moves(model, X, Y, still=backbone.get_weights()))


def test_a_bias_that_no_gradient_reaches_may_stay():
    """The mean that BatchNormalization takes away takes the bias with it."""
    hidden = [layers.Dense(5), layers.BatchNormalization()]
    model = compiled(keras.Sequential([keras.Input((FEATURES,)), *hidden, head()]), "sgd")
    model.layers[0].bias.assign(np.full(5, 3.0))
    assert not failed(check.only_moves(model, X, Y))


def test_the_model_is_left_as_it_was():
    model = not_frozen(base())
    model.optimizer.build(model.trainable_variables)
    before = [v.numpy() for v in (*model.variables, *model.optimizer.variables)]
    failed(check.only_moves(model, X, Y))
    after = [v.numpy() for v in (*model.variables, *model.optimizer.variables)]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert model.train_function is None


# ---- fine-tuning


def tuned(rate=1e-4, top=1, compile_again=True, fit_before=False):
    backbone = base()
    backbone.trainable = False
    model = compiled(keras.Sequential([keras.Input((FEATURES,)), backbone, head()]))
    if fit_before:
        model.fit(X, Y, epochs=1, verbose=0)
    backbone.trainable = True
    for layer in backbone.layers[: len(backbone.layers) - top]:
        layer.trainable = False
    if compile_again:
        compiled(model, keras.optimizers.Adam(rate))
    return model, backbone


def fine_tuning(model, backbone):
    values = backbone.get_weights()
    return check.only_moves(model, X, Y, still=values[:-2], moving=values[-2:], at_most=0.01)


@pytest.mark.parametrize("how", [{}, {"rate": 1e-5}, {"fit_before": True}], ids=["low rate", "lower", "after the head"])
def test_fine_tuning_moves_the_top_a_little(how):
    assert not failed(fine_tuning(*tuned(**how)))


@pytest.mark.parametrize(
    ("how", "about"),
    [
        ({"rate": 0.1}, ["size of the update"]),
        ({"top": 0}, ["weights to be tuned"]),
        ({"top": 3}, ["frozen weights"]),
        ({"rate": 0.0}, ["weights to be tuned", "the rest of the model"]),
    ],
    ids=["too fast", "still frozen", "thawed altogether", "a rate of 0"],
)
def test_other_tuning(how, about):
    assert failed(fine_tuning(*tuned(**how))) == about


def test_thawed_without_compiling_again():
    model, backbone = tuned(compile_again=False, fit_before=True)
    assert failed(fine_tuning(model, backbone)) == ["weights to be tuned"]
    model.train_function = None  # as if it had been fitted eagerly: Keras then finds a weight that it doesn't know
    with pytest.raises(StudentError, match="Unknown variable"):
        failed(fine_tuning(model, backbone))


# ---- functions that only look


def evaluate(model, data, loss, training=False):
    return float(np.mean([float(keras.ops.mean(loss(y, model(x, training=training)))) for x, y in data]))


def with_compiled(model, data, loss):
    model.compile(loss=loss)
    return model.evaluate(data, verbose=0)


def learning_rate_finder(model, data, loss, put_back=True):
    kept = model.get_weights()
    model.compile("sgd", loss, run_eagerly=True)
    losses = []
    for rate, (x, y) in zip(np.geomspace(1e-4, 1e-1, 3), data, strict=False):
        model.optimizer.learning_rate = rate
        losses.append(model.train_on_batch(x, y))
    if put_back:
        model.set_weights(kept)
    return losses


LOOKS = [
    evaluate,
    with_compiled,
    learning_rate_finder,
    lambda model, data, loss: [model.predict(x, verbose=0) for x, _ in data],
    lambda model, data, loss: keras.models.clone_model(model).set_weights(model.get_weights()),
]
MEDDLES = {
    "evaluates in training mode": lambda *a: evaluate(*a, training=True),
    "weights not put back": lambda *a: learning_rate_finder(*a, put_back=False),
    "trains": lambda model, data, loss: [model.compile("sgd", loss), model.fit(data, verbose=0)],
    "sets the last weight": lambda model, data, loss: model.weights[-1].assign(model.weights[-1] + 1e-6),
    "puts back the trainable ones": lambda model, data, loss: put_back_half(model, data, loss),
}


def put_back_half(model, data, loss):
    kept = [w.numpy() for w in model.trainable_weights]
    learning_rate_finder(model, data, loss, put_back=False)
    for weight, value in zip(model.trainable_weights, kept, strict=True):
        weight.assign(value)


@pytest.mark.parametrize("function", LOOKS, ids=["a loop", "evaluate", "a rate finder", "predict", "a clone"])
def test_looking_changes_nothing(function):
    assert not failed(check.leaves_weights(function, not_frozen(base()), X, Y, loss=LOSS))


@pytest.mark.parametrize("function", MEDDLES.values(), ids=MEDDLES)
@WHERE
def test_what_changes_the_model_while_looking(function, where):
    oracle = check.leaves_weights(where(function), not_frozen(base()), X, Y, loss=LOSS)
    assert failed(oracle) == ["unchanged weights"]


def test_an_evaluation_that_trains_is_told_from_one_in_training_mode():
    advice = {
        name: [o.next for o in check.leaves_weights(MEDDLES[name], not_frozen(base()), X, Y, loss=LOSS) if not o.ok]
        for name in ("trains", "evaluates in training mode")
    }
    assert "Evaluate without" in advice["trains"][0] and "training=False" in advice["evaluates in training mode"][0]
