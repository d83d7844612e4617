"""Oracles on steps of training: a loop or a `train_step` of one's own against `fit`'s.

Whatever `fit` would do is worked out by a plain loop of ours over the same batches in the same order. A function of
the student's that takes a model gets one made from plain data, beside it, wherever it lives (`run_on`).
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.check import arrays, asking, numbers, probe
from grader.check.arrays import Arrays
from grader.check.asking import forward, own
from grader.check.compiling import is_compiled
from grader.check.numbers import series
from grader.check.tracing import traced_seldom, traces_of
from grader.check.training import curves as curves_of
from grader.check.verb import verb
from grader.verdict import Observation, StudentError

Observations = Iterator[Observation]
Batches = Sequence[Sequence[Arrays]]

CHAIN = 10
"""Rounding adds up over a chain of steps: how many times the tolerance of one computation a movement may be off."""

LOOP = ("model", "dataset", "optimizer", "loss", "epochs")
"""What a training function takes, unless the exercise says otherwise. See `run_on`."""


# ---- running a function on a model that travels as data


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
        "weights": [probe.array(w) for w in model.weights],
        "optimizer": keras.optimizers.serialize(made[0]),
        "loss": loss if isinstance(loss, str) else keras.losses.serialize(made[1]),
        "metric": keras.metrics.serialize(made[2]) if metric else None,
        "x": np.asarray(x),
        "y": np.asarray(y),
        "batch_size": batch_size or len(x),
        "epochs": epochs,
    }


@verb
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
    before = [probe.array(w) for w in made["model"].weights]
    step, words, returned = function, given, []
    if then is not None:
        with explained():
            step, words = probe.attempt(function, *_arguments(given, made)), then
        if not callable(step):
            raise StudentError(f"it returned {asking.kind_of(step)}, which can't be called", [], RETURN_THE_STEP)
    traced = traces_of(step)
    whole = "epochs" in _words(words) or not {"x", "y"} & _words(words)
    for _ in range(1 if whole else setting["epochs"]):
        for x, y in [(made["x"], made["y"])] if whole else made["batches"]:
            with explained():
                returned.append(probe.told(probe.attempt(step, *_arguments(words, made | {"x": x, "y": y}))))
    after = traces_of(step)
    return {
        "before": before,
        "after": [probe.array(w) for w in made["model"].weights],
        "returned": returned,
        "steps": int(probe.array(made["optimizer"].iterations)),
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


# ---- what `fit` would have done


@verb
def reference_steps(
    model: Any,
    batches: Batches,
    epochs: int = 1,
    optimizer: dict | str | None = None,
    loss: dict | str | None = None,
    clip: tuple[str, float] | None = None,
    penalties: float = 1.0,
    training: bool = True,
    micro: int = 1,
) -> dict[str, Any]:
    """The weights after a plain loop over the batches, and what was measured in each epoch on the way.

    Each step takes the gradient of the loss and `penalties` times the model's penalties, clips it and hands it to
    a fresh optimizer; both default to the compiled ones. `clip` is ("norm", c) for the global norm (Pascanu et al.
    2013), ("each", c) for that of each weight by itself, ("value", c) for each number. With `micro` it clips the
    gradients of so many equal parts of a batch, each by itself, and takes their mean.

    `{"after", "curves", "losses"}`; the curves are "loss" and, where they make sense, "accuracy" and "mae"; `losses`
    holds for each epoch those of its batches, each before its step. The model is left as it was.
    """
    import keras

    saved = asking.state(model)
    try:
        steps = keras.optimizers.get(optimizer) if optimizer is not None else _same_optimizer(model)
        measure = None if loss is None else keras.losses.get(loss)
        curves: dict[str, list[float]] = {}
        losses = []
        for _ in range(epochs):
            how = (steps, measure, clip, penalties, training, micro)
            seen = [_reference_step(model, x, y, *how) for x, y in batches]
            _record(curves, seen, [y for _, y in batches])
            losses.append([loss for loss, _ in seen])
        return {"after": [probe.array(w) for w in own(model, "weights")], "curves": curves, "losses": losses}
    finally:
        asking.restore(model, saved)


def _reference_step(
    model: Any, x: Any, y: Any, optimizer: Any, measure: Any, clip: Any, penalties: float, training: bool, micro: int
) -> tuple[float, Arrays]:
    """One step; the loss and the predictions before it."""
    how = (measure, penalties, training)
    value, predicted, gradients = _reference_gradients(model, x, y, *how)
    if micro > 1:
        parts = arrays.batches(x, y, arrays.count(x) // micro)
        parts = [_clipped(_reference_gradients(model, *part, *how)[-1], clip) for part in parts]
        gradients, clip = [sum(same) / micro for same in zip(*parts, strict=True)], None
    optimizer.apply(_clipped(gradients, clip), own(model, "trainable_weights"))
    return value, predicted


def _reference_gradients(
    model: Any, x: Any, y: Any, measure: Any, penalties: float, training: bool
) -> tuple[float, Arrays, list[Any]]:
    """The loss, the predictions, and a gradient for each trainable weight."""
    import keras
    import tensorflow as tf

    x, y = arrays.tensors(x), arrays.tensors(y)
    moving = own(model, "trainable_weights")
    with tf.GradientTape() as tape:
        predicted = forward(model, x, training)
        extra = sum(own(model, "losses"))
        if measure is None:
            data = probe.attempt(model.compute_loss, x=x, y=y, y_pred=predicted) - extra
        else:
            data = keras.ops.mean(measure(y, predicted))
        value = data + penalties * extra
    gradients = tape.gradient(value, [weight.value for weight in moving])
    gradients = [keras.ops.zeros(w.shape) if g is None else g for g, w in zip(gradients, moving, strict=True)]
    return float(probe.array(value)), asking.as_arrays(predicted), [tf.convert_to_tensor(g) for g in gradients]


def _clipped(gradients: list[Any], clip: tuple[str, float] | None) -> list[Any]:
    import keras

    if clip is None:
        return gradients
    how, limit = clip
    if how == "value":
        return [keras.ops.clip(g, -limit, limit) for g in gradients]
    norms = [float(np.linalg.norm(probe.array(g))) for g in gradients]
    if how == "norm":
        norms = [float(np.linalg.norm(norms))] * len(norms)
    return [g * min(1.0, limit / max(norm, 1e-12)) for g, norm in zip(gradients, norms, strict=True)]


def _same_optimizer(model: Any) -> Any:
    """A second optimizer in the state of the model's own."""
    twin = type(model.optimizer).from_config(model.optimizer.get_config())
    twin.build(own(model, "trainable_weights"))
    for variable, value in zip(twin.variables, model.optimizer.variables, strict=True):
        variable.assign(value)
    return twin


