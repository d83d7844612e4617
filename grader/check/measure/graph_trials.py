"""Two models compared by their outputs: whether graphs that look different compute the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from course.see import graph as graphs
from course.see.graph import Graph
from grader.check.core import numbers, seeds
from grader.check.core.arrays import named
from grader.check.core.register import StopOracle
from grader.check.measure.perturbing import MOVED, each, only_numbers
from grader.check.remote import queries
from grader.check.remote.answers import answers, answers_with, compute_dtype
from grader.verdict import StudentError

STRICT = 1.5e-3
"""Relative difference up to which outputs are equal, if nothing but the outputs decides. A leaky relu with slope 0.01
makes a difference ten times as large; float32's rounding makes a smaller one."""

ROWS = 4

REPEATS = 24, 256  # fewest and most copies of each row with training=True, to measure the spread of its outputs

NUMBERS = 2**20  # passed to the model for this, if that allows for the fewest copies

SMALL = 0.3

SCATTER = 1.18
"""Ratio of two standard deviations that may be due to chance. Of 40 pairs of equal networks with dropout, none exceeded
1.07; with a dropout rate of 0.3 or 0.7 in place of 0.5, none was below 1.32."""

MOST_WEIGHTS = 80  # changed one by one

SIZES = {2: 6, 3: 6, 4: 16, 5: 8}  # of a dimension left open, by rank: 16 leaves room for several poolings

Difference = tuple[str, str, str]
"""The parts *seen*, *expected* and *next* of a message."""


