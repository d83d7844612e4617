"""How careful are the estimates of `grader calibrate`? Trainings imitated in NumPy, thousands of seeds each, tell."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pool

import numpy as np
from rich.console import Console
from rich.table import Table

from grader.calibrate import tails
from grader.check import clusters

RUNS, FEW, SAMPLES = 60, 8, 300
SHARE = 1 - tails.REQUIRED


@dataclass(frozen=True)
class Training:
    """A classifier with one hidden layer on made-up clusters, as the checks of lab 01 train it."""

    name: str
    features: int
    classes: int
    hidden: int
    rate: float
    epochs: int
    adam: bool = False
    rows: int = 480


TRAININGS = (
    Training("five classes, plain SGD", 6, 5, 32, 0.02, 8),
    Training("five classes, Adam", 6, 5, 32, 0.02, 8, adam=True),
    Training("five classes, SGD, 3 epochs", 7, 5, 32, 0.05, 3),
    Training("three classes, SGD", 6, 3, 24, 0.05, 4),
    Training("four classes, SGD", 8, 4, 24, 0.05, 10),
)


def accuracy(training: Training, seed: int) -> float:
    """What the trained network reaches on new rows; data, first weights and batches follow from the seed."""
    os.environ["GRADER_SEED"] = str(seed)
    x, y = clusters(2 * training.rows, training.features, training.classes, "imitated")
    weights = _fit(training, x[::2].astype("float64"), y[::2], np.random.default_rng(seed))
    return float(np.mean(_outputs(weights, x[1::2])[1].argmax(axis=1) == y[1::2]))


def _outputs(weights: Sequence[np.ndarray], x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    kernel, bias, head, offset = weights
    hidden = np.maximum(x @ kernel + bias, 0)
    return hidden, hidden @ head + offset


def _fit(training: Training, x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    sizes = (training.features, training.hidden, training.classes)
    weights = []
    for fan_in, fan_out in zip(sizes, sizes[1:], strict=False):
        limit = np.sqrt(6 / (fan_in + fan_out))  # Glorot's, as Keras draws them
        weights += [rng.uniform(-limit, limit, (fan_in, fan_out)), np.zeros(fan_out)]
    kept = rng.permutation(len(x))[: int(0.8 * len(x))]  # the rest is held back for validation
    means, squares, step = [0 * w for w in weights], [0 * w for w in weights], 0
    for _ in range(training.epochs):
        for batch in np.split(rng.permutation(kept), range(32, len(kept), 32)):
            step += 1
            for i, gradient in enumerate(_gradients(weights, x[batch], np.eye(training.classes)[y[batch]])):
                if not training.adam:
                    weights[i] -= training.rate * gradient
                    continue
                means[i] = 0.9 * means[i] + 0.1 * gradient
                squares[i] = 0.999 * squares[i] + 0.001 * gradient**2
                size = np.sqrt(squares[i] / (1 - 0.999**step)) + 1e-7
                weights[i] -= training.rate * means[i] / (1 - 0.9**step) / size
    return weights


def _gradients(weights: Sequence[np.ndarray], x: np.ndarray, targets: np.ndarray) -> list[np.ndarray]:
    """Of the mean cross-entropy."""
    hidden, logits = _outputs(weights, x)
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    d = (p / p.sum(axis=1, keepdims=True) - targets) / len(x)
    back = (d @ weights[2].T) * (hidden > 0)
    return [x.T @ back, back.sum(axis=0), hidden.T @ d, d.sum(axis=0)]


def from_many(values: np.ndarray, rng: np.random.Generator) -> float:
    """What all but one in a thousand are estimated to reach, from `RUNS` of the values."""
    drawn = list(rng.choice(values, RUNS, replace=False))
    scale = tails.scale_of(drawn, 0.7, True)
    return scale.back(tails.tail(drawn, scale).quantile(SHARE))


def from_few(values: np.ndarray, reference: np.ndarray, rng: np.random.Generator) -> float:
    """The same from `FEW` of them, beside `RUNS` of the reference on the same seeds."""
    seeds = rng.choice(min(len(values), len(reference)), RUNS, replace=False)
    theirs = {int(seed): float(reference[seed]) for seed in seeds}
    own = {int(seed): float(values[seed]) for seed in seeds[:FEW]}
    scale = tails.scale_of([*own.values(), *theirs.values()], 0.7, True)
    return scale.back(tails.alongside(own, theirs, scale).quantile(SHARE))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=4000, help="trainings of each kind")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes at a time")
    options = parser.parse_args(arguments)
    with Pool(options.workers) as pool:
        reached = {t.name: np.array(pool.map(partial(accuracy, t), range(options.seeds), 50)) for t in TRAININGS}
    table = Table(title=f"Estimates of what all but one in 1000 reach, {options.seeds} seeds", title_justify="left")
    for name in ("training", "estimated from", "truth", "estimate", "careful", "fall below it"):
        table.add_column(name)
    rng = np.random.default_rng(0)
    names = list(reached)
    for name, values in reached.items():
        few = f"{FEW} runs beside {RUNS}"
        _add(table, name, f"{RUNS} runs", values, [from_many(values, rng) for _ in range(SAMPLES)])
        # Beside Adam on the same data for plain SGD, beside itself for the others.
        other = reached[names[1]] if name == names[0] else values
        _add(table, name, few, values, [from_few(values, other, rng) for _ in range(SAMPLES)])
    Console().print(table)
    return 0


def _add(table: Table, name: str, how: str, values: np.ndarray, estimates: Sequence[float]) -> None:
    truth, found = np.quantile(values, SHARE), np.array(estimates)
    below = np.mean([(values < each).mean() for each in found])
    low, middle, high = np.quantile(found, [0.05, 0.5, 0.95])
    table.add_row(
        name,
        how,
        f"{truth:.3f}",
        f"{low:.2f} {middle:.2f} {high:.2f}",
        f"{np.mean(found <= truth):.0%}",
        f"{below:.3%}",
    )


if __name__ == "__main__":
    sys.exit(main())