def _record(curves: dict[str, list[float]], seen: list[tuple[float, Arrays]], targets: list[Arrays]) -> None:
    """Add an epoch's means over its rows to the curves."""
    sizes = [arrays.count(target) for target in targets]
    curves.setdefault("loss", []).append(float(np.average([loss for loss, _ in seen], weights=sizes)))
    predicted, y = arrays.joined([values for _, values in seen]), arrays.joined(targets)
    if isinstance(y, list | dict) or not isinstance(predicted, np.ndarray):
        return
    if y.dtype.kind in "iub" and predicted.ndim == 2 and y.size == len(predicted):
        labels = predicted.argmax(1) if predicted.shape[1] > 1 else predicted[:, 0] > 0.5
        curves.setdefault("accuracy", []).append(float(np.mean(labels == y.ravel())))
    elif y.size == predicted.size:
        curves.setdefault("mae", []).append(float(np.mean(np.abs(predicted.ravel() - y.ravel()))))


# ---- a loop or a step of one's own


def steps_like_fit(
    function: Any,
    model: Any,
    x: np.ndarray,
    y: np.ndarray,
    given: Sequence[Any] = LOOP,
    then: Sequence[Any] | None = None,
    batch_size: int | None = 8,
    epochs: int = 2,
    optimizer: Any = None,
    loss: Any = "mse",
    metric: Any = None,
    clip: tuple[str, float] | None = None,
    parts: int = 1,
    curves: Sequence[str] = (),
    losses: bool = False,
    traces: int | None = None,
) -> Observations:
    """The student's training function moves the weights of a model of ours as `fit` would: same rows, same order.

    `given` and `then` say how it is called (`run_on`). Weights, BatchNormalization statistics among them, are
    compared by how far they moved. `clip` says that gradients are to be clipped, `parts` that so many of the batches
    are to make one step together (accumulation). `curves` names what the function returns for each epoch, in a dict
    of lists or, if it is one, a list; with `losses` each call of a step returns the loss of its batch, as it was
    before the step. `traces` is how often it may be traced, if it has to be a tf.function.
    """
    import keras

    optimizer = keras.optimizers.SGD(0.1, momentum=0.5) if optimizer is None else optimizer
    setting = by_value(model, x, y, batch_size, epochs, optimizer, loss, metric)
    if parts > 1 and len(x) % (setting["batch_size"] * parts):
        raise ValueError(f"{len(x)} rows make no {parts} equal micro-batches of {setting['batch_size']}")
    found = run_on(function, setting, tuple(given), None if then is None else tuple(then))
    batches = arrays.batches(x, y, setting["batch_size"] * parts)
    options = {"epochs": epochs, "optimizer": setting["optimizer"], "loss": setting["loss"], "clip": clip}
    reference = reference_steps(model, batches, **options)
    right = yield from _compare(model, batches, found, reference["after"], options, parts)
    if curves and right:  # other weights make other losses
        returned = found["returned"][0] if len(found["returned"]) == 1 else found["returned"]
        wanted = {name: reference["curves"][name] for name in curves}
        yield from _curves_are(_curves(returned), wanted, reference["losses"])
    if losses and right:
        yield _losses_are(found["returned"], [loss for epoch in reference["losses"] for loss in epoch])
    if traces is not None:
        yield traced_seldom(found["traces"], traces, len(batches) * epochs)