class Trial:
    """Two models with equal weights. Weights of equal shape get equal values, so that their order doesn't matter; then
    each weight is changed by itself, which reveals shared and unused weights."""

    def __init__(self, model: Any, wanted: Any, shapes: Any, asked: Graph, seen: Graph | None, takes: Any):
        self.model, self.wanted = model, wanted
        arrays = _made_up(asked)
        self.wanted_x = _filled(graphs.arranged(wanted, shapes), arrays)
        self.x = _filled(takes, _in_order(arrays, seen, asked))
        self.ends = graphs.paired(seen.outputs, asked.outputs) if seen is not None else None
        self.possible = seen is None or _takes_and_gives(seen, asked)

    @property
    def tolerance(self) -> float:
        """Relative difference up to which outputs are equal."""
        return max(STRICT, 2 * numbers.tolerance(compute_dtype(self.model)))

    def gap(self) -> float:
        """The largest difference of the outputs at inference, for small and large inputs; infinite if their number or
        shapes differ."""
        queries.outputs(self.model, self.x)
        return self._apart(*self._both(answers, lambda x, arrays: [[x, each(x, _large)], arrays]))

    def alike(self) -> bool:
        """Whether no difference is found; a model that can't be called like the other one is different."""
        try:
            return self.possible and not self.difference()
        except (StudentError, StopOracle):
            return False

    def difference(self) -> Difference | None:
        """The first difference found between the two models, if any."""
        queries.outputs(self.model, self.x)  # before its first call a model may have no weights
        return self._in_weights() or self._at_inference() or self._in_training()

    def _in_weights(self) -> Difference | None:
        mine, theirs = (_shapes(queries.weights(model)) for model in (self.model, self.wanted))
        if mine == theirs:
            return None
        if Counter(shape for shape, _ in mine.elements()) == Counter(shape for shape, _ in theirs.elements()):
            return "the wrong weights frozen", "the weights frozen that the exercise asks for", (
                "Check the attribute `trainable` of each layer."
            )  # fmt: skip
        extra, missing = ((a - b).elements() for a, b in ((mine, theirs), (theirs, mine)))
        pairs = (("additional weights of shape", extra), ("no weights of shape", missing))
        words = [f"{what} {_listed(shapes)}" for what, shapes in pairs]
        seen = " and ".join(word for word in words if not word.endswith(" "))
        return seen, f"{numbers.counted(theirs.total(), 'weight')} in the shapes of the requested layers", (
            "Check whether a layer has the wrong size, is missing or appears twice."
        )  # fmt: skip

    def _at_inference(self) -> Difference | None:
        if self.gap() > self.tolerance:
            return "different outputs for the same weights", "equal outputs", (
                "Follow one row through `call`, and check the order of the layers and their activations."
            )  # fmt: skip
        mine, theirs = self._both(answers_with, lambda x, arrays: [x, arrays, _one_by_one(arrays)])
        if len(mine) != len(theirs) or not self._matched(mine, theirs):
            return "a weight with a different effect on the outputs", "each weight with the same effect", (
                "Check whether a layer is used twice, or created but not used."
            )  # fmt: skip
        return None

    def _in_training(self) -> Difference | None:
        mine, theirs = self._both(answers, lambda x, arrays: [[_repeated(x)] * 2, _smaller(arrays), True])
        chance = [self._apart(calls[:1], calls[1:2]) > MOVED for calls in (mine, theirs)]
        if chance[0] != chance[1]:
            words = ("the same outputs in each call", "different outputs in each call")
            seen, expected = words if chance[1] else words[::-1]
            return f"{seen} in training mode", f"{expected} in training mode", (
                "Check whether a layer such as Dropout is missing."
                if chance[1]
                else "Remove the layer that adds randomness, such as Dropout."
            )  # fmt: skip
        if not chance[0]:
            apart = self._apart(mine[:1], theirs[:1]) > self.tolerance
            return (
                ("different outputs in training mode", "equal outputs", "Check the effect of `training=True`.")
                if apart
                else None
            )
        a, b = (_scatter(calls[0]) for calls in (mine, theirs))
        if max(a, b) <= SCATTER * min(a, b):
            return None
        seen = f"outputs with a standard deviation of {a:.2g} in training mode"
        return seen, f"a standard deviation of {b:.2g}", (
            "Check the place and the rate of each Dropout layer."
        )  # fmt: skip

    def _both(self, ask: Any, arguments: Any) -> list[list[dict]]:
        """The answers of both models, with equal values for weights of equal shape."""
        found = []
        for model, x in ((self.model, self.x), (self.wanted, self.wanted_x)):
            arrays = [_equal(weight["array"]) for weight in queries.weights(model)]
            found.append([only_numbers(answer) for answer in ask(model, *arguments(x, arrays))])
        return found

    def _apart(self, mine: Sequence[dict], theirs: Sequence[dict]) -> float:
        """The largest difference of two series of answers, output by output."""
        return max(self._gap(a, b) for a, b in zip(mine, theirs, strict=True))

    def _gap(self, mine: dict, theirs: dict) -> float:
        a, b = _outputs(mine), _outputs(theirs)
        keys = self.ends or ((list(mine), list(theirs)) if set(mine) == set(theirs) else (range(len(a)), range(len(b))))
        if len(a) != len(b) or sorted(map(str, keys[0])) != sorted(map(str, keys[1])):
            return np.inf
        order = sorted(range(len(a)), key=lambda place: str(keys[0][place]))
        other = sorted(range(len(b)), key=lambda place: str(keys[1][place]))
        gaps = [
            numbers.gap(a[one], b[two]) if a[one].shape == b[two].shape else np.inf
            for one, two in zip(order, other, strict=True)
        ]
        return max(float(np.nan_to_num(gap, nan=np.inf)) for gap in gaps)

    def _matched(self, mine: list[dict], theirs: list[dict]) -> bool:
        """Whether the two lists hold equal answers, in any order."""
        left = list(theirs)
        for answer in mine:
            place = next((i for i, other in enumerate(left) if self._gap(answer, other) <= self.tolerance), None)
            if place is None:
                return False
            left.pop(place)
        return True


def _takes_and_gives(seen: Graph, asked: Graph) -> bool:
    """Whether `seen` has as many inputs and outputs as `asked`, and its inputs admit the requested shapes."""
    if (len(seen.inputs), len(seen.outputs)) != (len(asked.inputs), len(asked.outputs)):
        return False
    keys = graphs.paired(seen.inputs, asked.inputs)
    mine, theirs = (
        {key: graph.nodes[end.node].shapes for key, end in zip(names, graph.inputs, strict=True)}
        for names, graph in zip(keys, (seen, asked), strict=True)
    )
    return all(graphs.admits(mine[key], theirs[key]) for key in theirs)


def _outputs(answer: dict) -> list[np.ndarray]:
    """The arrays of an answer in the order of a graph's outputs: with sorted keys, as Keras flattens a dict."""
    return [answer[key] for key in sorted(answer, key=lambda key: (isinstance(key, str), key))]


