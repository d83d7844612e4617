"""Oracles on models written as classes: layers made once, the mode that `fit` announces, a `fit` of their own, depth
that follows the data, and the functional model around one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from grader.check import arrays, asking, numbers, probe, stepping
from grader.check.arrays import Arrays
from grader.check.compiling import is_compiled
from grader.check.perturbing import MOVED, answers, changes, largest, named, only_numbers, oracle, quietly, raised
from grader.check.perturbing import rows as first_rows
from grader.check.spy_layer import spy_class
from grader.check.stepping import CHAIN, own_steps, reference_steps
from grader.check.verb import verb
from grader.verdict import Observation, StudentError

Observations = Iterator[Observation]


# ---- layers that stay


@oracle
def layers_made_once(model: Any, x: Arrays) -> Observations:
    """The model's layers are made before its first answer: it has weights then, and no call makes new ones.

    A layer made anew at each call begins with other numbers each time, and training never finds it. Stops the check.
    """
    x, counts = first_rows(x), [0, 0]
    try:
        first, counts = answers(model, [x])[0], []
        for _ in range(2):
            counts.append(len(asking.weights(model)))
            again = answers(model, [x])[0]
        moved = largest(changes(only_numbers(again), only_numbers(first))) > MOVED
        seen = (
            f"{numbers.counted(counts[0], 'weight')} after the first call, {counts[1]} after the second"
            if counts[0] != counts[1]
            else "two calls on the same rows answer differently"
            if moved
            else f"{numbers.counted(counts[0], 'weight')}, the same at each call"
        )
        ok, hint = counts[0] == counts[1] > 0 and not moved, ""
    except StudentError as error:
        ok, seen, hint = False, raised(error), error.hint or _made_advice(raised(error))
        if hint:
            yield Observation("your model ran", False, seen, "two calls that answer", next=hint, stop=True)
            return
    yield Observation(
        about="layers are made once",
        ok=ok,
        seen=seen,
        expected="weights that are there from the first call on, and stay",
        why="Keras trains and saves the layers that it finds in the model's attributes; others begin anew each time.",
        next=hint
        or (
            "Is a layer made in `call`, which begins anew each time? Or does one draw by lot in use as well, as with "
            "`training=True` written out?"
            if len(counts) == 2 and counts[0] == counts[1] > 0
            else TOO_LATE
        ),
        stop=True,
    )


def _made_advice(seen: str) -> str:
    """What to try where the first calls raise an error; nothing for layers that are made too late."""
    if "super().__init__" in seen:
        return "Begin `__init__` with `super().__init__(**kwargs)`."
    if "add new elements of state" in seen:
        return ""
    if "too many positional arguments" in seen:
        return "A layer such as `Concatenate` takes one list: `layer([a, b, c])`."
    if re.search(r"indices\[.*is not in \[0, \d+\)", seen):
        return "A token is larger than the table has rows: `Embedding(words, 16)`, words first."
    return "Call your model on a few rows yourself, and read the last line of the error."


@oracle
def two_dense(
    model: Any,
    x: np.ndarray,
    units: int,
    between: tuple[float, float] | None = None,
    temperature: float | None = None,
) -> Observations:
    """At inference the model is: dense with relu → a · h + b, where `between` is (a, b) → dense → with `temperature`,
    softmax(scores / temperature).

    It has been called, and its four weights have the right shapes. With as many columns in as out either kernel may be
    the first one.
    """
    found = [w["array"] for w in asking.weights(model)]
    rng = probe.rng("two dense", [w.shape for w in found])
    arrays_ = [(rng.normal(0, 1, w.shape) / np.sqrt(max(w.shape[0], 1))).astype("float32") for w in found]
    seen = next(iter(only_numbers(answers(model, [x], arrays_)[0]).values()))
    matrices, vectors = ([w for w in arrays_ if w.ndim == n] for n in (2, 1))
    wanted = {
        slip: [
            _two_dense(x, k, b, h, c, between, temperature, slip)
            for k, h in (matrices, matrices[::-1])
            for b, c in (vectors, vectors[::-1])
            if k.shape == (x.shape[1], units) and b.shape == (units,) and h.shape[0] == units and c.shape == h.shape[1:]
        ]
        for slip in ("", *DENSE_SLIPS)
    }
    right = next((one for one in wanted[""] if seen.shape == one.shape and numbers.close(seen, one)), wanted[""][0])
    here = next(numbers.equal(seen, right, "its numbers"))
    slip = next((s for s in DENSE_SLIPS if any(numbers.close(seen, one) for one in wanted[s])), "")
    yield Observation(
        about="its numbers",
        ok=here.ok,
        seen=here.seen,
        expected=here.expected,
        why="Each step has its place: what comes after counts on it.",
        next=DENSE_SLIPS.get(slip, "Follow one row through `call`, step by step."),
    )


DENSE_SLIPS = {
    "no relu": "The first dense layer has no relu.",
    "nothing between": "The inner layer isn't used, at inference at least: call it always, it is told which it is.",
    "inner last": "The inner layer stands behind the second dense layer.",
    "relu at the end": "The last layer has an activation, and should have none.",
    "no temperature": "The scores aren't divided by the temperature.",
    "no softmax": "These are the scores: the softmax is missing.",
}


def _two_dense(x: np.ndarray, k: Any, b: Any, h: Any, c: Any, between: Any, temperature: Any, slip: str) -> np.ndarray:
    factor, offset = between or (1.0, 0.0)
    x = x.astype("float64") @ k + b
    x = x if slip == "no relu" else np.maximum(x, 0)
    if slip not in ("nothing between", "inner last"):
        x = factor * x + offset
    x = x @ h + c
    x = factor * x + offset if slip == "inner last" else x
    x = np.maximum(x, 0) if slip == "relu at the end" else x
    if temperature is None:
        return x
    x = x if slip == "no temperature" else x / temperature
    return x if slip == "no softmax" else _softmax(x)


# ---- the mode that `fit` announces


@verb
def modes_in_fit(build: Any, x: Any, arguments: dict[str, Any] | None = None) -> dict[str, list]:
    """The `training` flags that reach a spy in `build(spy, **arguments)` in the steps of "fit" and of "evaluate"."""
    import keras

    spy, found = spy_class()(), {}
    with quietly():
        model = build(spy, **(arguments or {}))
        model.compile(keras.optimizers.SGD(0.0), "mse", run_eagerly=True)
        x = arrays.tensors(x)
        y = keras.tree.map_structure(keras.ops.zeros_like, model(x))
        for name, step in (("fit", model.train_step), ("evaluate", model.test_step)):
            spy.seen.clear()
            step((x, y))
            found[name] = [seen if seen is None or isinstance(seen, bool) else type(seen).__name__ for seen in spy.seen]
    return found


@oracle
def told_in_fit(build: Any, x: Any, arguments: dict[str, Any] | None = None) -> Observations:
    """`fit` reaches the layer that `build(layer, **arguments)` gets with training=True, and `evaluate` without.

    Keras hands `training` over in `fit` only to a `call` that has an argument of this name. Called by hand, Keras
    may tell the inner layers all the same, which `passes_training` sees.
    """
    found = modes_in_fit(build, x, arguments)
    for name, right in (("fit", True), ("evaluate", False)):
        flags = found.get(name) or []
        ok = bool(flags) and all(flag is True if right else not flag for flag in flags)
        yield Observation(
            about=f"inside `{name}`",
            ok=ok,
            seen=f"the layer inside gets {', '.join(map(str, flags))}" if flags else "the layer inside isn't called",
            expected="it gets True" if right else "it gets False",
            why="`fit` says `training=True` to a model whose `call` has an argument `training`, and to no other."
            if right
            else "A score is measured on the model as it will be used.",
            next="`def call(self, inputs, training=None)`, and hand it on: `layer(x, training=training)`.",
        )


@verb
def losses_of_steps(model: Any, x: Any, y: Any, loss: str) -> dict[str, list[float]]:
    """The losses of two steps of "fit", with a learning rate of 0, and of two of "evaluate", on the same rows."""
    import keras

    with quietly():
        model.compile(keras.optimizers.SGD(0.0), loss, run_eagerly=True)
        with asking.restored_weights(model):
            data, found = (arrays.tensors(x), arrays.tensors(y)), {}
            for name, step in (("fit", model.train_step), ("evaluate", model.test_step)):
                found[name] = []
                for _ in range(2):
                    keras.Model.reset_metrics(model)
                    found[name].append(float(probe.array(step(data)["loss"])))
    return found


@oracle
def drops_in_fit(model: Any, x: Any, y: Any, loss: str = "sparse_categorical_crossentropy") -> Observations:
    """A model with dropout drops inside `fit`, each time other numbers, and not inside `evaluate`. It must have been
    called. For a layer that can be handed over, `told_in_fit` sees more."""
    found = losses_of_steps(model, x, y, loss)
    for name, differ in (("fit", True), ("evaluate", False)):
        first, second = (found.get(name) or [0.0, 0.0])[:2]
        ok = (abs(first - second) > 1e-6) is differ
        yield Observation(
            about=f"dropout inside `{name}`",
            ok=ok,
            seen="drops, another draw each time" if first != second else "nothing is dropped",
            expected="another draw for each batch" if differ else "nothing is dropped",
            why="`fit` says `training=True` to a model whose `call` has an argument `training`, and to no other."
            if differ
            else "A score is measured on the model as it will be used.",
            next="`def call(self, inputs, training=None)`, and hand it on: `layer(x, training=training)`.",
        )


# ---- a model that is to be compiled, and its own `fit`


@verb
def compile_with(
    model: Any, learning_rate: float = 0.1, loss: str = "mse", metrics: Sequence[str] = (), seed: int = 0
) -> None:
    """Compile the model where it lives, with plain SGD. `seed` is set first, for layers that draw numbers."""
    import keras

    keras.utils.set_random_seed(seed)
    model.compile(keras.optimizers.SGD(learning_rate), loss, metrics=list(metrics))


def _sgd(learning_rate: float) -> dict[str, Any]:
    """The optimizer of `compile_with` as data: whatever the student's code has made of the compiled one."""
    import keras

    return keras.optimizers.serialize(keras.optimizers.SGD(learning_rate))


