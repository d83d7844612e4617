"""Oracles on parts and wholes: composition, bottlenecks, twin towers, residual blocks and skips."""

import keras
import numpy as np
import pytest

from grader import check
from tests.models import Liar, Model, run
from tests.observed import failed

layers, ops = keras.layers, keras.ops
RNG = np.random.default_rng(0)
PIXELS, CODE = 16, 3


def normal(*shape):
    return RNG.normal(size=(10, *shape)).astype("float32")


X = normal(PIXELS)


class Square(layers.Layer):
    """A custom layer without weights."""

    def call(self, x):
        return x * x + x


def called(model, x=X):
    model(x)
    return model


# ---- autoencoders


def half(inputs, hidden, units, activation="tanh", **kinds):
    return keras.Sequential(
        [keras.Input((inputs,)), layers.Dense(hidden, activation, **kinds), layers.Dense(units, **kinds)]
    )


def sequential(**kinds):
    encoder, decoder = half(PIXELS, 8, CODE, **kinds), half(CODE, 8, PIXELS, **kinds)
    return keras.Sequential([encoder, decoder]), [encoder, decoder]


def functional():
    encoder, decoder = half(PIXELS, 8, CODE, "relu"), half(CODE, 8, PIXELS, "relu")
    inputs = keras.Input((PIXELS,))
    return keras.Model(inputs, decoder(encoder(inputs))), [encoder, decoder]


def subclassed(kind=Model):
    _, parts = sequential()
    return called(kind(run, parts)), parts


def cut_out():
    """The parts are cut out of one functional model."""
    inputs, codes = keras.Input((PIXELS,)), keras.Input((CODE,))
    first, last = layers.Dense(CODE), layers.Dense(PIXELS, "sigmoid")
    code = first(inputs)
    return keras.Model(inputs, last(code)), [keras.Model(inputs, code), keras.Model(codes, last(codes))]


def custom():
    encoder = keras.Sequential([keras.Input((PIXELS,)), layers.Dense(CODE), Square()])
    decoder = half(CODE, 8, PIXELS)
    return keras.Sequential([encoder, decoder]), [encoder, decoder]


AUTOENCODERS = [
    pytest.param(sequential, id="sequential"),
    pytest.param(functional, id="functional"),
    pytest.param(subclassed, id="subclassed"),
    pytest.param(cut_out, id="cut out of the whole"),
    pytest.param(custom, id="custom layer"),
    pytest.param(lambda: sequential(dtype="mixed_float16"), id="mixed precision"),
    pytest.param(lambda: subclassed(Liar), id="with lies"),
]


@pytest.mark.parametrize("make", AUTOENCODERS)
def test_a_whole_of_parts_with_a_bottleneck(make, seat):
    model, parts = make()
    assert failed(check.composed(seat(model), [seat(part) for part in parts], X)) == []
    assert failed(check.bottleneck(seat(model), X, CODE)) == []


def copies():
    model, parts = sequential()
    twins = [keras.models.clone_model(part) for part in parts]
    for twin, part in zip(twins, parts, strict=True):
        twin.set_weights(part.get_weights())
    return model, twins


def leak(amount=1.0, kind=Model, **kinds):
    _, parts = sequential(**kinds)
    return called(kind(lambda p, x: ops.cast(p[1](p[0](x)), "float32") + amount * x, parts)), parts


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(copies, id="copies with the same numbers"),
        pytest.param(lambda: (sequential()[0], sequential()[1]), id="models of their own"),
        pytest.param(leak, id="a skip around the code"),
        pytest.param(lambda: leak(kind=Liar), id="a skip, with lies"),
        pytest.param(lambda: (sequential()[0], sequential()[1][:1]), id="the encoder alone"),
        pytest.param(lambda: leak(dtype="mixed_float16"), id="mixed precision"),
    ],
)
def test_parts_that_dont_make_up_the_whole_are_told(make, seat):
    model, parts = make()
    assert failed(check.composed(seat(model), [seat(part) for part in parts], X)) == ["the parts make up the whole"]


def test_copies_are_told_apart_from_other_numbers():
    model, twins = copies()
    (off,) = check.composed(model, twins, X)
    assert "copies" in off.seen
    (off,) = check.composed(*leak(), X)
    assert "copies" not in off.seen


