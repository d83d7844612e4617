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
    """What the function returns for these arguments, as plain data."""
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
    """A model of built-in layers and all that is needed to train it, as plain data: what `run_on` takes.

    `batch_size` None makes one batch of all rows. `optimizer`, `loss` and `metric` are names or objects.
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
    """Call the function on a model made from `setting` (`by_value`), and see what it did to the weights.

    `given` is what it takes. Words stand for what is made anew: "model", "optimizer" (built), "loss", "metric",
    "epochs", "batch_size", "dataset" (a tf.data.Dataset of batches) and "batches" (a list of pairs of tensors). "x"
    and "y" are tensors: of all rows where "epochs" is given too, else of one batch, and the function is called for
    each. Anything else is handed over as it is. A model whose optimizer isn't handed over comes compiled. With
    `then`, the function returns a step, which is called for each batch with what `then` says.

    `{"before", "after"}` are weights, "returned" what the calls returned as plain data, "steps" how many steps the
    optimizer made, "traces" how often a graph was traced (None where nothing is a tf.function).
    """
    made = _made(setting, _words(given, then))
    before = [guarded.array(w) for w in made["model"].weights]
    step, words, returned = function, given, []
    if then is not None:
        with explained():
            step, words = guarded.attempt(function, *_arguments(given, made)), then
        if not callable(step):
            raise StudentError(f"it returned {queries.kind_of(step)}, which can't be called", [], RETURN_THE_STEP)
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


RETURN_THE_STEP = "End with `return step`, without brackets: the function itself is asked for."

NONE_HINT = (
    "A gradient is `None`: the tape saw no path from the loss to what you asked about. Is that a `tf.Variable` of "
    "floats (still the same one), or watched, and is everything between computed by TensorFlow, inside the tape?"
)

_HINTS = (
    (r"a value \(None\)[\s\S]*clip_norm", "`clip_norm` is `None` here: clip only when there is one."),
    (
        r"type_value`: [\s\S]*\.gradient\(|'(numpy\.)?float\d*' object has no attribute '_id'",
        "The loss must stay a tensor until the tape was asked: no `float(…)`, no NumPy.",
    ),
    (
        r"Tensor' object has no attribute '_unique_id'",
        "Gradients first, then variables: `optimizer.apply(gradients, variables)`.",
    ),
    (r"Tensor' object has no attribute 'assign", "Only a `tf.Variable` changes in place, and this is a plain tensor."),
    (
        r"found return value of type [Ff]unction",
        "`@tf.function` belongs on the inner function, the step, not on the one that makes it.",
    ),
    (r"unsupported operand type\(s\) for .*'NoneType'|a value \(None\)|None values not supported", NONE_HINT),
    (
        r"'SymbolicTensor' object has no attribute 'numpy'|[Cc]annot convert a symbolic|NotImplementedError: in user",
        "While a graph is traced there are no numbers yet. Return the tensor, and ask for its number outside.",
    ),
    (
        r"out of scope and cannot be used here",
        "A Python list in a graph holds symbols of an earlier trace. Return the loss; keep lists outside the graph.",
    ),
    (
        r"Shapes of all inputs must match",
        "Arrays of different shapes were taken for one. Is it a list of gradients, one for each weight? Is it a pair, "
        "such as `tf.clip_by_global_norm` returns? The gradients are the first of the two.",
    ),
    (
        r"[Uu]sing a symbolic `tf.Tensor` as a Python `bool`",
        "While a graph is traced a tensor has no value, and a Python `if` can't decide on it: `keras.ops.maximum`, "
        "`minimum` and `where` can.",
    ),
    (
        r"since the metric has not yet been built",
        "A metric that was never updated has no result: `metric.update_state(…)` for each of `self.metrics` first.",
    ),
    (r"OptionalFromValue", "`train_step` returns nothing: end it with `return` and a dict of the metrics' results."),
    (
        r"Binding inputs to tf.function failed|missing \d required positional arguments?: '[xy]'",
        "It was called without its arguments. Where the function itself is asked for, there are no brackets: "
        "`return step`.",
    ),
    (r"`output` must have rank", "The truth comes first: `loss(y, predicted)`."),
    (
        r"non-persistent GradientTape can only",
        "A tape answers once, about what it saw: open a new one for each step, with the loss computed inside.",
    ),
)


@contextmanager
def explained() -> Iterator[None]:
    """Add what to try to errors of the student's about tapes and graphs whose own words don't tell a beginner."""
    try:
        yield
    except StudentError as error:
        said = "\n".join([str(error), *error.lines[-1:]])
        hint = next((hint for pattern, hint in _HINTS if re.search(pattern, said)), error.hint)
        raise StudentError(str(error), error.lines, hint) from None


def _words(*several: Sequence[Any] | None) -> set[str]:
    return {item for items in several for item in items or () if isinstance(item, str)}


def _made(setting: dict[str, Any], words: set[str]) -> dict[str, Any]:
    """The objects that the words stand for."""
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
    """A loss that was given by name, as `compile` makes it: the mean over the rows."""
    import keras

    return lambda y, predicted: keras.ops.mean(measure(y, predicted))


def _dataset(setting: dict[str, Any]) -> Any:
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((setting["x"], setting["y"])).batch(setting["batch_size"])


def _arguments(words: Sequence[Any], made: dict[str, Any]) -> list[Any]:
    return [made[word] if isinstance(word, str) and word in made else word for word in words]


@remote_call
def own_steps(model: Any, batches: Batches, epochs: int) -> dict[str, Any]:
    """What the model's own `train_step` does, called as `fit` calls it when it runs eagerly.

    `{"before", "after", "curves"}`; the curves hold what the last step of each epoch returned. The model is left as it
    was.
    """
    import keras

    saved, optimizer = queries.state(model), getattr(model.optimizer, "__dict__", {})
    settings = dict(optimizer)  # a step may tell the optimizer to clip
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
    """Logs as `fit` reads them: those of a dict within the dict stand by themselves."""
    flat: dict[str, Any] = {}
    for name, value in logs.items() if isinstance(logs, dict) else ():
        flat |= value if isinstance(value, dict) else {name: value}
    return flat
