"""Oracles on a compiled model: its losses, metrics and optimizer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from grader.check.core import arrays, seeds
from grader.check.core.arrays import Arrays
from grader.check.core.register import Observations, oracle
from grader.check.measure.head_outputs import accuracy, predictions
from grader.check.measure.perturbing import raised
from grader.check.remote import compiled_models, queries
from grader.check.remote.compiled_models import optimizer_moves
from grader.check.remote.fit_spy import Fit
from grader.verdict import Observation, StudentError


@oracle
def is_compiled(model: Any) -> Observations:
    """The model was compiled. Stops the check when it wasn't."""
    compiled = compiled_models.compiled(model)
    yield Observation(
        about="compiled",
        ok=compiled,
        seen="yes" if compiled else "the model has neither optimizer nor loss yet",
        expected="a model on which `compile` was called",
        why="`fit` and `evaluate` raise an error for a model that is not compiled.",
        next="Call `model.compile(…)` and return the same model.",
        stop=True,
    )


ROWS = 500
"""Drawn to ask once more: two metrics may agree on a few rows by chance."""


@oracle
def reports(model: Any, x: Arrays, y: np.ndarray, kind: str) -> Observations:
    """`evaluate` reports the mean absolute error (regression) or the accuracy, under whatever name.

    The number is computed by hand and looked for among the reported ones, for these rows and for `ROWS` drawn from
    them with shuffled targets.
    """
    metric = "mean absolute error" if kind == "regression" else "accuracy"
    names: set[str] | None = None
    for rows, targets in _dealt_anew(x, y):
        by_hand = accuracy(model, rows, targets) if metric == "accuracy" else _mean_error(model, rows, targets)
        try:
            scores = compiled_models.scores(model, rows, targets, batch_size=len(targets))
        except StudentError as error:
            yield Observation(
                about=f"reports the {metric}",
                ok=False,
                seen=f"`evaluate` raises {str(error).splitlines()[0]}",
                expected=f"`evaluate` to return the {metric}",
                why="The compiled loss or metrics cannot be used on these rows.",
                next=error.hint or "Check that the loss fits the form of the labels, and pass all arguments by name.",
            )
            return
        scores = {name: value for name, value in scores.items() if name != "loss"}
        fitting = {name for name, value in scores.items() if abs(value - by_hand) < 1e-3 * max(1.0, abs(by_hand))}
        if names is None or not names & fitting:  # the rows of the first time, or those that tell them apart
            shown = ", ".join(f"`{name}` = {value:.3f}" for name, value in scores.items()) or "only the loss"
            expected = f"a metric equal to {by_hand:.3f}, the {metric} computed by hand"
        names = fitting if names is None else names & fitting
        if not names:
            break
    yield Observation(
        about=f"reports the {metric}",
        ok=bool(names),
        seen=shown,
        expected=expected,
        why="The loss drives training; the metric is for people to read.",
        next=_METRIC_ADVICE[metric],
    )


def _dealt_anew(x: Arrays, y: np.ndarray) -> Iterator[tuple[Arrays, np.ndarray]]:
    yield x, y
    rng = seeds.rng("dealt anew")
    yield arrays.rows(x, rng.integers(len(y), size=ROWS)), y[rng.integers(len(y), size=ROWS)]


def _mean_error(model: Any, x: Arrays, y: np.ndarray) -> float:
    return float(np.mean(np.abs(predictions(model, x).reshape(y.shape).astype("float64") - y)))


_METRIC_ADVICE = {
    "accuracy": 'Use `metrics=["accuracy"]`: the plain word picks the form that fits the head; '
    "`Accuracy()` compares exact values.",
    "mean absolute error": 'Use `metrics=["mae"]`. Accuracy counts exact hits, which measurements don\'t have.',
}

GRADIENTS = (1.0, 0.5, -0.25, 0.8)
"""What a weight is moved along: of changing size and sign, as Adam takes equal steps along an unchanging gradient."""