def steps_clipped(
    model: Any, x: np.ndarray, y: np.ndarray, learning_rate: float, limit: float | None, epochs: int = 1
) -> Observations:
    """The `train_step` of a model that `compile_with` compiled steps as `fit`'s, with gradients of a common norm of
    `limit` at most (Pascanu et al. 2013): batches of 8, every step worked out by hand. With None nothing is to be
    clipped. An optimizer that was told to clip is fine."""
    yield from is_compiled(model)
    asking.outputs(model, x[:1])
    batches = arrays.batches(x, y, 8)
    clip = None if limit is None else ("norm", limit)
    try:
        found = own_steps(model, batches, epochs)
    except StudentError as error:
        raise StudentError(str(error), error.lines, _odd_step(str(error), error.hint)) from None
    options = {"epochs": epochs, "clip": clip, "optimizer": _sgd(learning_rate)}
    ours = reference_steps(model, batches, **options)["after"]
    steps = numbers.counted(len(batches) * epochs, "step")
    how = f" with gradients of a norm of {limit:g} at most" if limit is not None else ", as the limit isn't reached"
    for observation in stepping._compare(model, batches, found, ours, options, 1):
        if observation.about == "the weights after training":
            wanted = f"those after {steps} of `fit`{how}"
            observation = replace(observation, expected=wanted, next=_step_advice(observation.next, limit))
        yield observation


