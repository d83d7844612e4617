"""Oracles on a model's head: its shape, its range, and whether the loss is the one that the head means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from grader.check import probe
from grader.check.verdict import Observation, StudentError

Observations = Iterator[Observation]

REDRAWS = 12
"""Random weights under which a head's range is looked at, small and large in turn. Where the layer before the head
is bounded, the sign of the outputs is nearly a coin flip for each redraw; of 150 such nets none was misjudged."""
SCALES = (0.7, 3.0)

LOSS_TOLERANCE = 2e-3
"""Relative: float32 sums, and Keras' clipping of probabilities at 1e-7."""


def is_model(value: Any, what: str = "the model") -> Observations:
    """`value` is a Keras model, written in whatever way. Stops the check when it isn't."""
    import keras

    yield Observation(
        about=what,
        ok=isinstance(value, keras.Model),
        seen=f"{_a(value)}",
        expected="a `keras.Model` (Sequential, functional or your own subclass)",
        why="Everything after this step is a method of the model.",
        next="Does the function end with `return`? `model.compile(…)` itself returns nothing."
        if value is None
        else "Return what the exercise asks for, in that order.",
        stop=True,
    )


def same_model(value: Any, model: Any) -> Observations:
    """`value` is the very model that was handed over, not a copy with other weights."""
    yield Observation(
        about="the model you return",
        ok=value is model,
        seen="the one you were given" if value is model else "another model, with weights of its own",
        expected="the model you were given",
        why="A clone starts from new random weights: what the model had learned is gone.",
        next="Call `compile` on `model` itself.",
    )


def is_pair(value: Any, first: str, second: str) -> Observations:
    """`value` is a pair. Stops the check when it isn't."""
    yield _values(value, "a pair", f"two values: {first} and {second}", (first, second))


def is_triple(value: Any, *names: str) -> Observations:
    """`value` is three values. Stops the check when it isn't."""
    yield _values(value, "three values", f"three values: {', '.join(names)}", names)


def _values(value: Any, words: str, expected: str, names: tuple[str, ...]) -> Observation:
    several = isinstance(value, tuple | list)
    ok = several and len(value) == len(names)
    return Observation(
        about="what you return",
        ok=ok,
        seen=words if ok else _a(value) + (f" of {len(value)}" if several else ""),
        expected=expected,
        why="The next step unpacks them all.",
        next=f"End with `return {', '.join(names)}`.",
        stop=True,
    )


def output_shape(model: Any, x: np.ndarray, units: int) -> Observations:
    """Called with batches of 1 and of 7 rows, the model returns `units` numbers a row.

    For one unit both (N, 1) and (N,) are right.
    """
    shapes = {n: probe.outputs(model, x[:n]).shape for n in (1, 7)}
    right = all(s == (n, units) or (units == 1 and s == (n,)) for n, s in shapes.items())
    yield Observation(
        about="output size",
        ok=right,
        seen=f"{_numbers(shapes[7])} for 7 rows" if right else f"shape {shapes[7]} for a batch of 7 rows",
        expected=f"shape (7, {units}): {units} number{'s' * (units > 1)} a row",
        why="The head has one output for each number the problem asks you to predict.",
        next="Look at the last layer: how many units, and does their number follow from `y`?",
        stop=True,
    )


def output_units(model: Any, x: np.ndarray) -> int:
    """How many numbers the model returns for a row."""
    shape = probe.outputs(model, x[:1]).shape
    return int(np.prod(shape[1:])) if len(shape) > 1 else 1


def head_meaning(model: Any, features: int) -> tuple[str, str]:
    """What the outputs can be, seen under random weights and inputs from N(0, 10²).

    Looked at once for each model, as it follows from what the model is. Returns one of
    "probabilities", "logits", "unscaled" (≥ 0 or bounded, yet no probabilities) and a
    description of what was seen. The model's weights are left as they were.
    """
    if model not in _meanings:
        _meanings[model] = _look_at_head(model, features)
    return _meanings[model]


