"""Remote calls that run a student's training step, loop or evaluation on models made from plain data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from grader.check.core import arrays, guarded
from grader.check.core.arrays import Arrays
from grader.check.core.remote_calls import remote_call
from grader.check.remote import queries
from grader.check.remote.queries import own
from grader.check.remote.tracing import traces_of
from grader.verdict import StudentError


@remote_call
def told_by(function: Any, arguments: list[Any]) -> Any:
    """The function's result for these arguments, as plain data."""
    return guarded.as_plain_data(guarded.attempt(function, *arguments))


Batches = Sequence[Sequence[Arrays]]


def by_value(
    model: Any,
    x: np.ndarray,
    y: np.ndarray,
    batch_size: int | None = None,
    epochs: int = 1,
    optimizer: Any = "sgd",
    loss: Any = "mse",
    metric: Any = None,
) -> dict[str, Any]:
    """The `setting` for `run_on`: a model of built-in layers and all that is needed to train it, as plain data.

    A `batch_size` of None means one batch of all rows. `optimizer`, `loss` and `metric` are names or objects.
    """
    import keras

    config = keras.saving.serialize_keras_object(model)
    config.pop("compile_config", None)
    made = keras.optimizers.get(optimizer), keras.losses.get(loss), metric and keras.metrics.get(metric)
    return {
        "model": config,
        "weights": [guarded.array(w) for w in model.weights],
        "optimizer": keras.optimizers.serialize(made[0]),
        "loss": loss if isinstance(loss, str) else keras.losses.serialize(made[1]),
        "metric": keras.metrics.serialize(made[2]) if metric else None,
        "x": np.asarray(x),
        "y": np.asarray(y),
        "batch_size": batch_size or len(x),
        "epochs": epochs,
    }


@remote_call
def run_on(
    function: Any, setting: dict[str, Any], given: Sequence[Any], then: Sequence[Any] | None = None
) -> dict[str, Any]:
    """Call the function on a model made from `setting` (see `by_value`), and return its effect on the weights.

    `given` are its arguments. These words are replaced by new objects: "model", "optimizer" (built), "loss", "metric",
    "epochs", "batch_size", "dataset" (a tf.data.Dataset of batches) and "batches" (a list of pairs of tensors). "x" and
    "y" become tensors: of all rows if "epochs" is given, too, and otherwise of one batch, with one call for each batch.
    Anything else is passed unchanged. If the optimizer isn't passed, the model is compiled. With `then`, the function
    returns a step, which is called for each batch with the arguments in `then`.

    Returns a dict: "before" and "after" are weights, "returned" the results of the calls as plain data, "steps" the
    number of steps of the optimizer, "traces" the number of graphs traced (None without a tf.function).
    """
    made = _made(setting, _words(given, then))
    before = [guarded.array(w) for w in made["model"].weights]
    step, words, returned = function, given, []
    if then is not None:
        with explained():
            step, words = guarded.attempt(function, *_arguments(given, made)), then
        if not callable(step):
            raise StudentError(f"it returns {queries.kind_of(step)}, which can't be called", [], RETURN_THE_STEP)
    traced = traces_of(step)
    whole = "epochs" in _words(words) or not {"x", "y"} & _words(words)
    for _ in range(1 if whole else setting["epochs"]):
        for x, y in [(made["x"], made["y"])] if whole else made["batches"]:
            with explained():
                returned.append(
                    guarded.as_plain_data(guarded.attempt(step, *_arguments(words, made | {"x": x, "y": y})))
                )
    after = traces_of(step)
    return {
        "before": before,
        "after": [guarded.array(w) for w in made["model"].weights],
        "returned": returned,
        "steps": int(guarded.array(made["optimizer"].iterations)),
        "traces": None if after is None else after - (traced or 0),
    }


RETURN_THE_STEP = "End with `return step`, without parentheses: return the function itself."

NONE_HINT = (
    "Check what you differentiate by: a gradient is `None`, so the tape found no path from the loss to it. Use a "
    "watched tensor or the original `tf.Variable` of floats, and compute everything in between with TensorFlow, inside "
    "the tape."
)