@oracle
def steps_like_sgd(model: Any, learning_rate: float, momentum: float) -> Observations:
    """The optimizer steps as SGD with this learning rate and momentum does, Nesterov's form included.

    A fresh optimizer of the same configuration moves one weight along `GRADIENTS`. Then v ← m·v − η·g and
    w ← w + v (Sutskever et al. 2013), so that each step is known in closed form.
    """
    steps = optimizer_moves(model, list(GRADIENTS))
    if steps is None:
        yield Observation("optimizer", False, "none", "SGD", next="Call `model.compile(…)` first.")
        return
    plain, nesterov = (_sgd_steps(learning_rate, momentum, form) for form in (False, True))
    ok = any(np.allclose(steps, expected, rtol=1e-3) for expected in (plain, nesterov))
    used = compiled_models.optimizer_name(model)
    name = f"SGD with learning rate {learning_rate:g} and " + (f"momentum {momentum:g}" if momentum else "no momentum")
    yield Observation(
        about="optimizer",
        ok=ok,
        seen=name if ok else f"{used}: steps of {_shown(steps)}",
        expected=f"{name}: steps of {_shown(plain)} for gradients of {_shown(GRADIENTS)}",
        why="The step is the learning rate times the gradient; momentum adds a part of the previous step.",
        next=_optimizer_advice(used, steps, learning_rate, momentum).strip(),
    )


def _optimizer_advice(used: str | None, steps: np.ndarray, learning_rate: float, momentum: float) -> str:
    options = f"learning_rate={learning_rate:g}" + (f", momentum={momentum:g}" if momentum else "")
    if momentum and np.allclose(steps, _sgd_steps(learning_rate, 0.0, False), rtol=1e-3):
        return f"The learning rate is right, but the momentum is missing: pass `momentum={momentum:g}`."
    if momentum and np.allclose(steps, _sgd_steps(momentum, learning_rate, False), rtol=1e-3):
        return "Learning rate and momentum are swapped."
    if np.allclose(steps, _sgd_steps(0.01, 0.0, False), rtol=1e-3):
        return f'The string "sgd" alone uses the defaults: pass `keras.optimizers.SGD({options})`.'
    return "`SGD` was created with other numbers." * (used == "SGD") + f" Use `keras.optimizers.SGD({options})`."


def _sgd_steps(rate: float, momentum: float, nesterov: bool) -> np.ndarray:
    velocity, steps = 0.0, []
    for gradient in GRADIENTS:
        velocity = momentum * velocity - rate * gradient
        steps.append(momentum * velocity - rate * gradient if nesterov else velocity)
    return np.array(steps)


def _shown(numbers: Any) -> str:
    return ", ".join(f"{number:.3g}" for number in numbers)


MEASURES: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "mean squared error": lambda y, p: float(np.mean((p - y.reshape(p.shape)) ** 2)),
    "mean absolute error": lambda y, p: float(np.mean(np.abs(p - y.reshape(p.shape)))),
    "binary cross-entropy": lambda y, p: float(
        -np.mean(y.reshape(p.shape) * np.log(p) + (1 - y.reshape(p.shape)) * np.log(1 - p))
    ),
    "cross-entropy": lambda y, p: float(-np.mean(np.log(p[np.arange(len(y)), y.astype(int)]))),
}
"""What a term of the total loss may be: of targets (n,) and predictions (n, 1), or of labels and probabilities."""

EXACT = 2e-3
"""Relative: float32 sums, and Keras' clipping of probabilities at 1e-7."""


@oracle
def weighs_losses(model: Any, x: Arrays, expected: dict[str, tuple[str, float]]) -> Observations:
    """The total loss is the weighted sum of a loss for each output: `{output: (one of MEASURES, weight)}`.

    Made-up predictions of one output are changed, those of the others left: by so much the total has to change.
    """
    found = queries.outputs(model, x)
    places = _places_of(model, found, list(expected))
    if not all(name in places for name in expected):
        yield _no_such_outputs(list(places), list(expected))
        return
    made = {name: _made_up(name, _at(found, places[name]), MEASURE_KINDS[expected[name][0]]) for name in expected}
    totals: dict[str, list[float]] = {}
    try:
        for name in expected:
            totals[name] = [
                compiled_models.loss_of(model, x, *_both(found, places, made, {name: draw}))
                for draw in range(1, 1 + CHANGES)
            ]
        start = compiled_models.loss_of(model, x, *_both(found, places, made, {}))
    except StudentError as error:
        yield Observation(
            about="the loss of each output",
            ok=False,
            seen=raised(error),
            expected=f"a total loss of {' and '.join(f'`{name}`' for name in expected)}",
            why="Without it, `fit` cannot make a single step.",
            next=error.hint
            or f"Keys are the outputs' names, {', '.join(f'`{name}`' for name in expected)}: each dict has them all, "
            "spelled the same.",
            stop=True,
        )
        return
    for name, (measure, weight) in expected.items():
        y, predicted = made[name]
        changes = {
            kind: np.array([term(y, predicted[k]) - term(y, predicted[0]) for k in range(1, 1 + CHANGES)])
            for kind, term in MEASURES.items()
            if MEASURE_KINDS[kind] == MEASURE_KINDS[measure]
        }
        yield _term(name, np.array(totals[name]) - start, changes, measure, weight)