def trains_like_fit(
    model: Any,
    x: np.ndarray,
    y: np.ndarray,
    batch_size: int | None = 8,
    epochs: int = 2,
    clip: tuple[str, float] | None = None,
    curves: Sequence[str] = ("loss",),
) -> Observations:
    """A compiled model with a `train_step` of its own moves its weights as the plain one does, `clip` apart, and
    reports the same `curves`.

    The plain step is ours, on the model's own forward pass, compiled loss and optimizer.
    """
    yield from is_compiled(model)
    asking.outputs(model, arrays.rows(x, slice(0, 1)))
    batches = arrays.batches(x, y, batch_size)
    found = own_steps(model, batches, epochs)
    options = {"epochs": epochs, "clip": clip}
    reference = reference_steps(model, batches, **options)
    right = yield from _compare(model, batches, found, reference["after"], options, 1)
    if right:
        yield from _curves_are(found["curves"], {name: reference["curves"][name] for name in curves})


@verb
def own_steps(model: Any, batches: Batches, epochs: int) -> dict[str, Any]:
    """What the model's own `train_step` does, called as `fit` calls it when it runs eagerly.

    `{"before", "after", "curves"}`; the curves hold what the last step of each epoch returned. The model is left as it
    was.
    """
    import keras

    saved, optimizer = asking.state(model), getattr(model.optimizer, "__dict__", {})
    settings = dict(optimizer)  # a step may tell the optimizer to clip
    before = [probe.array(w) for w in own(model, "weights")]
    curves: dict[str, list[float]] = {}

    try:
        for _ in range(epochs):
            keras.Model.reset_metrics(model)
            logs: Any = {}
            for x, y in batches:
                with explained():
                    logs = probe.attempt(model.train_step, (arrays.tensors(x), arrays.tensors(y)))
            for name, value in _flattened(probe.told(logs)).items():
                curves.setdefault(name, []).append(float(np.mean(probe.array(value))))
        return {"before": before, "after": [probe.array(w) for w in own(model, "weights")], "curves": curves}
    finally:
        optimizer.update(settings)
        asking.restore(model, saved)


def _flattened(logs: Any) -> dict[str, Any]:
    """Logs as `fit` reads them: those of a dict within the dict stand by themselves."""
    flat: dict[str, Any] = {}
    for name, value in logs.items() if isinstance(logs, dict) else ():
        flat |= value if isinstance(value, dict) else {name: value}
    return flat


