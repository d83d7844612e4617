"""Oracles on graphs with several ends: losses and metrics by output, probabilities, ways through and around."""

import keras
import numpy as np
import pytest

from grader import check
from tests.elsewhere import elsewhere
from tests.models import Model
from tests.observed import failed

layers, ops = keras.layers, keras.ops
RNG = np.random.default_rng(0)
X = RNG.normal(size=(9, 5)).astype("float32")
LIVE = [pytest.param(lambda model: model, id="live"), pytest.param(elsewhere, id="elsewhere")]
LOSSES = {"priority": ("mean squared error", 4.0), "department": ("cross-entropy", 1.0)}
METRICS = {"priority": "mean absolute error", "department": "accuracy"}
TARGETS = {"priority": RNG.uniform(size=9).astype("float32"), "department": RNG.integers(0, 3, 9)}


def desk(kind=list, last=("sigmoid", "softmax")):
    inputs = keras.Input((5,))
    hidden = layers.Dense(6, "tanh")(inputs)
    ends = {
        "priority": layers.Dense(1, last[0], name="priority")(hidden),
        "department": layers.Dense(3, last[1], name="department")(hidden),
    }
    return keras.Model(inputs, ends if kind is dict else list(ends.values()))


def compiled(kind=list, loss=("mse", "sparse_categorical_crossentropy"), weights=(4.0, 1.0), by=dict, metrics=None):
    model, names = desk(kind), ("priority", "department")
    metrics = (["mae"], ["accuracy"]) if metrics is None else metrics
    shaped = (lambda values: dict(zip(names, values, strict=True))) if by is dict else list
    model.compile("adam", shaped(loss), loss_weights=weights and shaped(weights), metrics=metrics and shaped(metrics))
    return model


# ---- losses and metrics by output


@pytest.mark.parametrize("where", LIVE)
@pytest.mark.parametrize(("kind", "by"), [(list, dict), (list, list), (dict, dict)])
def test_a_loss_and_a_metric_for_each_output_are_accepted(kind, by, where):
    model = where(compiled(kind, by=by))
    assert failed(check.weighs_losses(model, X, LOSSES), check.reports_each(model, X, TARGETS, METRICS)) == []


@pytest.mark.parametrize("where", LIVE)
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"weights": (2.0, 1.0)}, ["the loss of `priority`"]),
        ({"weights": None}, ["the loss of `priority`"]),
        ({"weights": (1.0, 4.0)}, ["the loss of `priority`", "the loss of `department`"]),
        ({"weights": (4.0, 0.0)}, ["the loss of `department`"]),
        ({"loss": ("mae", "sparse_categorical_crossentropy")}, ["the loss of `priority`"]),
        ({"loss": ("mse", "mse")}, ["the loss of each output"]),
        ({"loss": ("mse", "categorical_crossentropy")}, ["the loss of each output"]),
    ],
)
def test_other_losses_and_weights_are_refused(options, expected, where):
    assert failed(check.weighs_losses(where(compiled(**options)), X, LOSSES)) == expected


def test_a_wrong_weight_is_told():
    (wrong, _) = check.weighs_losses(compiled(weights=(2.0, 1.0)), X, LOSSES)
    assert wrong.seen == "2 × the mean squared error" and wrong.expected == "4 × the mean squared error"
    (wrong, _) = check.weighs_losses(compiled(loss=("mae", "sparse_categorical_crossentropy")), X, LOSSES)
    assert wrong.seen == "4 × the mean absolute error"


@pytest.mark.parametrize("where", LIVE)
def test_what_was_answered_before_is_told_from_something_else(where):
    model = desk()
    before = dict(zip(("priority", "department"), (np.asarray(part) for part in model(X)), strict=True))
    assert failed(check.answers_as(where(model), X, before)) == []
    assert failed(check.answers_as(where(desk()), X, before)) == ["outputs as before"]
    assert failed(check.answers_as(where(model), X, before | {"difficulty": before["priority"]})) == [
        "outputs as before"
    ]


