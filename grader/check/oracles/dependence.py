"""Oracles on what depends on what: inputs, weights and order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.check.core import numbers, seeds
from grader.check.core.arrays import named, replaced
from grader.check.core.register import Observations, oracle
from grader.check.measure.perturbing import (
    MOVED,
    changes,
    drawn,
    finite,
    largest,
    only_numbers,
    other,
    redraws,
    rows,
    steady,
)
from grader.check.oracles.interface import called, keyed, names_are
from grader.check.remote.answers import Answer, answers, answers_with, compute_dtype, weights
from grader.verdict import Observation


@oracle
def symmetric(model: Any, x: Sequence[np.ndarray] | dict[str, np.ndarray]) -> Observations:
    """f(a, b) = f(b, a) whatever the weights, and f reads both. `x` holds the two inputs."""
    x = rows(x)
    steady(model, x)
    a, b = named(x).values()
    swapped, another = _pair(x, b, a), _pair(x, a, other(b, seeds.rng("symmetric")))
    exact, off, moved = numbers.tolerance(compute_dtype(model)), 0.0, 0.0
    for arrays in redraws(model, "symmetric", 3):
        here, there, elsewhere = (only_numbers(answer) for answer in answers(model, [x, swapped, another], arrays))
        if finite(here) and finite(there):
            off = max(off, largest(changes(there, here)))
            moved = max(moved, largest(changes(elsewhere, here)))
    yield Observation(
        about="f(a, b) = f(b, a)",
        ok=off <= exact,
        seen="the same both ways" if off <= exact else f"swapping the inputs changes the answer by {off:.0%}",
        expected="the same answer when the two inputs are swapped",
        why="How alike two things are does not depend on their order; two towers would learn two languages.",
        next="Call the same encoder on both, and merge with something symmetric: |a − b|, a · b, cosine.",
    )
    yield Observation(
        about="both inputs are read",
        ok=moved > MOVED,
        seen="the answer changes with the second input" if moved > MOVED else "the second input changes nothing",
        expected="an answer that depends on both",
        why="A constant is symmetric, too.",
        next="Check that both are merged, not one with itself, and that the head gets the result.",
    )


def _pair(x: Any, first: np.ndarray, second: np.ndarray) -> Any:
    return dict(zip(x, (first, second), strict=True)) if isinstance(x, dict) else type(x)((first, second))


@oracle
def tells_apart(subject: Any, x: np.ndarray, others: np.ndarray, about: str, advice: str = "") -> Observations:
    """Under some random weights, the answer to each row of `x` differs from that to the same row of `others`."""
    steady(subject, x)
    exact, alike = numbers.tolerance(compute_dtype(subject)), np.ones(len(x), bool)
    for arrays in redraws(subject, "tells_apart", 4):
        here, there = (only_numbers(answer) for answer in answers(subject, [x, others], arrays))
        for key, part in here.items():
            apart = np.abs(part.astype("float64") - there[key]).reshape(len(part), -1).max(axis=1)
            alike &= apart <= 10 * exact * max(float(np.abs(part).max()), 1e-6)
    yield Observation(
        about=about,
        ok=not alike.any(),
        seen="answered differently" if not alike.any() else f"{alike.sum()} of {len(x)} pairs get the same answer",
        expected="different answers, under some weights at least",
        why="If a layer gives two inputs the same output, no later layer can tell them apart.",
        next=advice,
    )


PATIENCE = 10
"""Random weights under which a path may fail to show before it counts as missing: a relu may be dead under some."""


@oracle
def depends(model: Any, x: Any, paths: dict[str | int, Sequence[str | int]]) -> Observations:
    """Each output in `paths` depends on the inputs named for it, and on no other.

    Inputs go by their key or place in `x`; outputs by name, or by place. One input is changed at a time, under
    random weights and up to `PATIENCE` times, so that a relu that happens to be dead decides nothing.
    """
    x = rows(x)
    outputs = list(keyed(model, steady(model, x), list(paths)))
    yield names_are("outputs", outputs, list(paths))
    wanted = {(output, key) for output, keys in paths.items() for key in keys}
    effects, rng = {(output, key): 0.0 for output in outputs for key in named(x)}, seeds.rng("depends")
    for turn, arrays in enumerate(redraws(model, "depends", PATIENCE)):
        if turn > 1 and all(effects.get(path, 0.0) > MOVED for path in wanted):
            break
        perturbed = {key: replaced(x, key, other(part, rng)) for key, part in named(x).items()}
        before, *after = answers(model, [x, *perturbed.values()], arrays)
        for key, answer in zip(perturbed, after, strict=True):
            for output, change in zip(outputs, changes(only_numbers(answer), before).values(), strict=False):
                if finite(before):
                    effects[output, key] = max(effects[output, key], change)
    yield from _connected(wanted, effects, x, outputs)


def _connected(wanted: set, effects: dict, x: Any, outputs: list) -> Observations:
    found = {path for path, change in effects.items() if change > MOVED}
    yield Observation(
        about="every path that was asked for",
        ok=wanted <= found,
        seen=_paths(wanted - found, "does not depend on", x, outputs) or f"{len(wanted)} of {len(wanted)}",
        expected=_paths(wanted - found, "to depend on", x, outputs),
        why="Nothing can be learned from what isn't connected.",
        next="Follow that input through the model to find where it is left out.",
    )
    yield Observation(
        about="no other path",
        ok=found <= wanted,
        seen=_paths(found - wanted, "depends on", x, outputs) or "none",
        expected="outputs that read nothing else",
        why="It would learn from what it should not see.",
        next="Check which tensor you pass to that head.",
    )


def _paths(paths: set, words: str, x: Any, outputs: list) -> str:
    ends = sorted(paths, key=str)
    shown = [
        f"{called(output, 'output', len(outputs))} {words} {called(key, 'input', len(named(x)))}"
        for output, key in ends[:3]
    ]
    return "; ".join(shown) + (f" and {len(ends) - 3} more" if len(ends) > 3 else "")


@oracle
def every_weight_counts(model: Any, x: Any) -> Observations:
    """Each trainable weight moves some output: there is no branch that leads nowhere.

    Weights are redrawn one by one. Any change counts, down to the last bit, as a weight may be without effect but
    for rounding and still be connected: the bias of an attention's keys cancels in the softmax.
    """
    x = rows(x)
    steady(model, x)
    found = weights(model)
    idle = [k for k, weight in enumerate(found) if weight["trainable"]]
    total, rng = len(idle), seeds.rng("every_weight_counts")
    for arrays in redraws(model, "every_weight_counts", PATIENCE):
        if not idle:
            break
        changed = [{}, *({k: drawn(arrays[k], rng, 2.0)} for k in idle)]
        before, *after = answers_with(model, x, arrays, changed)
        if not finite(only_numbers(before)):
            continue
        idle = [k for k, answer in zip(idle, after, strict=True) if not _differ(before, answer)]
    shown = ", ".join(f"`{found[k]['path']}` {found[k]['array'].shape}" for k in idle[:3])
    yield Observation(
        about="every weight counts",
        ok=total > 0 and not idle,
        seen=f"no output depends on {shown}" if idle else f"all {total} move an output" if total else "no weights",
        expected="weights that all change some output" if total else "weights that training can update",
        why="A branch that leads nowhere gets no gradient and never learns.",
        next="Check that the result of that layer is used: it may be overwritten, or left out where branches merge.",
    )


def _differ(before: Answer, after: Answer) -> bool:
    return any(not np.array_equal(after[key], before[key]) for key in before)