@dataclass(frozen=True)
class _Comparison:
    """The student's weights after training beside ours, in the model's order."""

    model: Any
    batches: Batches
    options: dict[str, Any]
    parts: int
    before: list[np.ndarray]
    after: list[np.ndarray]
    ours: list[np.ndarray]
    trained: list[bool]

    def off(self, ours: list[np.ndarray] | None = None, trained: bool = True) -> float:
        """How far off the trained weights (or the others) are, relative to how far they should have moved."""
        sides = (self.after, self.ours if ours is None else ours, self.before)
        chosen = ([a for a, t in zip(side, self.trained, strict=True) if t == trained] for side in sides)
        return _apart(*chosen, self.steps)

    @property
    def steps(self) -> int:
        return len(self.batches) * self.options["epochs"]

    def slipped(self, **slip: Any) -> bool:
        """Whether training with this slip ends where the student's did."""
        options = self.options | slip
        if options == self.options:
            return False
        there = reference_steps(self.model, self.batches, **options)["after"]
        return self.off(there) < min(0.01, 0.1 * self.off())

    def still(self, trained: bool = True) -> bool:
        pairs = zip(self.after, self.before, self.trained, strict=True)
        return all(np.array_equal(a, b) for a, b, t in pairs if t == trained)

    def moves(self, weights: list[np.ndarray]) -> np.ndarray:
        """How far these are from the start, all trained weights in one vector."""
        pairs = zip(weights, self.before, self.trained, strict=True)
        return np.concatenate([(a - b).ravel() for a, b, t in pairs if t])


def _apart(seen: list[np.ndarray], expected: list[np.ndarray], before: list[np.ndarray], steps: int) -> float:
    """The largest difference, relative to how far the expected weight moved (or a thousandth of the farthest), beyond
    the unit in the last place that float32 may lose at each step."""
    far = [float(np.max(np.abs(e - b), initial=0.0)) for e, b in zip(expected, before, strict=True)]
    least = max(1e-3 * max(far, default=0.0), 1e-12)
    worst = 0.0
    for there, here, moved in zip(seen, expected, far, strict=True):
        rounding = steps * 2.0**-23 * float(np.max(np.abs(here), initial=0.0))
        off = float(np.max(np.abs(there - here), initial=0.0)) - rounding
        worst = max(worst, off / max(moved, least)) if np.isfinite(off) else np.inf
    return worst


def _compare(
    model: Any, batches: Batches, found: dict[str, Any], ours: list[np.ndarray], options: dict[str, Any], parts: int
) -> Generator[Observation, None, bool]:
    """The observations, and whether the trained weights are where they should be."""
    trained = [bool(w["trainable"]) for w in asking.weights(model)]
    both = _Comparison(model, batches, options, parts, found["before"], found["after"], ours, trained)
    if options["clip"] is not None:
        unclipped = reference_steps(model, batches, **(options | {"clip": None}))["after"]
        if _apart(unclipped, ours, both.before, both.steps) < 0.1:
            raise ValueError("there is nothing to clip: take a smaller limit")
    limit = CHAIN * numbers.tolerance()
    ok = both.off() <= limit
    yield Observation(
        about="the weights after training",
        ok=ok,
        seen="where `fit` takes them" if ok else _whereabouts(both),
        expected=f"those after {numbers.counted(both.steps, 'step')} of `fit` on the same batches",
        why="A loop of your own is worth its lines once you know that it does what `fit` does.",
        next="" if ok else _no_number(found.get("returned") or [None]) or _advice(both),
    )
    if ok and not all(trained):
        yield _statistics(both, limit)
    return ok


def _statistics(both: _Comparison, limit: float) -> Observation:
    ok, still = both.off(trained=False) <= limit, both.still(trained=False)
    return Observation(
        about="statistics",
        ok=ok,
        seen="where `fit` takes them" if ok else "they stayed as they were" if still else "elsewhere",
        expected="moving means and variances that follow the training batches, as in `fit`",
        why="BatchNormalization gathers its statistics in training and relies on them afterwards.",
        next="Call the model once for each batch, with `training=True`.",
    )


def _whereabouts(both: _Comparison) -> str:
    if both.still():
        return "no weight has moved"
    mine, ours = (np.linalg.norm(both.moves(weights)) for weights in (both.after, both.ours))
    if not np.isfinite(mine):
        return "some are no longer numbers (NaN)"
    off = both.off()
    far = f"{100 * off:.3g} % of" if off < 1 else f"{min(off, 999):.3g} times"
    return f"they moved by {mine:.3g} (`fit`: {ours:.3g}); one of them is off by {far} its way"