@pytest.mark.parametrize("where", LIVE)
def test_a_misspelt_key_is_told_with_the_names_to_use(where):
    model = desk()
    model.compile("adam", {"priorty": "mse", "department": "sparse_categorical_crossentropy"})
    (wrong,) = check.weighs_losses(where(model), X, LOSSES)
    assert not wrong.ok and "`priority`" in wrong.next and "loss dict" in wrong.seen


@pytest.mark.parametrize("where", LIVE)
def test_missing_or_swapped_metrics_are_refused(where):
    none = compiled(metrics=())
    assert failed(check.reports_each(where(none), X, TARGETS, METRICS)) == [
        "reports the mean absolute error of `priority`",
        "reports the accuracy of `department`",
    ]
    mse = compiled(metrics=(["mse"], ["accuracy"]))
    assert failed(check.reports_each(where(mse), X, TARGETS, METRICS)) == [
        "reports the mean absolute error of `priority`"
    ]
    assert failed(check.reports_each(where(compiled(metrics=(["accuracy"], ["accuracy"]))), X, TARGETS, METRICS))


# ---- probabilities


@pytest.mark.parametrize("where", LIVE)
@pytest.mark.parametrize("kind", [list, dict])
def test_probabilities_are_told_from_other_outputs(kind, where):
    ends = ["priority", "department"]
    assert failed(check.outputs_are_probabilities(where(desk(kind)), X, ends)) == []
    for last, expected in (
        ((None, "softmax"), ["output `priority`: probabilities"]),
        (("relu", "softmax"), ["output `priority`: probabilities"]),
        (("sigmoid", None), ["output `department`: probabilities"]),
        (("sigmoid", "sigmoid"), ["output `department`: probabilities"]),
        (("tanh", "softmax"), ["output `priority`: probabilities"]),
    ):
        assert failed(check.outputs_are_probabilities(where(desk(kind, last)), X, ends)) == expected


# ---- what is seen of a picture

PICTURES = RNG.normal(size=(2, 16, 16, 3)).astype("float32")


def conv(filters, size, **more):
    return layers.Conv2D(filters, size, padding="same", activation="relu", **more)


def inception(*branches):
    inputs = keras.Input((16, 16, 3))
    return keras.Model(inputs, layers.Concatenate()([branch(inputs) for branch in branches]))


def chain(*parts):
    def through(x):
        for part in parts:
            x = part(x)
        return x

    return through


@pytest.mark.parametrize("where", LIVE)
def test_channels_are_told_by_what_they_look_at(where):
    expected = {1: 2, 3: 2, 5: 2}
    for model in (
        inception(conv(2, 1), conv(2, 3), conv(2, 5)),
        inception(conv(2, 5), conv(2, 1), chain(conv(4, 1), conv(2, 3))),
        inception(conv(2, 1), conv(2, 3), chain(conv(3, 3), conv(2, 3))),
        inception(conv(2, 1), conv(2, 3), conv(2, 3, dilation_rate=2)),
    ):
        assert failed(check.sees(where(model), PICTURES, expected)) == []
    for model in (
        inception(conv(2, 3), conv(2, 3), conv(2, 5)),
        inception(conv(2, 1), conv(2, 3), conv(3, 5)),
        inception(conv(2, 1), conv(2, 3), lambda x: conv(2, 5)(conv(3, 3)(x))),
        inception(conv(2, 1), conv(2, 3), lambda x: 0 * conv(2, 5)(x)),
        keras.Sequential([keras.Input((16, 16, 3)), layers.Flatten(), layers.Dense(6)]),
    ):
        assert failed(check.sees(where(model), PICTURES, expected)) == ["receptive fields of the channels"]