_meanings: WeakKeyDictionary[Any, tuple[str, str]] = WeakKeyDictionary()


def _look_at_head(model: Any, features: int) -> tuple[str, str]:
    rng = probe.rng("head_meaning")
    seen = []
    with probe.restored_weights(model):
        for turn in range(REDRAWS):
            probe.redraw_weights(model, rng, SCALES[turn % 2])
            x = rng.normal(0.0, 10.0, (32, features)).astype("float32")
            values = probe.outputs(model, x).astype("float64")
            seen.append(values.reshape(len(values), -1))
    values = np.concatenate(seen)
    return _meaning(values), _range_of(values)


def _meaning(values: np.ndarray) -> str:
    low, high = values.min(), values.max()
    if values.shape[1] == 1 and low >= 0 and high <= 1 and high > low:
        return "probabilities"
    if values.shape[1] > 1 and low >= 0 and np.allclose(values.sum(axis=1), 1, atol=1e-3):
        return "probabilities"
    if low < 0 and np.abs(values).max() > 1.001:
        return "logits"
    return "unscaled"


def _range_of(values: np.ndarray) -> str:
    text = f"outputs between {values.min():.3g} and {values.max():.3g} over {len(values)} random inputs"
    if values.shape[1] > 1:
        sums = values.sum(axis=1)
        text += f", rows adding up to {sums.min():.3g} … {sums.max():.3g}"
    if values.max() - values.min() < 1e-6:
        text += ": the same whatever goes in"
    return text


def head_range(model: Any, features: int, kind: str) -> Observations:
    """The head can produce what the problem needs: any number (regression), probabilities or logits."""
    meaning, seen = head_meaning(model, features)
    if kind == "regression":
        yield Observation(
            about="range of the head",
            ok=meaning == "logits",
            seen="any number, positive or negative" if meaning == "logits" else seen,
            expected="outputs that can be any number, negative ones too",
            why="A measured value has no ceiling or floor that you know of; an activation on the head adds one.",
            next="Leave the last layer without an activation.",
        )
        return
    yield Observation(
        about="range of the head",
        ok=meaning != "unscaled",
        seen=meaning if meaning != "unscaled" else seen,
        expected="probabilities (each between 0 and 1, a row adding up to 1) or logits (any number)",
        why="The loss reads the outputs as one or the other; anything else it cannot interpret.",
        next=_head_advice(model, features, kind),
    )


def _head_advice(model: Any, features: int, kind: str) -> str:
    units = output_units(model, np.zeros((1, features), "float32"))
    if units == 1:
        return "With one unit use `sigmoid` (softmax over a single unit is always 1), or no activation and logits."
    return "Use `softmax` over the classes, or no activation and `from_logits=True` in the loss."


def loss_fits_head(
    model: Any, x: np.ndarray, kind: str, loss: Any = None, targets: tuple[str, ...] = ("integer",)
) -> Observations:
    """The loss is the negative log-likelihood of the probabilities that the head means.

    For regression: zero for a perfect prediction and growing with the error on either side. `loss` compiles the
    model first; without it the model is taken as the student compiled it. `targets` are the forms of label that
    may be tried, "integer" and "one-hot"; one that agrees is enough.
    """
    if loss is not None:
        try:
            probe.attempt(model.compile, loss=loss)
        except StudentError as error:
            yield _loss_observation(
                False, f"`compile(loss=…)` raises {error}", "a loss that Keras knows",
                "Without a loss there is nothing to make smaller.", error.hint or "See the table *Heads and losses*.",
            )  # fmt: skip
            return
    oracle = _regression_loss if kind == "regression" else _classification_loss
    yield from oracle(model, x, targets)