CHANGES = 3

MEASURE_KINDS = dict.fromkeys(MEASURES, "number") | {"cross-entropy": "classes"}


def _places_of(model: Any, found: Arrays, names: list[str]) -> dict[str, Any]:
    """Where each output stands in what the model returns: its key, or its place in a list."""
    if isinstance(found, dict):
        return {name: name for name in found}
    signature = queries.signature(model)
    given = signature["outputs"]["names"] if signature else []
    return {name: place for place, name in enumerate(given)}


def _no_such_outputs(found: list[str], wanted: list[str]) -> Observation:
    return Observation(
        about="outputs",
        ok=False,
        seen=", ".join(f"`{name}`" for name in found) or "outputs without names",
        expected=", ".join(f"`{name}`" for name in wanted),
        why="Losses and metrics are assigned to outputs by these names.",
        next="Compile the model that you are given.",
        stop=True,
    )


def _at(found: Arrays, place: Any) -> np.ndarray:
    return found[place] if isinstance(found, dict | list) else found


def _made_up(name: str, like: np.ndarray, kind: str) -> tuple[np.ndarray, list[np.ndarray]]:
    """Targets for an output, and several predictions."""
    rng = seeds.rng("weighs_losses", name)
    if kind == "classes":
        y = rng.integers(0, like.shape[-1], len(like))
        draws = np.exp(rng.normal(0.0, 1.2, (1 + CHANGES, *like.shape)))
        return y, [(draw / draw.sum(axis=-1, keepdims=True)).astype("float32") for draw in draws]
    y = rng.uniform(0.0, 1.0, len(like)).astype("float32")
    return y, [rng.uniform(0.05, 0.95, like.shape).astype("float32") for _ in range(1 + CHANGES)]


def _both(found: Arrays, places: dict, made: dict, changed: dict[str, int]) -> tuple[Arrays, Arrays]:
    """Targets and predictions in the structure of the outputs, `changed` of them with another draw."""
    y = {places[name]: pair[0] for name, pair in made.items()}
    predicted = {places[name]: pair[1][changed.get(name, 0)] for name, pair in made.items()}
    if isinstance(found, dict):
        return y, predicted
    if isinstance(found, list):
        return [y[place] for place in range(len(found))], [predicted[place] for place in range(len(found))]
    return y[0], predicted[0]


def _term(name: str, seen: np.ndarray, changes: dict[str, np.ndarray], measure: str, weight: float) -> Observation:
    ratios = {kind: seen / change for kind, change in changes.items()}
    steady = {kind: float(np.mean(r)) for kind, r in ratios.items() if np.ptp(r) <= EXACT * max(1.0, np.abs(r).max())}
    counted = next(((kind, factor) for kind, factor in steady.items() if factor > 1e-6), None)
    ok = measure in steady and abs(steady[measure] - weight) <= EXACT * max(1.0, weight)
    return Observation(
        about=f"the loss of `{name}`",
        ok=ok,
        seen=f"{weight:g} × the {measure}"
        if ok
        else f"{counted[1]:.3g} × the {counted[0]}"
        if counted
        else "it does not count at all"
        if np.abs(seen).max() < 1e-6
        else f"a loss other than the {measure}",
        expected=f"{weight:g} × the {measure}",
        why="The total is the sum over the outputs of weight × loss. The weights say how much each task matters.",
        next=f"Set the weight of `{name}` in `loss_weights`."
        if counted and counted[0] == measure
        else f"Give `{name}` the {measure} in `loss`.",
    )


