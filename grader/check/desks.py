"""Small models with several inputs and outputs for checks to hand over, and rows for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.check import probe


def desk(words: int, tags: int, departments: int, named: bool = False) -> Any:
    """A support desk in small: `text_body` (6 tokens) and `tags` in, a list [priority, department] out.

    Its layers `trunk`, `priority` and `department` have these names; with `named` the outputs are a dict. The weights
    are drawn by GRADER_SEED and none is zero, as if it had been trained.
    """
    import keras

    layers = keras.layers
    body, tag_row = keras.Input((6,), name="text_body"), keras.Input((tags,), name="tags")
    read = layers.GlobalAveragePooling1D()(layers.Embedding(words, 5)(body))
    trunk = layers.Dense(7, "tanh", name="trunk")(layers.Concatenate()([read, tag_row]))
    ends = {
        "priority": layers.Dense(1, "sigmoid", name="priority")(trunk),
        "department": layers.Dense(departments, "softmax", name="department")(trunk),
    }
    model = keras.Model([body, tag_row], ends if named else list(ends.values()))
    rng = probe.rng("desk", words, tags, departments)
    model.set_weights([rng.normal(0.0, 0.5, w.shape).astype("float32") for w in model.get_weights()])
    return model


def desk_rows(n: int, words: int, tags: int, departments: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Rows for `desk`, `text_body` of int32 and `tags` of float32; and targets, `priority` (n,), `department` (n,)."""
    rng = probe.rng("desk rows", n, words, tags, departments)
    x = {
        "text_body": rng.integers(1, words, (n, 6)).astype("int32"),
        "tags": rng.integers(0, 2, (n, tags)).astype("float32"),
    }
    return x, {"priority": rng.uniform(0, 1, n).astype("float32"), "department": rng.integers(0, departments, n)}


def ticket_rows(n: int, words: int, tags: int) -> dict[str, np.ndarray]:
    """Made-up inputs shaped like those of `course.data.tickets`, without meaning: titles and texts of random tokens."""
    rng = probe.rng("ticket rows", n, words, tags)
    return {
        "title": rng.integers(1, words, (n, 8)).astype("int32"),
        "text_body": rng.integers(1, words, (n, 48)).astype("int32"),
        "tags": rng.integers(0, 2, (n, tags)).astype("float32"),
    }