ODD_STEPS = (
    (
        r"None values not supported|convert a value \(None\)",
        "Is each handed to `compute_loss` by name, `x=x, y=y, y_pred=y_pred`? Or is a gradient `None`, as the loss was "
        "computed outside the tape?",
    ),
    (
        r"Shapes of all inputs must match|Shapes must be equal rank",
        "The gradients have different shapes: take one sum of squares for each of them, and combine these. Or is this "
        "the pair that `tf.clip_by_global_norm` returns? The gradients are the first of the two.",
    ),
    (r"symbolic tf\.Tensor .* to a numpy array", "Use `keras.ops` instead of NumPy: a tensor has no numbers yet here."),
)
"""What errors of a student's `train_step` say, and what to try."""


def _odd_step(seen: str, hint: str) -> str:
    return next((better for pattern, better in ODD_STEPS if re.search(pattern, seen)), hint)


def _step_advice(advice: str, limit: float | None) -> str:
    """What to try, for a `train_step`: `compute_loss` is there for the penalties, and a limit may lie far away."""
    if "regularisers are missing" in advice:
        return "The penalties are missing: `self.compute_loss(…)` has them in it, beside the compiled loss."
    if not advice.startswith("Try one step"):
        return advice
    if limit is None:
        return "Where the norm is below the limit the gradients stay as they are: the factor is 1 there, never more."
    return (
        "Try one step on one batch: is your norm that of `tf.linalg.global_norm(gradients)`, and your factor the limit "
        "divided by it?"
    )