def _no_number(returned: Sequence[Any]) -> str:
    """What to say of a loss to which an empty list was added: it has no numbers, and no gradient."""
    if not isinstance(returned[0], np.ndarray) or returned[0].size:
        return ""
    return f"What it returns has the shape {returned[0].shape}: `model.losses` is a list, `sum(model.losses)` a number."


def _advice(both: _Comparison) -> str:
    """Which known slip ends just where the student's weights are."""
    if both.still():
        advice = "Is the loss computed inside the tape, and are the gradients handed to `optimizer.apply(…)`?"
        return advice + (" `+` on lists appends: add element by element." if both.parts > 1 else "")
    slips = [
        (
            {"training": False},
            "That is where `training=False` (or no `training`) leads: call the model with `training=True`.",
        ),
        ({"penalties": 0.0}, "The regularisers are missing: add `sum(model.losses)` to the loss."),
        ({"penalties": 2.0}, "The regularisers are counted twice: `compute_loss` adds `model.losses` already."),
        (
            {"training": False, "penalties": 0.0},
            "Training mode is missing, and so are the penalties: see `fit`'s step.",
        ),
        ({"epochs": 1}, "It went through the data once only: one pass for each of the epochs."),
    ]
    optimizer = both.options.get("optimizer")
    if isinstance(optimizer, dict) and optimizer["config"].get("momentum"):
        plain = {**optimizer, "config": {**optimizer["config"], "momentum": 0.0, "nesterov": False}}
        slips += [({"optimizer": plain}, "That is plain SGD: let the optimizer that you are given make the step.")]
    if both.options["clip"] is not None:
        limit = both.options["clip"][1]
        slips += [
            ({"clip": None}, "The gradients aren't clipped: clip them before they go to the optimizer."),
            ({"clip": ("each", limit)}, "Each was clipped by its own norm: the norm is that of all of them together."),
            (
                {"clip": ("value", limit)},
                "Each number was clipped, which bends the direction: scale all by one factor.",
            ),
            ({"clip": ("norm", limit)}, "They were scaled by their norm: clip each number instead."),
            ({"micro": both.parts}, "Each micro-batch was clipped by itself: take their mean first, and clip that."),
        ]
    if both.parts > 1 and (slip := _micro_slip(both)):
        return slip
    named = next((advice for slip, advice in slips if both.slipped(**slip)), None)
    return named or _ratio_advice(both)