def head_and_loss(answer: Any, x: np.ndarray, kind: str, classes: int = 1) -> Observations:
    """`answer` is a model and a loss for it: size and range of the head, and a loss that means the same as it.

    `kind` is "regression", "binary" or "multiclass". Two classes take one unit or two.
    """
    yield from is_pair(answer, "model", "loss")
    model, loss = answer
    yield from is_model(model)
    two_units = kind == "binary" and output_units(model, x) == 2
    yield from output_shape(model, x, classes if kind == "multiclass" else 2 if two_units else 1)
    yield from head_range(model, x.shape[1], kind)
    yield from loss_fits_head(model, x[:64], kind, loss)


def _loss_observation(ok: bool, seen: str, expected: str, why: str = "", next: str = "") -> Observation:
    return Observation("loss and head agree", ok, seen, expected, why, next)


def _loss(model: Any, x: np.ndarray, y: np.ndarray, predicted: np.ndarray) -> float:
    """The model's own loss, less the regularisers' part of it."""
    import keras

    def value() -> float:
        total = model.compute_loss(x=x, y=keras.ops.convert_to_tensor(y), y_pred=keras.ops.convert_to_tensor(predicted))
        return float(total) - float(sum(float(penalty) for penalty in model.losses))

    return probe.attempt(value)


def _regression_loss(model: Any, x: np.ndarray, targets: tuple[str, ...]) -> Observations:
    shape = probe.outputs(model, x).shape
    spread = probe.rng("predicted").normal(0, 1, shape).astype("float32")
    try:
        somewhere = [_losses_around(model, x, predicted) for predicted in (spread, spread * 0 - 5)]
    except StudentError as error:
        yield _loss_observation(
            False,
            f"the loss raises {error}",
            "a loss for real-valued targets",
            _REGRESSION_WHY,
            error.hint or _REGRESSION,
        )
        return
    losses = next((found for found in somewhere if not _measures_error(found)), None)
    ok = losses is None
    losses = losses or somewhere[0]
    shown = ", ".join(f"{loss:.3g}" for loss in losses)
    yield _loss_observation(
        ok,
        "0 for a perfect prediction, more for a worse one" if ok else f"losses {shown} for errors of -2, -1, 0, 1, 2",
        "0 where the prediction is exact, growing with the error on both sides",
        _REGRESSION_WHY,
        "Not 0 for a perfect prediction: does your loss subtract (N,) from (N, 1)? That makes an (N, N) table."
        if losses[2] > 1e-6 and abs(losses[0] - losses[4]) < 0.1 * losses[0]
        else _REGRESSION,
    )


_REGRESSION_WHY = "The loss of a measurement is its error, wherever the measurement lies."
_REGRESSION = "Use `mean_squared_error`, `mean_absolute_error` or `Huber`."


def _losses_around(model: Any, x: np.ndarray, predicted: np.ndarray) -> list[float]:
    """The losses for targets that lie -2, -1, 0, 1 and 2 from the predictions."""
    y = predicted.reshape(len(predicted), -1)[:, 0]
    return [_loss(model, x, y + step, predicted) for step in (-2.0, -1.0, 0.0, 1.0, 2.0)]


def _measures_error(losses: list[float]) -> bool:
    far_left, left, none, right, far_right = losses
    return abs(none) < 1e-6 and far_left > left > 1e-3 and far_right > right > 1e-3