def unet(skips=(True, True), merge=None, pool=None, up=None, side=32, window=3):
    merge, pool, up = merge or layers.Concatenate(), pool or layers.MaxPooling2D, up or layers.UpSampling2D
    inputs = keras.Input((side, side, 1))
    first = conv(4, window)(inputs)
    second = conv(4, window)(pool()(first))
    x = up()(conv(4, window)(pool()(second)))
    x = conv(4, window)(merge([x, second]) if skips[1] else x)
    x = up()(x)
    x = conv(4, window)(merge([x, first]) if skips[0] else x)
    return keras.Model(inputs, layers.Conv2D(1, 1)(x))


@pytest.mark.parametrize("where", LIVE)
def test_a_unet_reaches_far_and_has_a_skip_at_each_scale(where):
    x = RNG.normal(size=(2, 32, 32, 1)).astype("float32")
    for model in (
        unet(),
        unet(merge=layers.Add()),
        unet(pool=lambda: layers.AveragePooling2D(2), up=lambda: layers.Conv2DTranspose(4, 2, strides=2)),
        unet(pool=lambda: layers.Conv2D(4, 3, strides=2, padding="same")),
    ):
        assert failed(check.reaches_and_skips(where(model), x, 13, 2)) == []
    for skips in ((True, False), (False, True), (False, False)):
        assert failed(check.reaches_and_skips(where(unet(skips)), x, 13, 2)) == ["skip connections"]
    flat = keras.Sequential([keras.Input((32, 32, 1)), conv(4, 3), conv(4, 3), layers.Conv2D(1, 1)])
    assert failed(check.reaches_and_skips(where(flat), x, 13, 2)) == ["reach of a pixel"]


@pytest.mark.parametrize("where", LIVE)
def test_the_long_way_of_a_unet_leads_down_twice_and_through_all_its_layers(where):
    def with_middle(make):
        inputs = keras.Input((56, 56, 1))
        first = conv(4, 3)(inputs)
        pooled = layers.MaxPooling2D()(first)
        second = conv(4, 3)(pooled)
        x = conv(4, 3)(layers.Concatenate()([make(pooled, second), second]))
        x = conv(4, 3)(layers.Concatenate()([layers.UpSampling2D()(x), first]))
        return keras.Model(inputs, layers.Conv2D(1, 1)(x))

    def down(x):
        return layers.UpSampling2D()(conv(4, 3)(layers.MaxPooling2D()(x)))

    x = RNG.normal(size=(2, 56, 56, 1)).astype("float32")
    for make, told in (
        (lambda pooled, second: down(second), []),
        (lambda pooled, second: conv(4, 3)(second), ["downsampling"]),
        (lambda pooled, second: down(pooled), ["longest path"]),
    ):
        model = where(with_middle(make))
        assert failed(check.reaches_and_skips(model, x, 13, 2, layers=6)) == told
        assert failed(check.reaches_and_skips(model, x, 13, 2)) == []


def test_windows_that_are_too_large_reach_too_far():
    x = RNG.normal(size=(2, 56, 56, 1)).astype("float32")
    assert failed(check.reaches_and_skips(unet(side=56), x, 13, 2, at_most=48)) == []
    large = unet(side=56, window=8)
    assert failed(check.reaches_and_skips(large, x, 13, 2)) == []
    (found,) = check.reaches_and_skips(large, x, 13, 2, at_most=48)
    assert not found.ok and found.expected == "an effect on 13 to 48 pixels" and "`Conv2D(filters, 3)`" in found.next


@pytest.mark.parametrize("where", LIVE)
def test_layers_with_weights_are_counted(where):
    assert failed(check.has_layers(where(unet()), 6)) == []
    assert failed(check.has_layers(where(unet()), 7)) == ["layers with weights"]


# ---- a projection with an activation


def block(on_projection=None, after=None, units=7):
    x = keras.Input((5,))
    branch = layers.Dense(units)(layers.Dense(7, "relu")(x))
    total = layers.Dense(units, on_projection)(x) + branch
    return keras.Model(x, layers.Activation(after)(total) if after else total)