@verb
def own_fit(model: Any, batches: Sequence, epochs: int) -> dict[str, Any]:
    """A real `fit` on these batches, traced as Keras does it: the "curves" of its History, and the weights "before" and
    "after". The model is left as it was."""
    import keras

    saved = asking.state(model)
    x, y = (arrays.joined([batch[place] for batch in batches]) for place in (0, 1))
    size = arrays.count(y) // len(batches)
    try:
        before = [weight["array"] for weight in asking.weights(model)]
        with quietly(), stepping.explained():
            options = {"batch_size": size, "epochs": epochs, "shuffle": False, "verbose": 0}
            history = probe.attempt(keras.Model.fit, model, x, y, **options)
        curves = {str(name): [float(value) for value in curve] for name, curve in history.history.items()}
        return {"curves": curves, "before": before, "after": [weight["array"] for weight in asking.weights(model)]}
    finally:
        asking.restore(model, saved)


@oracle
def fit_reports(
    model: Any,
    x: np.ndarray,
    y: np.ndarray,
    names: Sequence[str],
    learning_rate: float,
    limit: float | None = None,
    epochs: int = 2,
) -> Observations:
    """The real `fit` of a model that `compile_with` compiled, in a graph, writes these curves into the History: those
    of `names` that a plain loop measures ("loss", "mae", "accuracy"), with its numbers. Batches of 8, and a number of
    rows that 8 divides; `limit` as for `steps_clipped`."""
    batches = arrays.batches(x, y, 8)
    asking.outputs(model, x[:1])
    try:
        found = own_fit(model, batches, epochs)
    except StudentError as error:
        yield Observation(
            about="inside `fit`",
            ok=False,
            seen=raised(error),
            expected="a step that `fit` can trace",
            why="`fit` calls `train_step` once, with tensors that have no values yet, and runs what it noted down.",
            next=_odd_step(str(error), error.hint)
            or "Compute with `keras.ops` or `tf`; a Python `if` can't decide on a tensor.",
        )
        return
    clip = None if limit is None else ("norm", limit)
    wanted = reference_steps(model, batches, epochs=epochs, clip=clip, optimizer=_sgd(learning_rate))
    off = stepping._apart(found["after"], wanted["after"], found["before"], len(batches) * epochs)
    strays = off > CHAIN * numbers.tolerance()
    for name in names:
        curve, seen = np.array(wanted["curves"][name]), np.asarray(found["curves"].get(name, ()), "float64")
        ok = seen.shape == curve.shape and numbers.gap(seen, curve) <= CHAIN * numbers.tolerance()
        yield Observation(
            about=f"`{name}` in the History",
            ok=ok,
            seen=numbers.series(seen) if len(seen) else f"no `{name}`, only {_quoted(found['curves']) or 'nothing'}",
            expected=numbers.series(curve),
            why="Whoever calls `fit` reads from its History how training goes.",
            next="" if ok else STRAYS if strays and len(seen) else _history_advice(name, seen, curve),
        )


STRAYS = "The weights go another way than they should, and the numbers with them: mend the step first."


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _history_advice(name: str, seen: np.ndarray, curve: np.ndarray) -> str:
    if not len(seen):
        return "`train_step` returns a dict of all of them: `{m.name: m.result() for m in self.metrics}`."
    if not seen.any():
        return "A metric that is never updated stays at 0: `metric.update_state(…)` for each batch."
    if name == "loss" and len(curve) > 1 and np.isclose(seen[0], curve[0] * 2, rtol=0.05):
        return "Twice as much: is something counted twice?"
    return "Update each metric once for each batch: the one called `loss` with the loss, the others with `y, y_pred`."


