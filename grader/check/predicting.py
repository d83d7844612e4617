"""Oracles on predicted labels, with models whose answers are known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from grader.check import probe
from grader.check.asking import kind_of
from grader.verdict import Observation

Observations = Iterator[Observation]


def planted_model(head: str, classes: int, seed_: int) -> tuple[Any, np.ndarray, np.ndarray]:
    """A model with known answers: (model, x of shape (40, 3), labels of shape (40,)).

    `head` is "sigmoid", "flat sigmoid" (outputs of shape (N,)), "one logit", "softmax" or "logits". Rows too
    close to a decision are left out, so that rounding decides nothing.
    """
    import keras

    rng = np.random.default_rng(seed_)
    units = 1 if head in ("sigmoid", "flat sigmoid", "one logit") else classes
    activation = {"sigmoid": "sigmoid", "flat sigmoid": "sigmoid", "softmax": "softmax"}.get(head)
    kernel, bias = rng.normal(0, 1.5, (3, units)), rng.normal(0, 0.5, units)
    x = _clear_rows(rng, kernel, bias)
    logits = x @ kernel + bias
    labels = (logits[:, 0] > 0).astype(int) if units == 1 else logits.argmax(axis=1)
    flat = [keras.layers.Reshape(())] if head == "flat sigmoid" else []
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units, activation), *flat])
    model.set_weights([kernel.astype("float32"), bias.astype("float32")])
    model.run_eagerly = True  # `predict` on forty rows is over sooner than its graph is traced
    return model, x, labels


def _clear_rows(rng: np.random.Generator, kernel: np.ndarray, bias: np.ndarray, n: int = 40) -> np.ndarray:
    """Rows of N(0, 1) with a clear answer, as many of each class as there are."""
    x = rng.normal(0, 1, (4000, 3)).astype("float32")
    logits = x @ kernel + bias
    if logits.shape[1] == 1:
        margin, label = np.abs(logits[:, 0]), (logits[:, 0] > 0).astype(int)
    else:
        ranked = np.sort(logits, axis=1)
        margin, label = ranked[:, -1] - ranked[:, -2], logits.argmax(axis=1)
    clear = np.flatnonzero(margin > 0.05)
    classes = [clear[label[clear] == k] for k in np.unique(label[clear])]
    in_turn = sorted((turn, row) for rows in classes for turn, row in enumerate(rows))
    return x[rng.permutation([row for _, row in in_turn[:n]])]


def labels_are(predicted: Any, expected: np.ndarray, head: str) -> Observations:
    """`predicted` is one whole number a row, of shape (N,), and each is the right one."""
    try:
        found = probe.array(predicted)
    except TypeError:
        found = np.array(())
    problem = _form_problem(found, len(expected)) if found.size else kind_of(predicted)
    wrong = 0 if problem else int(np.sum(found != expected))
    yield Observation(
        about=f"labels from a {head} head",
        ok=not problem and wrong == 0,
        seen=problem or (f"{wrong} of {len(expected)} labels differ" if wrong else f"all {len(expected)} right"),
        expected=f"shape ({len(expected)},), whole numbers, e.g. {expected[:8].tolist()} for the first rows",
        why="A label names a class: `accuracy_score` and everything else that counts hits expects one integer a row.",
        next=_label_advice(found, expected, head, problem),
    )


def _form_problem(found: np.ndarray, rows: int) -> str:
    if found.shape != (rows,):
        return f"shape {found.shape}"
    if found.dtype.kind not in "iu":
        return f"shape {found.shape}, but dtype {found.dtype}: e.g. {found[:4].tolist()}"
    return ""


def _label_advice(found: np.ndarray, expected: np.ndarray, head: str, problem: str) -> str:
    one_number = head in ("sigmoid", "flat sigmoid", "one logit")
    if not found.size:
        return "Return the labels themselves, one for each row of `X`."
    if found.ndim == 2 and found.shape[1] > 1:
        return "One row has several numbers here: take the position of the largest, `argmax(axis=-1)`."
    if found.ndim == 2:
        return "Drop the last axis: `.reshape(-1)` or `[:, 0]`."
    if found.shape != expected.shape:
        return "There must be one label for each row: along which axis did you look for the largest?"
    if problem and np.any(found != np.round(found)):
        return "These are probabilities or logits, not labels yet: compare with ½ or 0, or take the `argmax`."
    if problem:
        return "Make them integers: `.astype(int)`."
    if one_number and not found.any():
        return "All are 0: `argmax` over a single column is always 0, and `astype(int)` cuts 0.9 down to 0. Compare."
    if head == "one logit":
        return "These are logits (`from_logits=True`): the sigmoid of 0 is ½, so the threshold is 0."
    return "Several columns: `argmax`. One column of probabilities: is it above ½? And are these the right rows?"