@pytest.mark.parametrize("where", LIVE)
def test_a_projection_has_no_activation_the_sum_may_have_one(where):
    for after in (None, "relu", "gelu", "leaky_relu"):
        assert failed(check.residual(where(block(after=after)), X)) == []
    for on_projection in ("relu", "silu"):
        assert failed(check.residual(where(block(on_projection)), X)) in (
            ["projection of the input"],
            ["residual connection"],
        )


def test_where_the_input_itself_is_asked_for_a_projection_is_none():
    assert failed(check.residual(block(units=5), X)) == []
    assert failed(check.residual(block(units=5), X, projected=False)) == ["residual connection"]
    x = keras.Input((5,))
    itself = keras.Model(x, layers.Activation("relu")(x + layers.Dense(5)(layers.Dense(7, "relu")(x))))
    assert failed(check.residual(itself, X, projected=False)) == []


# ---- by way of a part

PAIRS = {"first": RNG.integers(1, 20, (9, 6)), "second": RNG.integers(1, 20, (9, 6))}


def encoder():
    return keras.Sequential(
        [keras.Input((6,)), layers.Embedding(20, 4), layers.GlobalAveragePooling1D(), layers.Dense(5, "relu")]
    )


def towers(one, two, more=lambda a, b: []):
    a, b = keras.Input((6,), name="first"), keras.Input((6,), name="second")
    gap = ops.abs(one(a) - two(b))
    return keras.Model({"first": a, "second": b}, layers.Dense(1, "sigmoid")(layers.Concatenate()([gap, *more(a, b)])))


@pytest.mark.parametrize("where", LIVE)
def test_what_comes_by_a_shared_part_is_told_from_what_doesnt(where):
    one, two = encoder(), encoder()
    told = ["the encoder"]
    assert failed(check.reads_through(where(towers(one, one)), where(one), PAIRS, name="the encoder")) == []
    assert failed(check.reads_through(where(towers(one, two)), where(one), PAIRS, name="the encoder")) == told
    assert failed(check.reads_through(where(towers(two, two)), where(one), PAIRS, name="the encoder")) == told
    around = towers(one, one, lambda a, b: [ops.cast(a, "float32")])
    assert failed(check.reads_through(where(around), where(one), PAIRS, name="the encoder")) == told


def test_one_output_may_go_by_a_part_and_another_around_it():
    inputs, trunk = keras.Input((5,)), layers.Dense(6, "relu")
    ends = {"by": layers.Dense(2, name="by")(trunk(inputs)), "around": layers.Dense(1, name="around")(inputs)}
    for model in (keras.Model(inputs, ends), keras.Model(inputs, list(ends.values()))):
        assert failed(check.reads_through(model, trunk, X, "by")) == []
        assert failed(check.reads_through(model, trunk, X, "around")) == ["output `around` and the shared part"]
        assert failed(check.reads_through(model, trunk, X, "beside")) == ["outputs"]


def test_what_an_output_must_not_come_by_is_told():
    inputs, trunk, head = keras.Input((5,)), layers.Dense(6, "tanh"), layers.Dense(3, "softmax")
    x = trunk(inputs)
    straight, behind = layers.Dense(2, name="straight")(x), layers.Dense(2, name="behind")(head(x))
    model = keras.Model(inputs, [head(x), straight, behind])
    assert failed(check.reads_through(model, trunk, X, "straight", "it", not_by=[head])) == []
    assert failed(check.reads_through(model, trunk, X, "behind", "it", not_by=[head])) == ["straight from it"]


def test_a_subclassed_model_is_looked_at_all_the_same():
    one = encoder()
    model = Model(
        lambda parts, x: parts[1](ops.abs(parts[0](x["first"]) - parts[0](x["second"]))), (one, layers.Dense(1))
    )
    model(PAIRS)
    assert failed(check.reads_through(model, one, PAIRS, name="the encoder")) == []
