"""Two models run against each other: whether graphs that differ on paper compute the same."""

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
"""Relative difference of outputs, where they alone decide, that is none. A leaky relu of slope 0.01 makes ten times
more of it than float32's rounding."""

ROWS = 4

REPEATS = 24, 256  # least and most of each row with training=True, to see how far its outputs scatter

NUMBERS = 2**20  # handed to the model for it, if that allows for the least

SMALL = 0.3

SCATTER = 1.18
"""Ratio of two scatters that may be chance. Of 40 equal nets with dropout none came above 1.07; with rates of 0.3 and
0.7 for 0.5 none below 1.32."""

MOST_WEIGHTS = 80  # changed one by one

SIZES = {2: 6, 3: 6, 4: 16, 5: 8}  # of an open dimension, by rank: some poolings fit into 16

Difference = tuple[str, str, str]
"""What was seen, what was expected, what to try."""


class Trial:
    """Two models under equal weights: equal ones for equal shapes, so that the order in which they were made is of no
    account, and then each weight changed by itself, so that what shares and what is not used shows."""

    def __init__(self, model: Any, wanted: Any, shapes: Any, asked: Graph, seen: Graph | None, takes: Any):
        self.model, self.wanted = model, wanted
        arrays = _made_up(asked)
        self.wanted_x = _filled(graphs.arranged(wanted, shapes), arrays)
        self.x = _filled(takes, _in_order(arrays, seen, asked))
        self.ends = graphs.paired(seen.outputs, asked.outputs) if seen is not None else None
        self.possible = seen is None or _takes_and_gives(seen, asked)

    @property
    def tolerance(self) -> float:
        """Relative difference of outputs that counts as none."""
        return max(STRICT, 2 * numbers.tolerance(compute_dtype(self.model)))

    def gap(self) -> float:
        """The largest difference of the outputs at inference, for small and large inputs; infinite where number or
        shapes differ."""
        queries.outputs(self.model, self.x)
        return self._apart(*self._both(answers, lambda x, arrays: [[x, each(x, _large)], arrays]))

    def alike(self) -> bool:
        """Nothing tells the two apart; a model that can't be called as the other one is not like it."""
        try:
            return self.possible and not self.difference()
        except (StudentError, StopOracle):
            return False

    def difference(self) -> Difference | None:
        """What tells the two apart, if anything does."""
        queries.outputs(self.model, self.x)  # before its first call a model may have no weights
        return self._in_weights() or self._at_inference() or self._in_training()

    def _in_weights(self) -> Difference | None:
        mine, theirs = (_shapes(queries.weights(model)) for model in (self.model, self.wanted))
        if mine == theirs:
            return None
        if Counter(shape for shape, _ in mine.elements()) == Counter(shape for shape, _ in theirs.elements()):
            return "some weights are frozen that should learn, or learn that should be frozen", "as asked for", (
                "Look at `trainable` of each layer."
            )  # fmt: skip
        extra, missing = ((a - b).elements() for a, b in ((mine, theirs), (theirs, mine)))
        words = [f"{what} {_listed(shapes)}" for what, shapes in (("weights of", extra), ("none of", missing))]
        seen = " and ".join(word for word in words if not word.endswith(" "))
        return seen, f"{numbers.counted(theirs.total(), 'weight')} as the layers asked for have them", (
            "Which layer has another size, is missing or stands there twice?"
        )  # fmt: skip

    def _at_inference(self) -> Difference | None:
        if self.gap() > self.tolerance:
            return "other outputs for the same weights", "equal outputs", (
                "Follow a row through `call`: in which order do the layers come, with which activations?"
            )  # fmt: skip
        mine, theirs = self._both(answers_with, lambda x, arrays: [x, arrays, _one_by_one(arrays)])
        if len(mine) != len(theirs) or not self._matched(mine, theirs):
            return "a weight that counts for more, or for less", "each weight in its place", (
                "Is a layer used twice, or one that was made not used at all?"
            )  # fmt: skip
        return None

    def _in_training(self) -> Difference | None:
        mine, theirs = self._both(answers, lambda x, arrays: [[_repeated(x)] * 2, _smaller(arrays), True])
        chance = [self._apart(calls[:1], calls[1:2]) > MOVED for calls in (mine, theirs)]
        if chance[0] != chance[1]:
            seen = "the same outputs each time" if chance[1] else "outputs that differ from call to call"
            return f"{seen} in training", "chance in training" if chance[1] else "no chance in training", (
                "Is a layer such as Dropout missing?" if chance[1] else "Which layer draws lots?"
            )  # fmt: skip
        if not chance[0]:
            apart = self._apart(mine[:1], theirs[:1]) > self.tolerance
            return (
                ("other outputs in training", "equal outputs", "What does `training=True` change?") if apart else None
            )
        a, b = (_scatter(calls[0]) for calls in (mine, theirs))
        if max(a, b) <= SCATTER * min(a, b):
            return None
        return f"outputs that scatter by {a:.2g} in training", f"a scatter of {b:.2g}", (
            "Is each Dropout in its place, with its rate?"
        )  # fmt: skip

    def _both(self, ask: Any, arguments: Any) -> list[list[dict]]:
        """The answers of both models, each under weights that are equal for equal shapes."""
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
        """Each of the one is among the others, each used once."""
        left = list(theirs)
        for answer in mine:
            place = next((i for i, other in enumerate(left) if self._gap(answer, other) <= self.tolerance), None)
            if place is None:
                return False
            left.pop(place)
        return True