@verb
def moved_by_fit(model: Any, x: Any, y: Any, loss: str, rate: float) -> list[bool]:
    """For each weight, whether one epoch of a real `fit`, a single batch, has moved it. The model is put back."""
    import keras

    with quietly():
        model.compile(keras.optimizers.SGD(rate), loss)
        with asking.restored_weights(model):
            before = [weight["array"] for weight in asking.weights(model)]
            probe.attempt(model.fit, x, y, batch_size=len(x), epochs=1, verbose=0)
            after = [weight["array"] for weight in asking.weights(model)]
    return [not np.array_equal(a, b) for a, b in zip(after, before, strict=True)]


LEFT = (
    "What stays has no part in the loss. Is it used in the answer, and is nothing between them that stops gradients: "
    "`stop_gradient`, rounding, `argmax`, a way through NumPy?"
)
TOO_LATE = "Make each layer in `__init__` and keep it, `self.trunk = keras.layers.Dense(…)`; `call` only uses it."


@oracle
def works_in_fit(model: Any, x: Any, y: Any, loss: str = "sparse_categorical_crossentropy") -> Observations:
    """A real `fit` runs, and moves every trainable weight. The model must have been called."""
    found = asking.weights(model)
    try:
        moved = moved_by_fit(model, x, y, loss, 0.5)
        left = [w["path"] for w, m in zip(found, moved, strict=True) if w["trainable"] and not m]
        paths = ", ".join(f"`{path}`" for path in left[:3])
        seen = f"runs, but leaves {paths} as it was" if left else "runs, and learns"
        ok = bool(found) and not left
        seen, hint = (seen, LEFT) if found else ("there is nothing to train", TOO_LATE)
    except StudentError as error:
        ok, seen, hint = False, raised(error), error.hint
    yield Observation(
        about="inside `fit`",
        ok=ok,
        seen=seen,
        expected="a `fit` that runs, and moves each weight",
        why="`fit` notes the operations of `call` down once, with tensors that have no values yet.",
        next=hint
        or "On such a tensor a Python `if` can't decide, and `float` or NumPy can't read it: `keras.ops.where` chooses "
        "for each row, `keras.ops.cond` for all of them at once.",
    )


# ---- depth that follows the data

Refine = Callable[[np.ndarray, list[np.ndarray], int, float], np.ndarray]


def _softmax(values: np.ndarray) -> np.ndarray:
    from scipy.special import softmax  # Keras loads it; without Keras it would take half a second

    return softmax(values, axis=1)


def _refined(x: np.ndarray, weights: list[np.ndarray], most: int, limit: float, slip: str = "") -> np.ndarray:
    """What an early exit answers: `weights` are the block's kernel and bias (tanh) and the head's (softmax)."""
    block, block_bias, head, head_bias = weights
    x, first = x.astype("float64"), None
    for _ in range(most + {"fewer": -1, "more": 1}.get(slip, 0)):
        scores = x @ head + head_bias
        p = (scores if slip == "no softmax" else _softmax(scores)).max(axis=1)
        first = p < limit if first is None else first
        unsure = p < limit
        if slip == "all":
            unsure = np.ones(len(x), bool)
        elif slip == "while none is sure":
            unsure = np.full(len(x), bool(unsure.all()))
        elif slip == "in the mean":
            unsure = np.full(len(x), p.mean() < limit)
        elif slip == "the other way":
            unsure = ~unsure
        elif slip == "asked once":
            unsure = first
        elif slip == "none":
            unsure = np.zeros(len(x), bool)
        x = np.where(unsure[:, None], np.tanh(x @ block + block_bias), x)
    scores = x @ head + head_bias
    return scores if slip == "no softmax" else _softmax(scores)