def _micro_slip(both: _Comparison) -> str:
    """What happened to the micro-batches, where it can be told."""
    cut = [arrays.batches(x, y, arrays.count(x) // both.parts) for x, y in both.batches]
    slips = [
        ([part for parts in cut for part in parts], "A step for each micro-batch: add up first, then make one step."),
        ([parts[-1] for parts in cut], "Only the last micro-batch counts: add its gradients to those before."),
        ([parts[0] for parts in cut], "Only the first micro-batch counts: add up all of them, element by element."),
    ]
    for batches, advice in slips:
        there = reference_steps(both.model, batches, **both.options)["after"]
        if both.off(there) < min(0.01, 0.1 * both.off()):
            return advice
    return ""


def _ratio_advice(both: _Comparison) -> str:
    mine, ours = both.moves(both.after), both.moves(both.ours)
    ratio = float(mine @ ours / max(ours @ ours, 1e-30))
    if not np.linalg.norm(mine - ratio * ours) < 0.02 * np.linalg.norm(mine):
        return "Try one step on one batch first: loss inside the tape, gradients of all trainable weights, one `apply`."
    if abs(ratio - 1) < 0.02:
        return "Almost all of it is right. Is one weight left out, or one of several penalties?"
    if ratio < 0:
        return "The weights go uphill: the step is *minus* the learning rate times the gradient."
    if both.parts > 1 and abs(ratio / both.parts - 1) < 0.05:
        return f"{both.parts} times as far: divide the sum of the gradients by the number of micro-batches."
    if both.parts > 1 and abs(ratio * both.parts - 1) < 0.05:
        return f"1/{both.parts} as far: is the sum divided twice, or clipped before it is divided?"
    ratio = float(f"{ratio:.3g}")
    return f"{ratio:g} times as far, everywhere: a sum for a mean, another learning rate, or gradients rescaled?"


def _curves(returned: Any) -> dict[str, list[float]]:
    """What a training function returned, by name: the first dict of lists in it, or a list of numbers as "loss"."""
    if isinstance(returned, list):
        named = next((item for item in returned if isinstance(item, dict)), None)
        returned = named if named is not None else {"loss": returned}
    return curves_of(returned if isinstance(returned, dict) else {"loss": returned}) or {}


def _curves_are(
    found: dict[str, Any], wanted: dict[str, list[float]], losses: Sequence[Sequence[float]] = ()
) -> Observations:
    """`losses` are those of each epoch's batches, so that another way to average them is recognised."""
    for name, curve in wanted.items():
        seen = np.asarray(found.get(name, ()), "float64")
        ok = seen.shape == (len(curve),) and numbers.gap(seen, np.array(curve)) <= CHAIN * numbers.tolerance()
        yield Observation(
            about=f"`{name}` of each epoch",
            ok=ok,
            seen=series(seen) if len(seen) else f"no `{name}`, only {_list(found)}" if found else f"no `{name}`",
            expected=series(curve),
            why="What is reported has to be the mean over the epoch's rows, as each batch found the weights.",
            next="" if ok else _curve_advice(seen, curve, losses if name == "loss" else ()),
        )


def _losses_are(returned: list[Any], wanted: list[float]) -> Observation:
    try:
        seen = np.array([float(np.asarray(value).reshape(())) for value in returned])
    except (TypeError, ValueError):
        seen = np.array(())
    ok = len(seen) == len(wanted) and numbers.gap(seen, np.array(wanted)) <= CHAIN * numbers.tolerance()
    running = np.cumsum(wanted) / np.arange(1, len(wanted) + 1)
    return Observation(
        about="what each step returns",
        ok=ok,
        seen=series(seen) if len(seen) else asking.kind_of(returned[0] if returned else None) + ", not a number",
        expected=f"the loss of each batch: {series(wanted)}",
        why="Whoever calls the step reads from it how training goes.",
        next="End the step with `return` and the loss."
        if not len(seen) and (not returned or returned[0] is None)
        else "Python runs while the graph is traced, not when it is run: a list holds what was there at that moment. "
        "Return the loss itself."
        if not len(seen) or (len(seen) == len(running) and np.allclose(seen, running, rtol=1e-3))
        else "Return the loss of this batch, penalties included, as it was before the weights moved.",
    )


def _curve_advice(seen: np.ndarray, curve: list[float], losses: Sequence[Sequence[float]] = ()) -> str:
    if not len(seen):
        return "Return it under this name, a number for each epoch."
    if len(seen) != len(curve):
        return "One number for each epoch: the mean over its batches."
    running = np.cumsum(curve) / np.arange(1, len(curve) + 1)
    if len(curve) > 1 and np.allclose(seen, running, rtol=1e-2):
        return "Each epoch still holds the ones before: `metric.reset_state()` at its beginning."
    ways = {
        "That is the plain mean over the batches: a smaller last batch counts less. `update_state(loss, "
        "sample_weight=…)` takes the number of rows.": np.mean,
        "That is the sum over the batches: take their mean.": np.sum,
        "That is the last batch alone: take the mean over all of the epoch.": lambda batch: batch[-1],
        "That is the first batch alone: take the mean over all of the epoch.": lambda batch: batch[0],
    }
    for advice, way in ways.items():
        if losses and np.allclose(seen, [way(batch) for batch in losses], rtol=1e-3):
            return advice
    return "Is it the mean over the rows of the epoch, each batch's loss taken *before* its step, with any penalties?"


def _list(found: dict[str, Any]) -> str:
    return ", ".join(f"`{name}`" for name in found)


# ---- an evaluation of one's own


def mean_loss_is(
    function: Any,
    model: Any,
    x: np.ndarray,
    y: np.ndarray,
    given: Sequence[Any] = ("model", "dataset", "loss"),
    batch_size: int | None = 8,
    loss: Any = "mse",
) -> Observations:
    """The student's function returns the mean loss of a model of ours over all rows, at inference, without penalties.

    `given` says how it is called (`run_on`). Whether it leaves the weights alone, `moving.leaves_weights` asks.
    """
    setting = by_value(model, x, y, batch_size, loss=loss)
    returned = run_on(function, setting, tuple(given))["returned"][0]
    expected = mean_loss(model, x, y, loss)
    seen = np.asarray(returned, "float64") if isinstance(returned, int | float | np.ndarray) else np.array(())
    single = seen.size == 1
    ok = single and numbers.gap(seen.reshape(()), np.array(expected)) <= CHAIN * numbers.tolerance()
    yield Observation(
        about="the mean loss",
        ok=ok,
        seen=f"{seen.item():.5g}" if single else asking.kind_of(returned),
        expected=f"{expected:.5g}, the mean over all {len(x)} rows" if single else "one number",
        why="An evaluation tells how the model will do in use: in inference mode, every row counting alike.",
        next="" if ok else _evaluation_advice(seen, model, x, y, setting["batch_size"], loss),
    )


def _evaluation_advice(seen: np.ndarray, model: Any, x: Any, y: Any, batch_size: int, loss: Any) -> str:
    if seen.size != 1:
        return "Return the mean loss: one number for all batches together."
    batches = arrays.batches(x, y, batch_size)
    with asking.restored_weights(model):
        training = [mean_loss(model, *batch, loss, training=True) for batch in batches]
    each = [mean_loss(model, *batch, loss) for batch in batches]
    sizes = [len(batch) for batch, _ in batches]
    slips = [
        (np.average(training, weights=sizes), "That is the loss in training mode: `training=False` belongs here."),
        (np.mean(training), "That is the loss in training mode: `training=False` belongs here."),
        (np.mean(each), "That is the plain mean over the batches: a smaller last batch counts less."),
        (np.sum(each), "That is the sum over the batches: take their mean."),
        (each[-1], "That is the last batch alone."),
        (each[0], "That is the first batch alone: `return` stands inside the loop?"),
    ]
    named = (advice for value, advice in slips if np.isclose(seen.item(), value, rtol=1e-3))
    return next(named, "Is it the mean of the loss over all batches, each weighted by its number of rows?")


# ---- penalties


def mean_loss(model: Any, x: Arrays, y: Arrays, loss: Any = "mse", training: bool = False) -> float:
    """The mean of a loss, given by name or config, over the model's output for `x`; no penalty in it."""
    import keras

    predicted = arrays.tensors(asking.outputs(model, arrays.each(np.asarray, x), training))
    return float(keras.ops.mean(keras.losses.get(loss)(arrays.tensors(y), predicted)))


def adds_to_loss(
    model: Any, x: np.ndarray, y: np.ndarray, expected: float, loss: Any = "mse", about: str = "loss in training"
) -> Observations:
    """What the compiled model makes smaller in training is the loss of the data plus `expected`, counted once.

    `loss` is that of the data, by name; `expected` what regularisers or `add_loss` amount to, worked out by hand.
    """
    asking.outputs(model, arrays.rows(x, slice(0, 1)))
    found = own_steps(model, [(x, y)], 1)["curves"].get("loss", [np.nan])[0]
    data = mean_loss(model, x, y, loss, training=True)
    extra = found - data
    ok = abs(extra - expected) <= CHAIN * numbers.tolerance() * max(abs(data), abs(expected))
    yield Observation(
        about=about,
        ok=ok,
        seen=f"{found:.5g}, which is {extra:.5g} above the loss of the data",
        expected=f"{data + expected:.5g}: {data:.5g} of the data and {expected:.5g} of penalties",
        why="A penalty works only through the gradient of the one loss that training makes smaller.",
        next=_penalty_advice(extra, expected),
    )


def _penalty_advice(extra: float, expected: float) -> str:
    if abs(extra) < 0.01 * abs(expected):
        return "It isn't in there: hand it to `self.add_loss(…)` in `call`; returning it alone adds nothing."
    if abs(extra - 2 * expected) < 0.02 * abs(expected):
        return "It is counted twice: what `add_loss` or a regulariser was given is in `fit`'s loss already."
    return "Is it a sum where a mean belongs, or the factor another?"