def _classification_loss(model: Any, x: np.ndarray, targets: tuple[str, ...]) -> Observations:
    meaning, _ = head_meaning(model, x.shape[1])
    predicted = _made_up_predictions(probe.outputs(model, x).shape, meaning)
    values = predicted.reshape(len(predicted), -1).astype("float64")
    wanted = _probabilities(values, meaning == "logits")
    y = probe.rng("labels").integers(0, wanted.shape[1], len(x))
    expected = -np.mean(np.log(wanted[np.arange(len(y)), y]))
    found: list[float] = []
    errors: list[str] = []
    hint = ""
    for form in targets:
        try:
            found.append(_loss(model, x, _as_targets(y, wanted.shape[1], form), predicted))
        except StudentError as error:
            errors.append(str(error).splitlines()[0])
            hint = error.hint
    ok = any(abs(value - expected) <= LOSS_TOLERANCE * max(1.0, expected) for value in found)
    yield _loss_observation(
        ok,
        f"the cross-entropy of the {meaning} that the head returns" if ok else _seen_loss(found, errors, expected),
        f"{expected:.4f}, the cross-entropy of these predictions",
        "With another loss the gradients push towards something else than the right class's probability.",
        "" if ok else hint or _loss_advice(values, y, meaning, found),
    )


def _made_up_predictions(shape: tuple[int, ...], meaning: str) -> np.ndarray:
    """Predictions far from 0 and 1, of the shape and meaning that the head returns. The loss is a function of
    predictions, and those that a fresh model makes of unscaled rows may be saturated, which tells nothing."""
    logits = probe.rng("predicted").normal(0, 1.2, shape)
    if meaning == "logits":
        return logits.astype("float32")
    if len(shape) == 1 or shape[1] == 1:
        return (1 / (1 + np.exp(-logits))).astype("float32")
    return _probabilities(logits, logits=True).astype("float32")


def _probabilities(values: np.ndarray, logits: bool) -> np.ndarray:
    """Probabilities of all classes, (N, classes), from a head of one unit or more."""
    if values.shape[1] == 1:
        p = 1 / (1 + np.exp(-values)) if logits else values
        return np.hstack([1 - p, p])
    if not logits:
        return values
    shifted = np.exp(values - values.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def most_probable(model: Any, x: np.ndarray) -> np.ndarray:
    """The most probable class of each row, (N,), for heads of probabilities or logits."""
    values = probe.outputs(model, x).reshape(len(x), -1).astype("float64")
    meaning, _ = head_meaning(model, x.shape[1])
    return _probabilities(values, meaning == "logits").argmax(axis=1)


def accuracy(model: Any, x: np.ndarray, y: np.ndarray) -> float:
    """Share of rows whose most probable class is the label."""
    return float(np.mean(most_probable(model, x) == y))


def _as_targets(y: np.ndarray, classes: int, form: str) -> np.ndarray:
    if form == "integer":
        return y
    return np.eye(classes, dtype="float32")[y]


def _seen_loss(found: list[float], errors: list[str], expected: float) -> str:
    if not found:
        return f"the loss raises {errors[0]}"
    return f"a loss of {min(found, key=lambda value: abs(value - expected)):.4f}"


def _loss_advice(values: np.ndarray, y: np.ndarray, meaning: str, found: list[float]) -> str:
    """What most likely went wrong, told from the number the loss gave."""
    one_unit = values.shape[1] == 1
    name = "BinaryCrossentropy" if one_unit else "SparseCategoricalCrossentropy"
    if meaning == "logits":
        return f"Your head returns logits: tell the loss so with `keras.losses.{name}(from_logits=True)`."
    if meaning == "probabilities" and found:
        twice = _probabilities(values, logits=True)
        doubled = -np.mean(np.log(twice[np.arange(len(y)), y]))
        if abs(found[0] - doubled) <= 1e-2 * max(1.0, doubled):
            return "The head already returns probabilities: leave `from_logits=True` out, or the activation."
    if one_unit:
        return "For two classes and one unit the loss is `binary_crossentropy`."
    return "Labels that are integers go with `sparse_categorical_crossentropy`; `categorical_…` wants one-hot rows."


def _a(value: Any) -> str:
    if value is None:
        return "`None`"
    if value is ...:
        return "`...`"
    return f"a `{type(value).__name__}`"


def _numbers(shape: tuple[int, ...]) -> str:
    units = shape[1] if len(shape) > 1 else 1
    return f"{units} number{'s' * (units > 1)} a row"