SLIPS = {
    "all": "Every row goes through the block each time, or as long as one of them is unsure. Decide for each row by "
    "itself: `keras.ops.where(unsure, block(h), h)`.",
    "while none is sure": "The first row that is sure stops all the others. Decide for each row by itself: "
    "`keras.ops.where(unsure, block(h), h)`.",
    "in the mean": "All rows go on or stop together, by their mean. Decide for each row by itself.",
    "the other way": "The rows that are sure go on, and the unsure ones stop: turn the condition round.",
    "asked once": "Which rows are unsure is asked once only. Ask again after each round: the head may be sure now.",
    "fewer": "One round too few: up to `most` rounds.",
    "more": "One round too many: `most` rounds are the most.",
    "no softmax": "These are scores: the head ends in a softmax, and its probabilities are compared with the limit.",
    "none": "No row ever goes through the block.",
}


@oracle
def exits_early(model: Any, features: int, classes: int, most: int, limit: float) -> Observations:
    """A row goes through a block (dense, tanh, features → features) as long as the head (dense, softmax) gives no
    class a probability of `limit`, `most` times at most; then the head answers. Each row by itself.

    The model has been called, and has the four weights of these two layers, in any order; features ≠ classes.
    """
    shapes = [(features, features), (features,), (features, classes), (classes,)]
    found = [w["array"].shape for w in asking.weights(model)]
    if sorted(found) != sorted(shapes):
        yield Observation(
            about="its weights",
            ok=False,
            seen=", ".join(map(str, found)) or "none",
            expected=f"those of the block and of one head: {', '.join(map(str, shapes))}",
            why="The same block is used in every round, and the same head.",
            next="The block was never called: does one sure row stop all the others?"
            if sorted(found) == sorted(shapes[2:])
            else "Make the head once, in `__init__`, and keep the block in an attribute.",
            stop=True,
        )
        return
    x, weights = _mixed(shapes, most, limit)
    ours = [weights[shapes.index(shape)] for shape in found]
    seen = next(iter(only_numbers(answers(model, [x], ours)[0]).values()))
    wanted = _refined(x, weights, most, limit)
    ok = numbers.close(seen, wanted)
    off = [] if seen.shape != wanted.shape else np.flatnonzero(np.abs(seen - wanted).max(axis=1) > 1e-3).tolist()
    here = next(numbers.equal(seen, wanted, "each row leaves when it is sure"))
    slip = "" if ok else next((s for s in SLIPS if numbers.close(seen, _refined(x, weights, most, limit, s))), "")
    yield Observation(
        about="each row leaves when it is sure",
        ok=ok,
        seen=here.seen if ok or not off else f"{len(off)} of {len(x)} rows get another answer",
        expected=f"up to {most} rounds for each row, until a probability reaches {limit:g}",
        why="Easy rows cost little; hard ones get more rounds.",
        next=SLIPS.get(
            slip, "Work one row out by hand: ask the head, compare with the limit, then the block, then the head again."
        ),
    )


def _mixed(shapes: list[tuple[int, ...]], most: int, limit: float) -> tuple[np.ndarray, list[np.ndarray]]:
    """Rows and weights under which rows leave after different numbers of rounds, none of them by a hair, and each slip
    leads to other answers."""
    rng = probe.rng("exits early", shapes, most, limit)
    for _ in range(2000):
        scales = (1.6 / np.sqrt(shapes[0][0]), 0.3, 1.6 / np.sqrt(shapes[0][0]), 0.3)
        weights = [rng.normal(0, s, shape).astype("float32") for s, shape in zip(scales, shapes, strict=True)]
        x = rng.normal(0, 1, (12, shapes[0][0])).astype("float32")
        tops = [_refined(x, weights, rounds, limit).max(axis=1) for rounds in range(most + 1)]
        clear = min(float(np.abs(top - limit).min()) for top in tops) > 2e-3
        left = [int((top >= limit).sum()) for top in tops]
        right = _refined(x, weights, most, limit)
        told = all(np.abs(_refined(x, weights, most, limit, slip) - right).max() > 0.01 for slip in SLIPS)
        if clear and told and 0 < left[0] < left[1] and left[-1] < len(x):
            return x, weights
    raise ValueError(f"no weights under which rows leave at different rounds for a limit of {limit}")


# ---- a functional model around one