def _takes_and_gives(seen: Graph, asked: Graph) -> bool:
    """As many inputs and outputs, and inputs into which fits what was asked for."""
    if (len(seen.inputs), len(seen.outputs)) != (len(asked.inputs), len(asked.outputs)):
        return False
    keys = graphs.paired(seen.inputs, asked.inputs)
    mine, theirs = (
        {key: graph.nodes[end.node].shapes for key, end in zip(names, graph.inputs, strict=True)}
        for names, graph in zip(keys, (seen, asked), strict=True)
    )
    return all(graphs.admits(mine[key], theirs[key]) for key in theirs)


def _outputs(answer: dict) -> list[np.ndarray]:
    """The arrays of an answer in the order of a graph's outputs: keys sorted, as Keras flattens a dict."""
    return [answer[key] for key in sorted(answer, key=lambda key: (isinstance(key, str), key))]


def _made_up(asked: Graph) -> list[np.ndarray]:
    """A batch for each input: normal numbers, or whole ones below the size of an Embedding that reads them."""
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
            numbers_of_words[::2, sizes[1] // 2 :] = 0  # padding, which a mask may leave out
            arrays.append(numbers_of_words)
        else:
            arrays.append(rng.normal(0.0, 1.0, sizes).astype("float32"))
    return arrays


def _in_order(arrays: list[np.ndarray], seen: Graph | None, asked: Graph) -> list[np.ndarray]:
    """The arrays in the order of the student's inputs, which may be another one if they have names."""
    if seen is None:
        return arrays
    mine, theirs = graphs.paired(seen.inputs, asked.inputs)
    by_key = dict(zip(theirs, arrays, strict=True))
    return [by_key[key] for key in mine if key in by_key] or arrays


def _filled(structure: Any, arrays: list[np.ndarray], depth: int = 8) -> Any:
    """The structure with arrays in the places of their numbers; what is no structure, a stranger's, as best it goes."""
    if isinstance(structure, dict) and depth:
        return {key: _filled(part, arrays, depth - 1) for key, part in structure.items()}
    if isinstance(structure, list | tuple) and depth:
        return [_filled(part, arrays, depth - 1) for part in structure]
    return arrays[structure] if isinstance(structure, int) and 0 <= structure < len(arrays) else arrays[0]


def _equal(array: np.ndarray) -> np.ndarray:
    """The value that every weight of this shape gets; whole numbers stay. Positive where it may be a variance."""
    if array.dtype.kind != "f":
        return array
    rng = seeds.rng("same_graph", array.shape)
    if array.ndim < 2:
        return rng.uniform(0.5, 1.5, array.shape).astype("float32")
    return (rng.normal(0.0, 1.0, array.shape) / np.sqrt(np.prod(array.shape[:-1]))).astype("float32")


def _one_by_one(arrays: list[np.ndarray]) -> list[dict[int, np.ndarray]]:
    """Each weight changed by itself. Of very many the first by shape, in both models the same."""
    places = [place for place, array in enumerate(arrays) if array.dtype.kind == "f"]
    places.sort(key=lambda place: arrays[place].shape)
    return [{place: (1.5 * arrays[place] + 0.2).astype("float32")} for place in places[:MOST_WEIGHTS]]


def _shapes(weights: list[dict[str, Any]]) -> Counter:
    return Counter((weight["array"].shape, bool(weight["trainable"])) for weight in weights)


def _listed(shapes: Any) -> str:
    found = [str(shape) for shape, _ in shapes]
    return ", ".join(found[:4]) + (f" and {len(found) - 4} more" if len(found) > 4 else "")


def _smaller(arrays: list[np.ndarray]) -> list[np.ndarray]:
    """Matrices so small that a softmax or a tanh behind them is nearly linear, and chance before it shows as it is."""
    return [SMALL * array if array.ndim > 1 and array.dtype.kind == "f" else array for array in arrays]


def _large(part: np.ndarray) -> np.ndarray:
    """Where an upper bound, as relu6 has it, shows."""
    return 10 * part if part.dtype.kind == "f" else part


def _repeated(x: Any) -> Any:
    """The batch with each row many times over, fewer times where rows are large."""
    size = sum(part.size for part in named(x).values())
    repeats = int(np.clip(NUMBERS // max(size, 1), *REPEATS))
    return each(x, lambda part: np.repeat(part, repeats, axis=0))


def _scatter(answer: dict) -> float:
    """How far the outputs for equal rows differ: their standard deviation, averaged over all numbers."""
    parts = [values.astype("float64") for values in answer.values() if len(values.shape) and len(values) % ROWS == 0]
    spread = [np.var(values.reshape(ROWS, len(values) // ROWS, -1), axis=1).mean() for values in parts]
    return float(np.sqrt(np.mean(spread))) if spread else 0.0