def _made_up(asked: Graph) -> list[np.ndarray]:
    """A batch for each input: normal numbers, or whole ones below the size of the Embedding that gets them."""
    arrays, plain = [], graphs.canonical(asked)
    for place, end in enumerate(plain.inputs):
        rng = seeds.rng("same_graph", place)
        node = plain.nodes[end.node]
        shape = node.shapes[0][1:]
        sizes = ROWS, *(SIZES.get(len(shape) + 1, 6) if size is None else size for size in shape)
        readers = [n for n in plain.nodes if any(edge.node == end.node for edge in n.parents)]
        kinds = [int(n.settings.get("input_dim", 2)) for n in readers if n.kind == "Embedding"]
        if kinds or node.dtype.startswith(("int", "uint")):
            numbers_of_words = rng.integers(0, min(kinds, default=2), sizes).astype("int32")
            numbers_of_words[::2, sizes[1] // 2 :] = 0  # padding, for models with a mask
            arrays.append(numbers_of_words)
        else:
            arrays.append(rng.normal(0.0, 1.0, sizes).astype("float32"))
    return arrays


def _in_order(arrays: list[np.ndarray], seen: Graph | None, asked: Graph) -> list[np.ndarray]:
    """The arrays in the order of the student's inputs, which may be different if they have names."""
    if seen is None:
        return arrays
    mine, theirs = graphs.paired(seen.inputs, asked.inputs)
    by_key = dict(zip(theirs, arrays, strict=True))
    return [by_key[key] for key in mine if key in by_key] or arrays


def _filled(structure: Any, arrays: list[np.ndarray], depth: int = 8) -> Any:
    """The structure with each number replaced by the array of that index; anything unexpected is the first array."""
    if isinstance(structure, dict) and depth:
        return {key: _filled(part, arrays, depth - 1) for key, part in structure.items()}
    if isinstance(structure, list | tuple) and depth:
        return [_filled(part, arrays, depth - 1) for part in structure]
    return arrays[structure] if isinstance(structure, int) and 0 <= structure < len(arrays) else arrays[0]


def _equal(array: np.ndarray) -> np.ndarray:
    """The value for every weight of this shape; whole numbers stay. Vectors are positive, as they may be variances."""
    if array.dtype.kind != "f":
        return array
    rng = seeds.rng("same_graph", array.shape)
    if array.ndim < 2:
        return rng.uniform(0.5, 1.5, array.shape).astype("float32")
    return (rng.normal(0.0, 1.0, array.shape) / np.sqrt(np.prod(array.shape[:-1]))).astype("float32")


def _one_by_one(arrays: list[np.ndarray]) -> list[dict[int, np.ndarray]]:
    """One change for each weight by itself. Of very many weights only the first by shape, the same in both models."""
    places = [place for place, array in enumerate(arrays) if array.dtype.kind == "f"]
    places.sort(key=lambda place: arrays[place].shape)
    return [{place: (1.5 * arrays[place] + 0.2).astype("float32")} for place in places[:MOST_WEIGHTS]]


def _shapes(weights: list[dict[str, Any]]) -> Counter:
    return Counter((weight["array"].shape, bool(weight["trainable"])) for weight in weights)


def _listed(shapes: Any) -> str:
    found = [str(shape) for shape, _ in shapes]
    return ", ".join(found[:4]) + (f" and {len(found) - 4} more" if len(found) > 4 else "")


def _smaller(arrays: list[np.ndarray]) -> list[np.ndarray]:
    """The arrays with matrices so small that a softmax or tanh after them is nearly linear and keeps randomness."""
    return [SMALL * array if array.ndim > 1 and array.dtype.kind == "f" else array for array in arrays]


def _large(part: np.ndarray) -> np.ndarray:
    """The inputs scaled up, to reveal an upper bound such as relu6's."""
    return 10 * part if part.dtype.kind == "f" else part


def _repeated(x: Any) -> Any:
    """The batch with each row repeated many times, but fewer times if the rows are large."""
    size = sum(part.size for part in named(x).values())
    repeats = int(np.clip(NUMBERS // max(size, 1), *REPEATS))
    return each(x, lambda part: np.repeat(part, repeats, axis=0))


def _scatter(answer: dict) -> float:
    """The standard deviation of the outputs for equal rows, averaged over all numbers."""
    parts = [values.astype("float64") for values in answer.values() if len(values.shape) and len(values) % ROWS == 0]
    spread = [np.var(values.reshape(ROWS, len(values) // ROWS, -1), axis=1).mean() for values in parts]
    return float(np.sqrt(np.mean(spread))) if spread else 0.0