@cache
def _desk_class() -> type:
    """A subclassed model of ours; made when it is first asked for, as Keras takes seconds to import."""
    import keras

    layers = keras.layers

    class Desk(keras.Model):
        """Takes a dict of `text_body` (6 tokens) and `tags`, or with `plain` the tags alone, without a dict."""

        def __init__(self, words: int, tags: int, departments: int, plain: bool, names: Sequence[str]):
            super().__init__()
            self.plain, self.order = plain, tuple(names)
            self.look_up = None if plain else layers.Embedding(words, 4)
            self.trunk = layers.Dense(7, "tanh", name=names[0])
            self.middle = layers.Dense(5, "relu", name=names[1])
            self.head = layers.Dense(departments, "softmax", name=names[2])
            self.tags = tags

        def steps(self, inputs: Any) -> dict[str, Any]:
            """What each named layer puts out."""
            x = inputs
            if not self.plain:
                read = keras.ops.mean(self.look_up(inputs["text_body"]), axis=1)
                x = keras.ops.concatenate([read, inputs["tags"]], axis=-1)
            found = {}
            for layer in (self.trunk, self.middle, self.head):
                x = found[layer.name] = layer(x)
            return found

        def call(self, inputs: Any) -> Any:
            return self.steps(inputs)[self.order[-1]]

    return Desk


@verb
def opened(function: Any, setting: dict[str, Any], given: Sequence[Any] = ()) -> dict[str, Any]:
    """What the function makes of a subclassed model of ours and of inputs for it: `function(model, inputs, *given)`.

    `setting` is `words`, `tags`, `departments`, `plain`, `names` and, as plain data, `x`. "kind": what is returned, in
    words; and where that is a model: "ends" as `asking.signature` tells them, "layers" by their names, "answers" before
    and after the weights of ours were changed in place, beside "wanted", for each of our layers by name; "gained", how
    many weights it has that ours has not.
    """
    import keras

    setting, x = {k: v for k, v in setting.items() if k != "x"}, setting["x"]
    model = _desk_class()(**setting)
    with quietly():
        model(x)
        asking.redraw(model, 1)
        if isinstance(x, dict):
            inputs = {name: keras.Input(part.shape[1:], dtype=str(part.dtype), name=name) for name, part in x.items()}
        else:
            inputs = keras.Input(x.shape[1:])
        made = _opening(function, model, inputs, *given)
        found: dict[str, Any] = {"kind": asking.kind_of(made), "model": asking.is_a_model(made)}
        if not found["model"]:
            return found
        found |= {"ends": asking.signature(made), "layers": [str(layer.name) for layer in made.layers]}
        found |= {"answers": [], "wanted": []}
        for seed in (None, 2):
            if seed:
                asking.redraw(model, seed)
            found["answers"].append(named(asking.outputs(made, x)))
            found["wanted"].append({name: probe.array(value) for name, value in model.steps(x).items()})
        ours = {id(weight) for weight in asking.own(model, "weights")}
        found["gained"] = sum(id(weight) not in ours for weight in asking.own(made, "weights"))
    return found


ODD_ENDS = (
    (
        r"No such layer: (trunk|middle)",
        "`model(inputs)` makes one box of the model, and its layers stay inside. Its method `call` puts each of them "
        "on the graph: `keras.Model(inputs, model.call(inputs))`.",
    ),
    (
        r"object has no attribute '_?(inputs?|outputs?)'",
        "A model written as a class doesn't know its ends: take the `inputs` that you were given, and call the model.",
    ),
    (
        r"has never been called and thus has no defined output",
        "Put the model on `inputs` first, by `model(inputs)`; or by `model.call(inputs)`, to see the layers inside.",
    ),
)
"""What errors of a student's `as_functional` or `output_of` say, and what to try."""


def _opening(function: Any, *args: Any) -> Any:
    try:
        return probe.attempt(function, *args)
    except StudentError as error:
        hint = next((hint for pattern, hint in ODD_ENDS if re.search(pattern, str(error))), error.hint)
        raise StudentError(str(error), error.lines, hint) from None


