"""Oracles on sequences: length, padding, causality, permutations."""

import keras
import numpy as np
import pytest

from grader import check
from tests.models import Liar, Model, run
from tests.observed import failed

layers, ops = keras.layers, keras.ops
RNG = np.random.default_rng(0)
HALF = "mixed_float16"
WORDS, STEPS, WIDTH = 12, 5, 4
TOKENS = RNG.integers(1, WORDS, (10, STEPS))  # 0 is the padding
SERIES = RNG.normal(size=(10, STEPS, WIDTH)).astype("float32")


def classifier(*between, masked=True, **kinds):
    return keras.Sequential(
        [layers.Embedding(WORDS, 6, mask_zero=masked), *between, layers.Dense(3, "softmax", **kinds)]
    )


def functional(*between):
    x = inputs = keras.Input((None,), dtype="int32")
    x = layers.Embedding(WORDS, 6)(x)
    for layer in between:
        x = layer(x)
    return keras.Model(inputs, layers.Dense(2)(x))


class MaskedMean(layers.Layer):
    """The mean over the steps that the mask leaves."""

    supports_masking = True

    def call(self, x, mask=None):
        weights = ops.ones(ops.shape(x)[:2]) if mask is None else ops.cast(mask, x.dtype)
        return ops.sum(x * weights[..., None], axis=1) / ops.sum(weights, axis=1, keepdims=True)

    def compute_mask(self, x, mask=None):
        return None


def by_hand(parts, tokens):
    """A subclassed model that masks without Keras' masks."""
    real = ops.cast(ops.not_equal(tokens, 0), "float32")[..., None]
    return parts[1](ops.sum(parts[0](tokens) * real, axis=1) / ops.sum(real, axis=1))


def parts():
    return [layers.Embedding(WORDS, 6), layers.Dense(3)]


# ---- length


@pytest.mark.parametrize(
    "make, x",
    [
        pytest.param(lambda: classifier(layers.LSTM(4)), TOKENS, id="lstm"),
        pytest.param(lambda: functional(layers.GlobalMaxPooling1D()), TOKENS, id="functional, global pooling"),
        pytest.param(lambda: Model(by_hand, parts()), TOKENS, id="subclassed"),
        pytest.param(lambda: functional(layers.Conv1D(4, 3, padding="same"), layers.GRU(3)), TOKENS, id="convolution"),
        pytest.param(lambda: Liar(by_hand, parts()), TOKENS, id="with lies"),
        pytest.param(lambda: keras.Sequential([keras.Sequential([layers.SimpleRNN(4)])]), SERIES, id="nested"),
        pytest.param(lambda: classifier(MaskedMean(), dtype="mixed_float16"), TOKENS, id="custom, mixed precision"),
    ],
)
def test_any_length(make, x, seat):
    assert failed(check.any_length(seat(make()), x)) == []


@pytest.mark.parametrize(
    "make, x, about",
    [
        pytest.param(lambda: classifier(layers.Flatten(), masked=False), TOKENS, "sequences of length 3", id="flatten"),
        pytest.param(
            lambda: functional(layers.Lambda(lambda x: x[:, :6]), layers.GRU(3)), TOKENS, "sequences of length 11",
            id="cut at six",
        ),
        pytest.param(
            lambda: functional(layers.Conv1D(4, 5), layers.GRU(3)), TOKENS, "sequences of length 3", id="a wide filter"
        ),
        pytest.param(
            lambda: Liar(lambda p, x: ops.reshape(p[0](x), (-1, STEPS * 6)), parts()), TOKENS, "sequences of length 3",
            id="reshaped, with lies",
        ),
        pytest.param(
            lambda: Model(lambda p, x: p[1](p[0](x)[:, 0]), parts()), TOKENS, "sequences of length 3", id="the first"
        ),
    ],
)  # fmt: skip
def test_a_fixed_length_is_told(make, x, about, seat):
    assert failed(check.any_length(seat(make()), x)) == [about]