def narrow_skip():
    """Four numbers go around the code."""
    _, parts = sequential()
    around = [layers.Dense(4), layers.Dense(PIXELS)]
    return called(Model(lambda p, x: p[1](p[0](x)) + p[3](p[2](x)), [*parts, *around]))


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: leak()[0], id="a skip around the code"),
        pytest.param(lambda: leak(0.05)[0], id="a faint skip"),
        pytest.param(narrow_skip, id="a narrow skip"),
        pytest.param(
            lambda: keras.Sequential([half(PIXELS, 8, CODE + 1), half(CODE + 1, 8, PIXELS)]), id="a wider code"
        ),
        pytest.param(lambda: leak(kind=Liar)[0], id="with lies"),
        pytest.param(lambda: leak(dtype="mixed_float16")[0], id="mixed precision"),
        pytest.param(lambda: called(Model(lambda p, x: p[0](x * 0), [half(PIXELS, 8, PIXELS)])), id="constant"),
    ],
)
def test_a_bottleneck_that_is_none_is_told(make, seat):
    assert failed(check.bottleneck(seat(make()), X, CODE)) == ["bottleneck"]


# ---- twin towers


def siamese(merge, units=1, twins=True, **kinds):
    a, b = keras.Input((PIXELS,), name="left"), keras.Input((PIXELS,), name="right")
    first = half(PIXELS, 8, 4, **kinds)
    second = first if twins else half(PIXELS, 8, 4, **kinds)
    return keras.Model([a, b], layers.Dense(units)(merge([first(a), second(b)])))


def distance(pair):
    return ops.abs(pair[0] - pair[1])


def subclassed_towers(function, kind=Model, x=None):
    parts = [half(PIXELS, 8, 4), half(PIXELS, 8, 4), layers.Dense(1)]
    return called(kind(function, parts), x or [X, X])


PAIR = [X, normal(PIXELS)]
NAMED = {"left": PAIR[0], "right": PAIR[1]}


@pytest.mark.parametrize(
    "make, x",
    [
        pytest.param(lambda: siamese(distance), PAIR, id="absolute difference"),
        pytest.param(lambda: siamese(layers.Dot(1)), PAIR, id="dot product"),
        pytest.param(lambda: siamese(layers.Dot(1, normalize=True)), NAMED, id="cosine, by name"),
        pytest.param(lambda: siamese(layers.Add()), PAIR, id="sum"),
        pytest.param(
            lambda: subclassed_towers(lambda p, x: p[2](distance([p[0](x[0]), p[0](x[1])]))), PAIR, id="subclassed"
        ),
        pytest.param(
            lambda: subclassed_towers(lambda p, x: p[2](distance([p[0](x[0]), p[0](x[1])])), Liar), PAIR, id="with lies"
        ),
        pytest.param(lambda: siamese(distance, dtype="mixed_float16"), PAIR, id="mixed precision"),
    ],
)  # fmt: skip
def test_one_tower_for_both(make, x, seat):
    assert failed(check.symmetric(seat(make()), x)) == []


@pytest.mark.parametrize(
    "make, about",
    [
        pytest.param(lambda: siamese(distance, twins=False), "f(a, b) = f(b, a)", id="two towers"),
        pytest.param(lambda: siamese(layers.Concatenate()), "f(a, b) = f(b, a)", id="concatenated"),
        pytest.param(lambda: siamese(layers.Subtract()), "f(a, b) = f(b, a)", id="difference with its sign"),
        pytest.param(
            lambda: subclassed_towers(lambda p, x: p[2](distance([p[0](x[0]), p[1](x[1])])), Liar), "f(a, b) = f(b, a)",
            id="two towers, with lies",
        ),
        pytest.param(
            lambda: subclassed_towers(lambda p, x: p[2](distance([p[0](x[0]), p[0](x[0])]))), "both inputs are read",
            id="the same input twice",
        ),
        pytest.param(
            lambda: siamese(distance, twins=False, dtype="mixed_float16"), "f(a, b) = f(b, a)", id="mixed precision"
        ),
    ],
)  # fmt: skip
def test_two_towers_are_told(make, about, seat):
    assert failed(check.symmetric(seat(make()), PAIR)) == [about]


def test_two_towers_that_start_alike_are_told(seat):
    model = siamese(distance, twins=False)
    first, second = (layer for layer in model.layers if isinstance(layer, keras.Sequential))
    second.set_weights(first.get_weights())
    assert failed(check.symmetric(seat(model), PAIR)) == ["f(a, b) = f(b, a)"]


# ---- residual blocks

WIDTH = 6


