"""Two styles of checking a Keras answer that other autograders use, written anew and as kindly as the style allows.

*Layer summary*: the model's layers as tuples (class, output shape, number of parameters, activation), compared with
those of the reference solution, and what was compiled as further tuples. *Attribute assertions*: the attributes that
the exercise speaks of, each compared with the values that its author thought of.

Both are kind where an author of the style would be: a loss may be a name, a function, a class or an object; a
model without `Input` is built first; `InputLayer`s and the batch dimension don't count; a metric may go by any of
its usual names and more may stand beside it; labels and History are looked at, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Description = list[tuple]


class Refused(Exception):
    """The comparator doesn't take the answer; says why."""


@dataclass(frozen=True)
class Case:
    """One call of the student's function, `function(*arguments())`, and what its answer is compared with.

    `kind` is "regression", "binary" or "multiclass"; rows and targets are those that the answer is looked at with.
    """

    name: str
    kind: str
    arguments: Callable[[], tuple]
    rows: np.ndarray
    targets: np.ndarray
    classes: int = 1
    settings: dict[str, Any] = field(default_factory=dict)


def expect(ok: bool, why: str) -> None:
    if not ok:
        raise Refused(why)


# What both styles read off a model


def layers_of(model: Any, rows: np.ndarray) -> list:
    """The model's layers without those that only name an input. The first rows build what isn't built yet."""
    import keras

    model(rows[:2])
    return [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]


def activation_of(layer: Any) -> str | None:
    return getattr(getattr(layer, "activation", None), "__name__", None)


def loss_name(loss: Any) -> str:
    """One name for a loss, however it was given: "mse", a function, a class, an object."""
    import keras

    found = keras.losses.get(loss() if isinstance(loss, type) else loss)
    name = getattr(found, "name", None) or getattr(found, "__name__", "")
    return {"huber_loss": "huber", "bce": "binary_crossentropy"}.get(name, name)


def takes_logits(loss: Any) -> bool:
    return bool(getattr(loss, "from_logits", False))


ERRORS = {"mean_squared_error", "mean_absolute_error", "huber", "log_cosh"}
"""Losses that an author would think of for a measurement."""
METRICS = {
    "accuracy": {"accuracy", "acc", "binary_accuracy", "sparse_categorical_accuracy"},
    "mae": {"mae", "mean_absolute_error"},
}


def metric_found(model: Any, case: Case) -> bool:
    """Whether `evaluate` reports the metric of this kind of problem under one of its names."""
    model.run_eagerly = True
    names = set(model.evaluate(case.rows, case.targets, verbose=0, return_dict=True))
    return bool(names & METRICS["mae" if case.kind == "regression" else "accuracy"])


def optimizer_of(model: Any) -> tuple:
    """Class, learning rate and momentum of the optimizer."""
    optimizer = model.optimizer
    rate = float(np.asarray(optimizer.learning_rate))
    return type(optimizer).__name__, round(rate, 6), getattr(optimizer, "momentum", None)


# Layer summaries


def layer_summary(model: Any, rows: np.ndarray, whole: bool = True) -> Description:
    """(class, output shape, parameters, activation) of each layer; of the last one alone, without its parameters,
    where not `whole`, as their number follows from the layer before."""
    layers = layers_of(model, rows)
    if not whole:
        last = layers[-1]
        return [(type(last).__name__, tuple(last.output.shape[1:]), activation_of(last))]
    return [
        (type(layer).__name__, tuple(layer.output.shape[1:]), layer.count_params(), activation_of(layer))
        for layer in layers
    ]


def summary_of_heads(answer: Any, case: Case, whole: bool) -> Description:
    model, loss = answer
    return [*layer_summary(model, case.rows, whole), ("loss", _loss(loss, whole))]


def summary_of_compile(answer: Any, case: Case, whole: bool) -> Description:
    return [*layer_summary(answer, case.rows, whole), *_compiled(answer, whole), ("metric", metric_found(answer, case))]


def summary_of_debug(answer: Any, case: Case, whole: bool) -> Description:
    model, history, labels = answer
    curves = history.history
    return [
        *layer_summary(model, case.rows, whole),
        *_compiled(model, whole),
        ("epochs", len(curves["loss"]), len(curves["val_loss"])),
        ("labels", *_form(labels)),
        ("labels right", _hits(labels, case)),
    ]


def _compiled(model: Any, whole: bool) -> Description:
    return [("optimizer", *optimizer_of(model)), ("loss", _loss(model.loss, whole))]


def _loss(loss: Any, whole: bool) -> str:
    """The loss's name; where not `whole`, one name for all that a measurement may have."""
    name = loss_name(loss)
    return name if whole or name not in ERRORS else "an error of the measurement"


def _form(labels: Any) -> tuple:
    return np.shape(labels), np.asarray(labels).dtype.kind in "iu"


def _hits(labels: Any, case: Case) -> bool:
    return bool(np.mean(np.asarray(labels) == case.targets) >= case.settings["accuracy"])


def compare(found: Description, expected: Description) -> None:
    """Raises Refused at the first tuple that differs."""
    expect(len(found) == len(expected), f"{len(found)} entries instead of {len(expected)}")
    for ours, theirs in zip(expected, found, strict=True):
        expect(ours == theirs, f"{theirs} instead of {ours}")