# ---- padding


class Attention(layers.Layer):
    """Self-attention of one's own, with the mask of padding or, `causal`, of the future; `wrong` in some way."""

    supports_masking = True

    def __init__(self, causal=False, wrong="", units=WIDTH, **kwargs):
        super().__init__(**kwargs)
        self.causal, self.wrong = causal, wrong
        self.q, self.k, self.v = (layers.Dense(units) for _ in range(3))

    def build(self, shape):
        for layer in (self.q, self.k, self.v):
            layer.build(shape)

    def call(self, x, mask=None):
        scores = ops.matmul(self.q(x), ops.transpose(self.k(x), (0, 2, 1)))
        n = x.shape[1]
        seen = ops.ones((1, n, n), "bool") if mask is None else mask[:, None, :]
        if self.causal:
            steps = ops.arange(n)
            seen = steps[:, None] > steps[None] if self.wrong == "strict" else steps[:, None] >= steps[None]
            seen = ops.transpose(seen) if self.wrong == "turned" else seen
        low = -5.0 if self.wrong == "faint" else -1e4
        weights = ops.softmax(ops.where(seen, scores, low), axis=1 if self.wrong == "axis" else -1)
        if self.wrong == "after":
            weights = ops.softmax(scores) * ops.cast(seen, "float32")
            weights = weights + 0.01  # what is left where the mask came too late
        return ops.matmul(weights, self.v(x))


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: classifier(layers.LSTM(4)), id="lstm"),
        pytest.param(lambda: classifier(layers.Bidirectional(layers.GRU(3))), id="bidirectional"),
        pytest.param(lambda: classifier(layers.GlobalAveragePooling1D()), id="pooling that masks"),
        pytest.param(lambda: classifier(MaskedMean()), id="custom layer"),
        pytest.param(lambda: Model(by_hand, parts()), id="subclassed, by hand"),
        pytest.param(lambda: Liar(by_hand, parts()), id="with lies"),
        pytest.param(lambda: classifier(Attention(units=6), MaskedMean()), id="attention"),
        pytest.param(lambda: classifier(layers.LSTM(4, dtype="mixed_float16")), id="mixed precision"),
        pytest.param(lambda: classifier(layers.LSTM(4, return_sequences=True)), id="an output for each step"),
        pytest.param(lambda: keras.Sequential([classifier(layers.LSTM(4)), layers.Dense(2)]), id="nested"),
    ],
)
@pytest.mark.parametrize("before", [False, True])
def test_padding_is_ignored(make, before):
    assert failed(check.ignores_padding(make(), TOKENS, before=before)) == []


def test_padding_of_rows_is_ignored(seat):
    model = keras.Sequential([layers.Masking(-1.0), layers.LSTM(3)])
    assert failed(check.ignores_padding(seat(model), SERIES, pad=-1.0)) == []
    assert failed(check.ignores_padding(seat(model), SERIES, pad=0.0)) == ["effect of padding"]


def blind(parts, tokens):
    """The mask hides word 1 as well."""
    real = ops.cast(ops.greater(tokens, 1), "float32")[..., None]
    return parts[1](ops.sum(parts[0](tokens) * real, axis=1))


def first_two(parts, tokens):
    return parts[1](ops.sum(parts[0](tokens)[:, :2], axis=1))