_HINTS = (
    (r"a value \(None\)[\s\S]*clip_norm", "Clip only if `clip_norm` is not `None`: here it is."),
    (
        r"type_value`: [\s\S]*\.gradient\(|'(numpy\.)?float\d*' object has no attribute '_id'",
        "Keep the loss a tensor until you call `tape.gradient`: without `float(…)` and NumPy.",
    ),
    (
        r"Tensor' object has no attribute '_unique_id'",
        "Pass the gradients first, then the variables: `optimizer.apply(gradients, variables)`.",
    ),
    (r"Tensor' object has no attribute 'assign", "Use a `tf.Variable`: a plain tensor can't be changed in place."),
    (
        r"found return value of type [Ff]unction",
        "Write `@tf.function` above the inner function, the step, not above the function that returns it.",
    ),
    (r"unsupported operand type\(s\) for .*'NoneType'|a value \(None\)|None values not supported", NONE_HINT),
    (
        r"'SymbolicTensor' object has no attribute 'numpy'|[Cc]annot convert a symbolic|NotImplementedError: in user",
        "Return the tensor, and convert it to a number outside: while a graph is traced, tensors have no values yet.",
    ),
    (
        r"out of scope and cannot be used here",
        "Return the loss, and keep lists outside the graph: in a graph, a list holds symbolic tensors of a past trace.",
    ),
    (
        r"Shapes of all inputs must match",
        "Handle the gradients one by one: they have different shapes. Or check whether this is the pair from "
        "`tf.clip_by_global_norm`: the gradients are its first member.",
    ),
    (
        r"[Uu]sing a symbolic `tf.Tensor` as a Python `bool`",
        "Use `keras.ops.maximum`, `minimum` or `where`: while a graph is traced, a Python `if` can't test a tensor, "
        "which has no value yet.",
    ),
    (
        r"since the metric has not yet been built",
        "Call `metric.update_state(…)` for each of `self.metrics` first: one that was never updated has no result.",
    ),
    (r"OptionalFromValue", "End `train_step` with `return` and a dict of the metrics' results: it returns nothing."),
    (
        r"Binding inputs to tf.function failed|missing \d required positional arguments?: '[xy]'",
        "Return the function itself, without parentheses: `return step`. With them it is called without its arguments.",
    ),
    (r"`output` must have rank", "Pass the targets first, then the predictions: `loss(y, predicted)`."),
    (
        r"non-persistent GradientTape can only",
        "Open a new tape for each step, with the loss computed inside: each tape gives gradients only once.",
    ),
)


@contextmanager
def explained() -> Iterator[None]:
    """Add a hint to the student's errors about tapes and graphs, whose messages don't help a beginner."""
    try:
        yield
    except StudentError as error:
        said = "\n".join([str(error), *error.lines[-1:]])
        hint = next((hint for pattern, hint in _HINTS if re.search(pattern, said)), error.hint)
        raise StudentError(str(error), error.lines, hint) from None


def _words(*several: Sequence[Any] | None) -> set[str]:
    return {item for items in several for item in items or () if isinstance(item, str)}


def _made(setting: dict[str, Any], words: set[str]) -> dict[str, Any]:
    """The objects that replace the words."""
    import keras

    model = keras.saving.deserialize_keras_object(setting["model"])
    model.set_weights(setting["weights"])
    optimizer = keras.optimizers.get(setting["optimizer"])
    loss = keras.losses.get(setting["loss"])
    metric = setting["metric"] and keras.metrics.get(setting["metric"])
    if "optimizer" in words:
        optimizer.build(model.trainable_variables)
    else:
        model.compile(optimizer, loss, metrics=[metric] if metric else None)
    if not isinstance(loss, keras.losses.Loss):
        loss = _averaged(loss)
    x, y = (arrays.tensors(setting[name]) for name in ("x", "y"))
    made = {"model": model, "optimizer": optimizer, "loss": loss, "metric": metric, "x": x, "y": y}
    made["batches"] = arrays.batches(x, y, setting["batch_size"])
    if "dataset" in words:
        made["dataset"] = _dataset(setting)
    return made | {name: setting[name] for name in ("epochs", "batch_size")}


def _averaged(measure: Any) -> Any:
    """A loss given by name, averaged over the rows as by `compile`."""
    import keras

    return lambda y, predicted: keras.ops.mean(measure(y, predicted))


def _dataset(setting: dict[str, Any]) -> Any:
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((setting["x"], setting["y"])).batch(setting["batch_size"])


def _arguments(words: Sequence[Any], made: dict[str, Any]) -> list[Any]:
    return [made[word] if isinstance(word, str) and word in made else word for word in words]


@remote_call
def own_steps(model: Any, batches: Batches, epochs: int) -> dict[str, Any]:
    """The effect of the model's own `train_step`, called as in an eager `fit`.

    `{"before", "after", "curves"}`; the curves have the results of the last step in each epoch. The model is restored
    afterwards.
    """
    import keras

    saved, optimizer = queries.state(model), getattr(model.optimizer, "__dict__", {})
    settings = dict(optimizer)  # a step may make the optimizer clip
    before = [guarded.array(w) for w in own(model, "weights")]
    curves: dict[str, list[float]] = {}

    try:
        for _ in range(epochs):
            keras.Model.reset_metrics(model)
            logs: Any = {}
            for x, y in batches:
                with explained():
                    logs = guarded.attempt(model.train_step, (arrays.tensors(x), arrays.tensors(y)))
            for name, value in _flattened(guarded.as_plain_data(logs)).items():
                curves.setdefault(name, []).append(float(np.mean(guarded.array(value))))
        return {"before": before, "after": [guarded.array(w) for w in own(model, "weights")], "curves": curves}
    finally:
        optimizer.update(settings)
        queries.restore(model, saved)


def _flattened(logs: Any) -> dict[str, Any]:
    """The logs as in `fit`: the entries of a nested dict become entries of their own."""
    flat: dict[str, Any] = {}
    for name, value in logs.items() if isinstance(logs, dict) else ():
        flat |= value if isinstance(value, dict) else {name: value}
    return flat