SUMMARIES = {"heads": summary_of_heads, "compile": summary_of_compile, "debug": summary_of_debug}


# Attribute assertions


def assert_heads(answer: Any, case: Case) -> None:
    import keras

    model, loss = answer
    expect(isinstance(model, keras.Model), "not a keras.Model")
    head = layers_of(model, case.rows)[-1]
    units = {"regression": (1,), "binary": (1, 2)}.get(case.kind, (case.classes,))
    expect(head.units in units, f"layers[-1].units is {head.units}")
    activation, name = activation_of(head), loss_name(loss)
    if case.kind == "regression":
        expect(activation == "linear", f"activation {activation}")
        expect(name in ERRORS, f"loss {name}")
        return
    squashed, fitting = (
        ("sigmoid", "binary_crossentropy") if head.units == 1 else ("softmax", "sparse_categorical_crossentropy")
    )
    expect(activation == ("linear" if takes_logits(loss) else squashed), f"activation {activation}")
    expect(name == fitting, f"loss {name}")


def assert_compile(answer: Any, case: Case) -> None:
    import keras

    expect(isinstance(answer, keras.Model), "not a keras.Model")
    expect(answer is case.settings["model"], "another model")
    _assert_sgd(answer, 0.05, 0.9)
    losses = {"binary": {"binary_crossentropy"}, "multiclass": {"sparse_categorical_crossentropy"}}
    expect(loss_name(answer.loss) in losses.get(case.kind, ERRORS), f"loss {loss_name(answer.loss)}")
    expect(not takes_logits(answer.loss), "from_logits")
    expect(metric_found(answer, case), "the metric isn't reported")


def assert_debug(answer: Any, case: Case) -> None:
    model, history, labels = answer
    layers = layers_of(model, case.rows)
    expect(len(layers) == 2, f"{len(layers)} layers")
    expect(layers[-1].units == case.classes, f"layers[-1].units is {layers[-1].units}")
    expect(activation_of(layers[-1]) == "softmax", f"activation {activation_of(layers[-1])}")
    _assert_sgd(model, 0.05, 0.0)
    losses = {"sparse_categorical_crossentropy", "categorical_crossentropy"}
    expect(loss_name(model.loss) in losses, f"loss {loss_name(model.loss)}")
    expect({"loss", "val_loss"} <= set(history.history), f"curves {sorted(history.history)}")
    expect(len(history.history["loss"]) == case.settings["epochs"], f"{len(history.history['loss'])} epochs")
    expect(_form(labels) == ((len(case.rows),), True), "the labels' shape or dtype")
    expect(_hits(labels, case), "too few labels are right")


def _assert_sgd(model: Any, rate: float, momentum: float) -> None:
    import keras

    expect(isinstance(model.optimizer, keras.optimizers.SGD), f"optimizer {type(model.optimizer).__name__}")
    _, found, found_momentum = optimizer_of(model)
    expect(bool(np.isclose(found, rate)), f"learning_rate {found}")
    expect(bool(np.isclose(found_momentum, momentum)), f"momentum {found_momentum}")


ASSERTIONS = {"heads": assert_heads, "compile": assert_compile, "debug": assert_debug}


# What is asked of an answer: what the exercise's own tests ask, the visible as well as the hidden ones


def cases(exercise: str) -> Iterator[Case]:
    yield from {"heads": _tables, "compile": _bare_models, "debug": _experiments}[exercise]()


def _tables() -> Iterator[Case]:
    from course import data
    from grader import check

    for kind, load in (("regression", data.diabetes), ("binary", data.breast_cancer), ("multiclass", data.wine)):
        yield _table(load.__name__, kind, *load.load())
    yield _table("fresh", "regression", *check.measurements(80, 5))
    yield _table("fresh", "binary", *check.clusters(80, 6, 2))
    yield _table("fresh", "multiclass", *check.clusters(120, 7, 5))


def _table(name: str, kind: str, rows: np.ndarray, targets: np.ndarray) -> Case:
    classes = int(targets.max()) + 1 if kind == "multiclass" else 1
    return Case(f"{name}, {kind}", kind, lambda: (rows.copy(), targets.copy()), rows, targets, classes)


def _bare_models() -> Iterator[Case]:
    import keras

    from grader import check

    heads = {"regression": (1, None), "binary": (1, "sigmoid"), "multiclass": (5, "softmax")}
    for width in (4, 6):
        for kind, head in heads.items():
            model = keras.Sequential([keras.Input((width,)), keras.layers.Dense(*head)])
            rows, targets = (
                check.measurements(60, width) if kind == "regression" else check.clusters(60, width, max(head[0], 2))
            )
            yield Case(f"{width} columns, {kind}", kind, _given(model, kind), rows, targets, head[0], {"model": model})


def _given(*arguments: Any) -> Callable[[], tuple]:
    return lambda: arguments


def _experiments() -> Iterator[Case]:
    from grader import check

    for features, classes, epochs in ((6, 3, 8), (8, 4, 10)):
        rows, labels = check.clusters(250 * classes, features, classes, "bench")
        parts = rows[::2], labels[::2], rows[1::2], labels[1::2]
        yield Case(
            f"{classes} classes",
            "multiclass",
            _given(*parts, epochs),
            parts[2],
            parts[3],
            classes,
            {"epochs": epochs, "accuracy": 0.75},
        )
