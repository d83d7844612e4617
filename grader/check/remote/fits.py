"""Remote calls that train for a few steps and return the changed weights, the mode or the reported losses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from grader.check.core import arrays, guarded
from grader.check.core.arrays import BATCH, Arrays, named
from grader.check.core.register import export
from grader.check.core.remote_calls import remote_call
from grader.check.remote import compiled_models, queries, steps
from grader.check.remote.answers import quietly
from grader.check.remote.fit_spy import fits
from grader.check.remote.layer_spy import spy_class
from grader.check.remote.queries import own
from grader.compat.keras import has_train_function
from grader.verdict import StudentError


@remote_call
def moved_by_training(model: Any, x: Arrays, y: Arrays, steps: int) -> list[np.ndarray]:
    """The weights after this number of further steps on (at most 32 of) these rows. The model is restored afterwards.

    A fitted model continues with the training function that `fit` compiled then, which may still update weights that
    have since been frozen. Any other model runs its `train_step` eagerly, which is faster than tracing it.
    """
    saved = queries.state(model)
    x, y = (arrays.rows(arrays.tensors(data), slice(0, BATCH)) for data in (x, y))
    try:
        if has_train_function(model):
            _fit_on(model, x, y, steps)
        else:
            for _ in range(steps):
                guarded.attempt(model.train_step, (x, y))
        return [guarded.array(w) for w in own(model, "weights")]
    finally:
        queries.restore(model, saved)


def _fit_on(model: Any, x: Any, y: Any, steps: int) -> None:
    import keras

    history = getattr(model, "history", None)
    try:
        keras.Model.fit(model, x, y, batch_size=BATCH, epochs=steps, shuffle=False, verbose=0)
    finally:
        model.history = history


@cache
def _counter_class() -> type:
    """The class of a layer that counts the rows it gets; created on first use, as importing Keras takes seconds."""
    import keras
    import tensorflow as tf

    @keras.saving.register_keras_serializable("grader")
    class Counter(keras.layers.Layer):
        """Returns its inputs; `rows` counts the rows in all calls, also in a graph."""

        def __init__(self, **kwargs: Any):
            super().__init__(**kwargs)
            self.rows = tf.Variable(0, trainable=False, dtype="int64")
            self.supports_jit = False

        def call(self, inputs: Any) -> Any:
            self.rows.assign_add(tf.cast(tf.shape(inputs)[0], "int64"))
            return inputs

        def compute_output_shape(self, shape: Any) -> Any:
            return shape

    return Counter


@remote_call
def run_on_features(function: Any, setting: dict[str, Any]) -> dict[str, Any]:
    """Call `function(base, head, x, y, epochs)` on models made from `setting`, and return a record of their use.

    "rows": how many rows the base processed; "fits": the rows and epochs of each fit of the head; "steps": the number
    of steps of the head's optimizer; "base" and "head": whether their weights changed; "features": those of x;
    "losses": those of the head on the features before and after; "returned": the type of the result; "outputs": its
    outputs for new rows; and "expected": the outputs of base and head for these.
    """
    import keras

    inner = keras.saving.deserialize_keras_object(setting["base"])
    inner.set_weights(setting["base_weights"])
    counter = _counter_class()(name="counter")
    inputs = keras.Input(inner.input_shape[1:])
    base = keras.Model(inputs, inner(counter(inputs)), name="backbone")
    base.trainable = False
    base.run_eagerly = True  # tracing a graph would take longer than a few rows
    head = keras.saving.deserialize_keras_object(setting["head"])
    head.set_weights(setting["head_weights"])
    head.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=True)
    x, y = setting["x"], setting["y"]
    features = queries.outputs(inner, x)
    before, losses = [w.numpy() for w in head.weights], [compiled_models.loss_of(head, features, y)]
    counter.rows.assign(0)
    with fits() as seen:
        returned = guarded.attempt(function, base, head, x.copy(), y.copy(), setting["epochs"])
    rows = int(counter.rows.numpy())
    losses.append(compiled_models.loss_of(head, features, y))
    found = {
        "rows": rows,
        "fits": [
            {"epochs": fit.epochs, "rows": fit.rows, "head": fit.model is head, "loss": list(fit.losses or ())}
            for fit in seen
        ],
        "steps": compiled_models.optimizer_steps(head),
        "base": _moved(setting["base_weights"], inner.weights),
        "head": _moved(before, head.weights),
        "features": features,
        "losses": losses,
        "returned": type(returned).__name__,
        "model": isinstance(returned, keras.Model),
    }
    if found["model"]:
        try:
            found["outputs"] = guarded.as_plain_data(queries.outputs(returned, setting["new"]))
        except Exception:  # its inputs aren't images
            found["outputs"] = None
        found["expected"] = queries.outputs(head, queries.outputs(inner, setting["new"]))
    return found


def _moved(before: Sequence[np.ndarray], variables: Sequence[Any]) -> bool:
    return not all(np.array_equal(one, v.numpy()) for one, v in zip(before, variables, strict=True))


@remote_call
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


@remote_call
def losses_of_steps(model: Any, x: Any, y: Any, loss: str) -> dict[str, list[float]]:
    """The losses of two steps of "fit", with a learning rate of 0, and of two of "evaluate", on the same rows."""
    import keras

    with quietly():
        model.compile(keras.optimizers.SGD(0.0), loss, run_eagerly=True)
        with queries.restored_weights(model):
            data, found = (arrays.tensors(x), arrays.tensors(y)), {}
            for name, step in (("fit", model.train_step), ("evaluate", model.test_step)):
                found[name] = []
                for _ in range(2):
                    keras.Model.reset_metrics(model)
                    found[name].append(float(guarded.array(step(data)["loss"])))
    return found


@export
@remote_call
def compile_with(
    model: Any, learning_rate: float = 0.1, loss: str = "mse", metrics: Sequence[str] = (), seed: int = 0
) -> None:
    """Compile the model in its own process, with plain SGD. `seed` is set first, for layers with randomness."""
    import keras

    keras.utils.set_random_seed(seed)
    model.compile(keras.optimizers.SGD(learning_rate), loss, metrics=list(metrics))


@remote_call
def own_fit(model: Any, batches: Sequence, epochs: int) -> dict[str, Any]:
    """A real `fit` on these batches, traced by Keras: the "curves" of its History, and the weights "before" and
    "after". The model is restored afterwards."""
    import keras

    saved = queries.state(model)
    x, y = (arrays.joined([batch[place] for batch in batches]) for place in (0, 1))
    size = arrays.count(y) // len(batches)
    try:
        before = [weight["array"] for weight in queries.weights(model)]
        with quietly(), steps.explained():
            options = {"batch_size": size, "epochs": epochs, "shuffle": False, "verbose": 0}
            history = guarded.attempt(keras.Model.fit, model, x, y, **options)
        curves = {str(name): [float(value) for value in curve] for name, curve in history.history.items()}
        return {"curves": curves, "before": before, "after": [weight["array"] for weight in queries.weights(model)]}
    finally:
        queries.restore(model, saved)


@remote_call
def moved_by_fit(model: Any, x: Any, y: Any, loss: str, rate: float) -> list[bool]:
    """For each weight, whether one epoch of a real `fit`, on a single batch, changes it. The model is restored."""
    import keras

    with quietly():
        model.compile(keras.optimizers.SGD(rate), loss)
        with queries.restored_weights(model):
            before = [weight["array"] for weight in queries.weights(model)]
            guarded.attempt(model.fit, x, y, batch_size=len(x), epochs=1, verbose=0)
            after = [weight["array"] for weight in queries.weights(model)]
    return [not np.array_equal(a, b) for a, b in zip(after, before, strict=True)]


@cache
def _desk_class() -> type:
    """The class of a subclassed model; created on first use, as importing Keras takes seconds."""
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
            """The output of each named layer."""
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


@remote_call
def opened(function: Any, setting: dict[str, Any], given: Sequence[Any] = ()) -> dict[str, Any]:
    """The result of `function(model, inputs, *given)` for a subclassed model of the grader's and inputs for it.

    `setting` has `words`, `tags`, `departments`, `plain`, `names` and, as plain data, `x`. "kind" is the kind of the
    result, in words. If the result is a model: "ends" as from `queries.signature`; "layers" by name; "answers" before
    and after the weights of the grader's model are changed in place; "wanted", the outputs of that model's layers by
    name; and "gained", the number of weights that it doesn't share with that model.
    """
    import keras

    setting, x = {k: v for k, v in setting.items() if k != "x"}, setting["x"]
    model = _desk_class()(**setting)
    with quietly():
        model(x)
        queries.redraw(model, 1)
        if isinstance(x, dict):
            inputs = {name: keras.Input(part.shape[1:], dtype=str(part.dtype), name=name) for name, part in x.items()}
        else:
            inputs = keras.Input(x.shape[1:])
        made = _opening(function, model, inputs, *given)
        found: dict[str, Any] = {"kind": queries.kind_of(made), "model": queries.is_a_model(made)}
        if not found["model"]:
            return found
        found |= {"ends": queries.signature(made), "layers": [str(layer.name) for layer in made.layers]}
        found |= {"answers": [], "wanted": []}
        for seed in (None, 2):
            if seed:
                queries.redraw(model, seed)
            found["answers"].append(named(queries.outputs(made, x)))
            found["wanted"].append({name: guarded.array(value) for name, value in model.steps(x).items()})
        ours = {id(weight) for weight in queries.own(model, "weights")}
        found["gained"] = sum(id(weight) not in ours for weight in queries.own(made, "weights"))
    return found


ODD_ENDS = (
    (
        r"No such layer: (trunk|middle)",
        "Call the method `call`, which adds each layer to the graph: `keras.Model(inputs, model.call(inputs))`. "
        "`model(inputs)` adds the whole model as a single layer.",
    ),
    (
        r"object has no attribute '_?(inputs?|outputs?)'",
        "Call the model on the `inputs` that you were given: a subclassed model has no `input` or `output` of its own.",
    ),
    (
        r"has never been called and thus has no defined output",
        "Call the model first: `model(inputs)`, or `model.call(inputs)` to have its layers in the graph.",
    ),
)
"""Patterns of errors in a student's `as_functional` or `output_of`, and what to try."""


def _opening(function: Any, *args: Any) -> Any:
    try:
        return guarded.attempt(function, *args)
    except StudentError as error:
        hint = next((hint for pattern, hint in ODD_ENDS if re.search(pattern, str(error))), error.hint)
        raise StudentError(str(error), error.lines, hint) from None