@pytest.mark.parametrize(
    "make, about",
    [
        pytest.param(lambda: classifier(layers.LSTM(4), masked=False), "effect of padding", id="no mask"),
        pytest.param(
            lambda: classifier(layers.GlobalAveragePooling1D(), masked=False), "effect of padding", id="mean of all"
        ),
        pytest.param(
            lambda: classifier(layers.Lambda(lambda x: ops.mean(x, axis=1))), "effect of padding", id="mask dropped"
        ),
        pytest.param(
            lambda: Model(lambda p, x: p[1](ops.sum(p[0](x), axis=1)), parts()), "effect of padding", id="a sum"
        ),
        pytest.param(
            lambda: Liar(lambda p, x: p[1](ops.mean(p[0](x), axis=1)), parts()), "effect of padding", id="with lies"
        ),
        pytest.param(lambda: Model(first_two, parts()), "effect of real positions", id="only the first two words"),
        pytest.param(
            lambda: classifier(layers.LSTM(4, dtype="mixed_float16"), masked=False), "effect of padding",
            id="mixed precision",
        ),
    ],
)  # fmt: skip
def test_padding_that_counts_is_told(make, about, seat):
    assert failed(check.ignores_padding(seat(make()), TOKENS)) == [about]


# ---- causality

PAST, PRESENT, FUTURE = (
    f"dependence on {which}" for which in ("earlier positions", "the same position", "later positions")
)


def attended(*layers_, causal=True):
    inputs = keras.Input((None, WIDTH))
    x = layers.MultiHeadAttention(2, 3)(inputs, inputs, use_causal_mask=causal)
    for layer in layers_:
        x = layer(x)
    return keras.Model(inputs, x)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: Attention(causal=True), id="a layer of one's own"),
        pytest.param(lambda: attended(layers.Dense(3)), id="functional"),
        pytest.param(lambda: Model(run, [Attention(causal=True), layers.Dense(2)]), id="subclassed"),
        pytest.param(lambda: keras.Sequential([attended(), layers.LayerNormalization()]), id="nested"),
        pytest.param(lambda: keras.Sequential([layers.LSTM(3, return_sequences=True)]), id="recurrent"),
        pytest.param(lambda: keras.Sequential([layers.Conv1D(3, 5, padding="causal")]), id="convolution"),
        pytest.param(lambda: Liar(run, [Attention(causal=True)]), id="with lies"),
        pytest.param(
            lambda: keras.Sequential([layers.GRU(3, return_sequences=True, dtype="mixed_float16")]), id="mixed"
        ),
    ],
)
def test_causal(make, seat):
    assert failed(check.causal(seat(make()), SERIES)) == []


@pytest.mark.parametrize(
    "make, off",
    [
        pytest.param(Attention, [FUTURE], id="no mask"),
        pytest.param(lambda: attended(causal=False), [FUTURE], id="mask not used"),
        pytest.param(lambda: Attention(True, "turned"), [FUTURE, PAST], id="turned"),
        pytest.param(lambda: Attention(True, "after"), [FUTURE], id="mask after the softmax"),
        pytest.param(lambda: Attention(True, "faint"), [FUTURE], id="a mask of -5"),
        pytest.param(lambda: Attention(True, "axis"), [FUTURE], id="softmax over the queries"),
        pytest.param(lambda: Attention(True, "strict"), [FUTURE, PRESENT], id="strict"),
        pytest.param(lambda: keras.Sequential([layers.Dense(3)]), [PAST], id="each by itself"),
        pytest.param(lambda: Liar(run, [Attention()]), [FUTURE], id="with lies"),
        pytest.param(
            lambda: keras.Sequential([layers.Bidirectional(layers.LSTM(3, return_sequences=True))]),
            [FUTURE], id="bidirectional",
        ),
        pytest.param(
            lambda: keras.Sequential([layers.Conv1D(3, 9, padding="same", dtype="mixed_float16")]),
            [FUTURE], id="mixed precision",
        ),
        pytest.param(lambda: keras.Sequential([layers.LSTM(3)]), ["one output per position"], id="one output"),
    ],
)  # fmt: skip
def test_what_isnt_causal_is_told(make, off, seat):
    assert failed(check.causal(seat(make()), SERIES)) == off


# ---- permutations


class Positions(layers.Layer):
    """Adds a learned embedding of the positions."""

    def build(self, shape):
        self.table = self.add_weight(shape=(STEPS, shape[-1]))

    def call(self, x):
        return x + self.table