@oracle
def reports_each(model: Any, x: Arrays, targets: dict[str, np.ndarray], expected: dict[str, str]) -> Observations:
    """`evaluate` reports for each output the metric asked for, under whatever name.

    `expected`: `{output: "mean absolute error" or "accuracy"}`. The numbers are computed by hand and looked for
    among the reported ones, for these rows and once more with the targets shuffled.
    """
    names: dict[str, set[str]] = {}
    shown: dict[str, str] = {}
    by_hand: dict[str, float] = {}
    rng, n = seeds.rng("reports_each"), len(next(iter(targets.values())))
    for turn in range(2):
        order = rng.permutation(n) if turn else np.arange(n)
        dealt = {name: y[order] for name, y in targets.items()}
        found = queries.outputs(model, x)
        places = _places_of(model, found, list(expected))
        if not all(name in places for name in expected):
            yield _no_such_outputs(list(places), list(expected))
            return
        ordered = {places[name]: y for name, y in dealt.items()}
        y = ordered if isinstance(found, dict) else [ordered[place] for place in range(len(found))]
        try:
            scores = compiled_models.scores(model, x, y, batch_size=n)
        except StudentError as error:
            yield Observation(
                about="metrics",
                ok=False,
                seen=f"`evaluate` raises {raised(error).removeprefix('it raises ')}",
                expected="a metric for each output",
                why="The compiled loss or metrics cannot be used on these rows.",
                next=error.hint
                or f"One entry for each output. Keys are the outputs' names, {', '.join(f'`{k}`' for k in expected)}, "
                "spelled the same; or a list in their order.",
                stop=True,
            )
            return
        scores = {name: value for name, value in scores.items() if name != "loss" and not name.endswith("_loss")}
        for name, metric in expected.items():
            value = _by_hand(metric, dealt[name], np.asarray(_at(found, places[name]), "float64"))
            fitting = {key for key, score in scores.items() if abs(score - value) < 1e-3 * max(1.0, abs(value))}
            if name not in names or not names[name] & fitting:
                by_hand[name] = value
                shown[name] = ", ".join(f"`{key}` = {score:.3f}" for key, score in scores.items()) or "only losses"
            names[name] = names.get(name, fitting) & fitting
    for name, metric in expected.items():
        yield Observation(
            about=f"reports the {metric} of `{name}`",
            ok=bool(names[name]),
            seen=shown[name],
            expected=f"{by_hand[name]:.3f} for `{name}`: the {metric}, computed by hand",
            why="A single number for two tasks describes neither.",
            next=f'Give `metrics` an entry for each output: `{{"{name}": ["{SHORT[metric]}"], …}}`.',
        )


SHORT = {"mean absolute error": "mae", "accuracy": "accuracy"}


def _by_hand(metric: str, y: np.ndarray, predicted: np.ndarray) -> float:
    if metric == "accuracy":
        return float(np.mean(predicted.reshape(len(y), -1).argmax(axis=1) == y))
    return float(np.mean(np.abs(predicted.reshape(y.shape) - y)))


@oracle
def learning_rate_is(model: Any, fits: Sequence[Fit], learning_rate: float) -> Observations:
    """The optimizer's learning rate is the one asked for, when training begins and when it is over."""
    last = compiled_models.learning_rate(model)
    if last is None:
        yield Observation("learning rate", False, "the model has no optimizer", f"{learning_rate:g}")
        return
    rates = [fit.learning_rate for fit in fits if fit.model is model and fit.learning_rate is not None] + [last]
    other = next((rate for rate in rates if not np.isclose(rate, learning_rate, rtol=1e-3)), None)
    when = " when training began" if other is not None and np.isclose(last, learning_rate, rtol=1e-3) else ""
    name = compiled_models.optimizer_name(model)
    yield Observation(
        about="learning rate",
        ok=other is None,
        seen=f"{learning_rate:g}" if other is None else f"{other:g}{when}",
        expected=f"{learning_rate:g}, the one asked for, throughout",
        why="The caller of your function chooses it; without it, an optimizer uses its own default.",
        next=f"Pass the argument on: `keras.optimizers.{name}(learning_rate=learning_rate)`.",
    )