def dense_block(after=None, norm=None, width=WIDTH, units=WIDTH, **kinds):
    """x + branch(x), functional; `after` follows the sum, `norm` stands in the branch; a projection where needed."""
    inputs = keras.Input((width,))
    branch = layers.Dense(8, "relu", **kinds)(inputs)
    if norm:
        branch = norm()(branch)
    branch = layers.Dense(units, **kinds)(branch)
    shortcut = inputs if width == units else layers.Dense(units)(inputs)
    outputs = layers.Add()([shortcut, branch])
    return keras.Model(inputs, after(outputs) if after else outputs)


class Residual(layers.Layer):
    """A residual block as a layer of one's own."""

    def __init__(self, merge=lambda x, y: x + y, **kwargs):
        super().__init__(**kwargs)
        self.merge = merge

    def build(self, shape):
        self.first = layers.Dense(8, "relu")
        self.second = layers.Dense(shape[-1])
        self.first.build(shape)
        self.second.build((*shape[:-1], 8))

    def call(self, x):
        return self.merge(x, self.second(self.first(x)))


def before_activation():
    """Normalisation and activation come before each layer of the branch."""
    inputs = keras.Input((WIDTH,))
    branch = layers.Dense(8)(layers.Activation("relu")(layers.BatchNormalization()(inputs)))
    branch = layers.Dense(WIDTH)(layers.Activation("relu")(layers.BatchNormalization()(branch)))
    return keras.Model(inputs, inputs + branch)


def convolutional(filters, strides=1, after="relu", channels=4):
    inputs = keras.Input((6, 6, channels))
    branch = layers.Conv2D(filters, 3, strides, padding="same", use_bias=False)(inputs)
    branch = layers.Activation("relu")(layers.BatchNormalization()(branch))
    branch = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same", use_bias=False)(branch))
    shortcut = inputs
    if filters != channels or strides != 1:
        shortcut = layers.BatchNormalization()(layers.Conv2D(filters, 1, strides, use_bias=False)(inputs))
    return keras.Model(inputs, layers.Activation(after)(layers.Add()([shortcut, branch])))


def transformer(post=False, width=8):
    inputs = keras.Input((5, width))
    attention, mlp = layers.MultiHeadAttention(2, 4), keras.Sequential([layers.Dense(16, "gelu"), layers.Dense(width)])
    one, two = layers.LayerNormalization(), layers.LayerNormalization()
    if post:
        x = one(inputs + attention(inputs, inputs))
        return keras.Model(inputs, two(x + mlp(x)))
    y = one(inputs)
    x = inputs + attention(y, y)
    return keras.Model(inputs, x + mlp(two(x)))


def trained(model):
    """Statistics and scales as training leaves them."""
    for weight in model.weights:
        if "moving" in weight.path or "gamma" in weight.path:
            weight.assign(ops.abs(weight) + 0.3)
    return model


SHAPE, IMAGE, WORDS = normal(WIDTH), normal(6, 6, 4), normal(5, 8)


@pytest.mark.parametrize(
    "make, x",
    [
        pytest.param(dense_block, SHAPE, id="functional"),
        pytest.param(lambda: dense_block(layers.ReLU()), SHAPE, id="relu after the sum"),
        pytest.param(lambda: dense_block(layers.Activation("gelu")), SHAPE, id="gelu after the sum"),
        pytest.param(lambda: dense_block(layers.LayerNormalization()), SHAPE, id="layer norm after the sum"),
        pytest.param(lambda: dense_block(layers.BatchNormalization()), SHAPE, id="batch norm after the sum"),
        pytest.param(lambda: dense_block(norm=layers.LayerNormalization), SHAPE, id="layer norm in the branch"),
        pytest.param(lambda: dense_block(units=9), SHAPE, id="projected"),
        pytest.param(lambda: dense_block(layers.ReLU(), units=4), SHAPE, id="projected, relu"),
        pytest.param(Residual, SHAPE, id="a layer of one's own"),
        pytest.param(lambda: Model(run, [Residual(), Residual()]), SHAPE, id="two in a row, subclassed"),
        pytest.param(lambda: keras.Sequential([dense_block()]), SHAPE, id="nested"),
        pytest.param(before_activation, SHAPE, id="pre-activation"),
        pytest.param(lambda: convolutional(4), IMAGE, id="convolutions"),
        pytest.param(lambda: convolutional(8, 2), IMAGE, id="convolutions, projected with strides"),
        pytest.param(lambda: trained(convolutional(4)), IMAGE, id="after training"),
        pytest.param(transformer, WORDS, id="transformer, pre-norm"),
        pytest.param(lambda: transformer(post=True), WORDS, id="transformer, post-norm"),
        pytest.param(lambda: dense_block(dtype="mixed_float16"), SHAPE, id="mixed precision"),
        pytest.param(lambda: Liar(run, [Residual()]), SHAPE, id="with lies"),
    ],
)
def test_a_residual_block(make, x, seat):
    assert failed(check.residual(seat(make()), x)) == []