@pytest.mark.parametrize(
    "make, x",
    [
        pytest.param(Attention, SERIES, id="attention of one's own"),
        pytest.param(lambda: attended(causal=False), SERIES, id="functional"),
        pytest.param(
            lambda: keras.Sequential([layers.Dense(3, "relu"), layers.LayerNormalization()]), SERIES, id="each alone"
        ),
        pytest.param(lambda: Model(run, [Attention(), layers.Dense(2)]), SERIES, id="subclassed"),
        pytest.param(lambda: keras.Sequential([layers.Embedding(WORDS, WIDTH), Attention()]), TOKENS, id="tokens"),
        pytest.param(lambda: Liar(run, [Attention()]), SERIES, id="with lies"),
        pytest.param(lambda: keras.Sequential([attended(causal=False), attended(causal=False)]), SERIES, id="nested"),
        pytest.param(lambda: keras.Sequential([layers.Dense(3, dtype="mixed_float16")]), SERIES, id="mixed precision"),
    ],
)
def test_permutations_are_followed(make, x, seat):
    model = seat(make())
    assert failed(check.permutation_equivariant(model, x)) == []
    assert failed(check.permutation_equivariant(model, x, expected=False)) == ["order of the positions"]


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: keras.Sequential([Positions(), Attention()]), id="with positions"),
        pytest.param(lambda: attended(causal=True), id="causal"),
        pytest.param(lambda: keras.Sequential([layers.Conv1D(3, 3, padding="same")]), id="convolution"),
        pytest.param(lambda: Model(run, [layers.GRU(3, return_sequences=True)]), id="recurrent, subclassed"),
        pytest.param(lambda: Liar(run, [Positions(), Attention()]), id="with lies"),
        pytest.param(
            lambda: keras.Sequential([layers.Conv1D(3, 3, padding="same", dtype="mixed_float16")]), id="mixed"
        ),
    ],
)
def test_an_order_that_counts_is_told(make, seat):
    model = seat(make())
    assert failed(check.permutation_equivariant(model, SERIES)) == ["order of the positions"]
    assert failed(check.permutation_equivariant(model, SERIES, expected=False)) == []


@pytest.mark.parametrize("expected", [True, False])
def test_a_constant_is_no_answer_to_order(expected, seat):
    model = Model(lambda p, x: x * 0)
    assert failed(check.permutation_equivariant(seat(model), SERIES, expected=expected)) == ["order of the positions"]


@pytest.mark.parametrize(
    "make, holds",
    [
        pytest.param(lambda: classifier(layers.GlobalAveragePooling1D()), True, id="a bag of words"),
        pytest.param(lambda: Model(by_hand, parts()), True, id="subclassed"),
        pytest.param(lambda: functional(layers.GlobalMaxPooling1D()), True, id="functional"),
        pytest.param(lambda: Liar(by_hand, parts()), True, id="with lies"),
        pytest.param(lambda: keras.Sequential([classifier(MaskedMean())]), True, id="nested, custom layer"),
        pytest.param(lambda: classifier(layers.LSTM(3)), False, id="lstm"),
        pytest.param(lambda: classifier(layers.Flatten(), masked=False), False, id="flatten"),
        pytest.param(lambda: Liar(lambda p, x: p[1](p[0](x)[:, 0]), parts()), False, id="the first word, with lies"),
        pytest.param(lambda: functional(layers.Conv1D(3, 2), layers.GlobalMaxPooling1D()), False, id="pairs of words"),
        pytest.param(lambda: classifier(Positions(), layers.GlobalMaxPooling1D(), masked=False), False, id="positions"),
    ],
)
def test_permutations_that_change_nothing(make, holds, seat):
    model = seat(make())
    off = ["order of the positions"]
    assert failed(check.permutation_invariant(model, TOKENS)) == ([] if holds else off)
    assert failed(check.permutation_invariant(model, TOKENS, expected=False)) == (off if holds else [])