def open_setting(plain: bool, names: Sequence[str], salt: str = "") -> dict[str, Any]:
    """A subclassed model for `opened`, and rows for it. Sizes are drawn."""
    rng = probe.rng("open", plain, tuple(names), salt)
    words, tags, departments = (int(rng.integers(low, low + 5)) for low in (10, 3, 3))
    tag_rows = rng.normal(size=(6, tags)).astype("float32")
    x = tag_rows if plain else {"text_body": rng.integers(1, words, (6, 6)).astype("int32"), "tags": tag_rows}
    return {"words": words, "tags": tags, "departments": departments, "plain": plain, "names": list(names), "x": x}


@oracle
def wraps(
    function: Any, plain: bool = False, names: Sequence[str] = ("trunk", "middle", "department"), of: str | None = None
) -> Observations:
    """`function(model, inputs)` returns a functional model around a subclassed one of ours: the same answers, by the
    same weights, with shapes that can be asked for. With `of`, a layer's name, `function(model, inputs, of)` returns
    one that gives what this layer puts out.

    `plain` chooses a model that takes an array instead of a dict; `names` are those of its three dense layers.
    """
    setting = open_setting(plain, names, of or "")
    found = opened(function, setting, [] if of is None else [of])
    yield _functional(found)
    wanted_of = of or names[-1]
    seen = [np.asarray(next(iter(a.values()))) if len(a) == 1 else None for a in found["answers"]]
    wanted = [w[wanted_of] for w in found["wanted"]]
    first, later = (
        s is not None and s.shape == w.shape and numbers.close(s, w) for s, w in zip(seen, wanted, strict=True)
    )
    shape = tuple(found["ends"]["outputs"]["shapes"][0]) if found["ends"] else ()
    yield Observation(
        about="`.output`",
        ok=shape[1:] == wanted[0].shape[1:] and len(found["ends"]["outputs"]["shapes"]) == 1,
        seen=f"shape {shape}",
        expected=f"shape {(None, *wanted[0].shape[1:])}",
        why="What comes after is built on this symbolic tensor.",
        next="The model ends in what the model that you were given returns."
        if of is None
        else f"It ends in the tensor that the layer `{of}` puts out, `get_layer(name).output` of the opened model.",
    )
    yield Observation(
        about="its answers" if of is None else f"what `{of}` puts out",
        ok=first,
        seen=_what_instead(found, seen[0], of, names)
        if not first
        else "those of the model itself"
        if of is None
        else "those of that layer",
        expected="the numbers of the model that you were given" if of is None else f"the numbers of its layer `{of}`",
        why="The functional model is another view of the same model.",
        next=""
        if first
        else "Build nothing anew: call the model, or its `call`, on the inputs."
        if of is None
        else "Make a graph with `model.call(inputs)`, ask it for the layer by the name that you were given, and end in "
        "its `.output`. Make no layer anew.",
    )
    if first:
        yield Observation(
            about="the same weights",
            ok=later and not found["gained"],
            seen="they follow when the model's weights change" if later else "copies: they stay when the model learns",
            expected="the very weights of the model that you were given",
            why="What the one learns the other knows at once.",
            next="A clone, or a layer made anew, has weights of its own.",
        )


def _functional(found: dict[str, Any]) -> Observation:
    ok = bool(found["model"]) and found.get("ends") is not None
    return Observation(
        about="a functional model",
        ok=ok,
        seen="yes, with inputs and outputs that can be asked for"
        if ok
        else "a model that doesn't know its inputs and outputs"
        if found["model"]
        else found["kind"],
        expected="a model made by `keras.Model(inputs, outputs)`",
        why="Only a functional model knows its graph: shapes, `.output`, paths.",
        next="This is the tensor: wrap it, `keras.Model(inputs, …)`."
        if "KerasTensor" in str(found["kind"])
        else "Call the model on `inputs`: that gives a symbolic tensor. Then cut out `keras.Model(inputs, …)`.",
        stop=True,
    )


def _what_instead(found: dict[str, Any], seen: np.ndarray | None, of: str | None, names: Sequence[str]) -> str:
    if seen is None:
        return f"{len(found['answers'][0])} outputs"
    for name in names:
        value = found["wanted"][0][name]
        if name != (of or names[-1]) and seen.shape == value.shape and numbers.close(seen, value):
            return f"the numbers of `{name}`"
    return f"shape {seen.shape}" if seen.shape != found["wanted"][0][of or names[-1]].shape else "other numbers"