def plain(width=WIDTH):
    return half(width, 8, width, "relu")


@pytest.mark.parametrize(
    "make, x, about",
    [
        pytest.param(plain, SHAPE, "residual connection", id="no skip"),
        pytest.param(
            lambda: Residual(lambda x, y: ops.concatenate([x, y], -1)), SHAPE, "residual connection", id="concatenated"
        ),
        pytest.param(lambda: Residual(lambda x, y: x * y), SHAPE, "residual connection", id="multiplied"),
        pytest.param(lambda: Residual(ops.maximum), SHAPE, "residual connection", id="the larger of both"),
        pytest.param(lambda: Residual(lambda x, y: (x + y) / 2), SHAPE, "residual connection", id="the mean of both"),
        pytest.param(lambda: Residual(lambda x, y: y - x), SHAPE, "residual connection", id="subtracted"),
        pytest.param(lambda: Residual(lambda x, y: x), SHAPE, "branch with weights", id="the branch forgotten"),
        pytest.param(lambda: Liar(run, [half(WIDTH, 8, WIDTH)]), SHAPE, "residual connection", id="no skip, with lies"),
        pytest.param(lambda: half(WIDTH, 8, 9), SHAPE, "residual connection", id="no skip, other width"),
        pytest.param(lambda: layers.Dense(WIDTH), SHAPE, "branch with weights", id="a single layer"),
        pytest.param(
            lambda: half(WIDTH, 8, WIDTH, dtype="mixed_float16"), SHAPE, "residual connection", id="mixed precision"
        ),
        pytest.param(
            lambda: Model(lambda p, x: ops.concatenate([p[0](x), p[1](x)], -1), [layers.Dense(3), half(WIDTH, 8, 3)]),
            SHAPE, "residual connection", id="a projection concatenated",
        ),
    ],
)  # fmt: skip
def test_a_block_that_isnt_residual_is_told(make, x, about, seat):
    assert failed(check.residual(seat(make()), x)) == [about]


def test_concatenation_is_named():
    (off,) = check.residual(Residual(lambda x, y: ops.concatenate([x, y], -1)), SHAPE)
    assert "concatenating" in off.next


# ---- skips


def unet(skip=True, merge=layers.Concatenate, **kinds):
    inputs = keras.Input((8, 8, 1))
    early = layers.Conv2D(3, 3, padding="same", activation="relu", **kinds)(inputs)
    narrow = layers.Conv2D(4, 3, padding="same", activation="relu")(layers.MaxPooling2D(2)(early))
    late = layers.Conv2DTranspose(3, 2, 2)(narrow)
    return keras.Model(inputs, layers.Conv2D(1, 1)(merge()([early, late]) if skip else late))


@pytest.mark.parametrize(
    "make, x",
    [
        pytest.param(unet, normal(8, 8, 1), id="u-net"),
        pytest.param(lambda: unet(merge=layers.Add), normal(8, 8, 1), id="u-net, added"),
        pytest.param(lambda: unet(dtype="mixed_float16"), normal(8, 8, 1), id="mixed precision"),
        pytest.param(dense_block, SHAPE, id="residual"),
        pytest.param(lambda: Model(run, [Residual(), layers.Dense(2)]), SHAPE, id="subclassed"),
        pytest.param(lambda: Liar(run, [Residual(), layers.Dense(2)]), SHAPE, id="with lies"),
    ],
)
def test_a_way_around(make, x, seat):
    assert failed(check.skips(seat(make()), x)) == []


@pytest.mark.parametrize(
    "make, x",
    [
        pytest.param(lambda: unet(skip=False), normal(8, 8, 1), id="no skip"),
        pytest.param(plain, SHAPE, id="a chain"),
        pytest.param(lambda: Model(run, [plain(), layers.Dense(3)]), SHAPE, id="subclassed"),
        pytest.param(lambda: Liar(run, [plain(), layers.Dense(3)]), SHAPE, id="with lies"),
        pytest.param(lambda: Residual(lambda x, y: y + 0 * x), SHAPE, id="times zero"),
        pytest.param(lambda: keras.Sequential([plain(), plain()]), SHAPE, id="nested"),
    ],
)
def test_a_plain_chain_is_told(make, x, seat):
    assert failed(check.skips(seat(make()), x)) == ["skip connection"]
