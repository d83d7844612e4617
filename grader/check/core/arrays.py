"""Data of models with several inputs or outputs: an array, or a list or dict of arrays, row by row.

Not `keras.tree`, which goes into nested lists (here a list of lists of numbers is one array's rows), keeps tuples, and
takes the entries of a dict in the order of their names; and which brings Keras along.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Arrays = np.ndarray | list | dict


def flat(data: Any) -> list[Any]:
    """The arrays as a list; those of a dict sorted by name."""
    if isinstance(data, dict):
        return [data[name] for name in sorted(data)]
    return list(data) if isinstance(data, list | tuple) else [data]


def each(function: Callable[[Any], Any], data: Any) -> Any:
    """The function's result for each array, in the structure of `data`."""
    if isinstance(data, dict):
        return {name: function(value) for name, value in data.items()}
    return [function(value) for value in data] if isinstance(data, list | tuple) else function(data)


def count(data: Any) -> int:
    """The number of rows."""
    return len(flat(data)[0])


def rows(data: Any, which: slice | np.ndarray) -> Any:
    """These rows of each array."""
    return each(lambda value: value[which], data)


def batches(x: Any, y: Any, size: int | None) -> list[tuple[Any, Any]]:
    """(x, y) cut into batches of `size` rows, in order; the last may be smaller. None makes a single batch."""
    n = count(x)
    cuts = [slice(start, start + (size or n)) for start in range(0, n, size or n)]
    return [(rows(x, cut), rows(y, cut)) for cut in cuts]


def joined(parts: list[Any]) -> Any:
    """Batches of the same structure, concatenated."""
    first = parts[0]
    if isinstance(first, dict):
        return {name: np.concatenate([part[name] for part in parts]) for name in first}
    if isinstance(first, list | tuple):
        return [np.concatenate([part[i] for part in parts]) for i in range(len(first))]
    return np.concatenate(parts)


def tensors(data: Any) -> Any:
    """The data as tensors, with float64 converted to float32 as in `fit`."""
    import tensorflow as tf

    def tensor(value: Any) -> Any:
        if tf.is_tensor(value):
            return value
        value = np.asarray(value)
        return tf.constant(value.astype("float32") if value.dtype == "float64" else value)

    return each(tensor, data)


def gathered(data: Any, order: Any) -> Any:
    """The rows of tensors in this order."""
    import tensorflow as tf

    return each(lambda value: tf.gather(value, order), data)


Shape = tuple[int, ...]

BATCH = 32


def named(x: Any) -> dict[str | int, np.ndarray]:
    """The arrays of an input by key or position."""
    if isinstance(x, dict):
        return dict(x)
    return dict(enumerate(x)) if isinstance(x, list | tuple) else {0: x}


def replaced(x: Any, key: str | int, array: np.ndarray) -> Any:
    """A copy of the input with `array` at this key or position."""
    if isinstance(x, dict):
        return {**x, key: array}
    if isinstance(x, list | tuple):
        return type(x)(array if place == key else part for place, part in enumerate(x))
    return array
