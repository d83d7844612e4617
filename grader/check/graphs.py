"""Whether a model's graph is the one asked for: by layers and connections, or by outputs where none can be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from course.see import graph as graphs
from course.see.graph import Diff, Graph
from grader.check import asking, numbers, probe
from grader.check.perturbing import (
    MOVED,
    Refused,
    answers,
    answers_with,
    compute_dtype,
    each,
    named,
    only_numbers,
    oracle,
)
from grader.check.verb import verb
from grader.verdict import Observation, StudentError

Observations = Iterator[Observation]

EPSILON = 0.02
"""Relative difference of outputs between two equal graphs that is none: what another `epsilon` makes."""
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


@verb
def graph_of(model: Any, shapes: Any = None) -> dict[str, Any]:
    """The model's graph as data, and the structure in which it takes its inputs, with their numbers in the places.

    `{"graph": …, "takes": …}`, or `{"reason": …, "takes": …}` for a model that shows none. `shapes` as for `graphs.of`.
    """
    try:
        found: dict[str, Any] = {"graph": graphs.of(model, shapes).to_json()}
    except graphs.NoGraph as reason:
        found = {"reason": str(reason)}
    except Exception as error:  # a fault of ours in reading it is no fault of the model's: its outputs decide then
        found = {"reason": f"it could not be read ({type(error).__name__})"}
    return found | {"takes": _takes(model, shapes)}


def _takes(model: Any, shapes: Any) -> Any:
    try:
        return graphs.arranged(model, shapes)
    except Exception:  # it takes what nobody knows
        return 0


@oracle
def same_graph(model: Any, wanted: Any, shapes: Any = None) -> Observations:
    """The model computes what the reference model `wanted` computes: the same layers, connected in the same way.

    However it was written: nested models are unfolded, `Dense` and an activation behind it are `Dense(activation=…)`,
    operations are the layers that do the same, names, initialisers and regularisers don't count. A layer used twice
    is not two layers, a frozen one is not one that learns. Inputs and outputs go by name where both have the same
    names, else by place; an input may leave a size open that `wanted` fixes.

    `shapes`: what a subclassed model is called on, without the batch, see `graphs.of`; those of `wanted` unless told.
    A model whose graph can't be read, or another graph without randomness, is judged by its outputs: in training and
    at inference, with equal weights and with each of them changed.
    """
    shapes = _shapes_of(wanted) if shapes is None else shapes
    asked = graphs.of(wanted, shapes)
    if not asking.is_a_model(model):
        yield _no_model(model)
        return
    found = graph_of(model, shapes)
    seen = _read(found)
    trial = Trial(model, wanted, shapes, asked, seen, found.get("takes") if isinstance(found, dict) else None)
    if seen is None or seen.opaque:
        yield from _by_outputs(trial, asked, _reason(found, seen))
        return
    difference = graphs.diff(seen, asked)
    if difference.same:
        yield from _confirmed(trial, asked)
    elif not _random(seen) and not _random(asked) and trial.alike():
        yield _graph(True, "written otherwise, but the same outputs for the same weights")
    else:
        yield _different(difference, asked)


def _no_model(value: Any) -> Observation:
    return Observation(
        about="the model",
        ok=False,
        seen=asking.kind_of(value),
        expected="a `keras.Model`",
        next="Return the model itself.",
        stop=True,
    )


def _shapes_of(wanted: Any) -> Any:
    """The reference's inputs, in its structure, as `graphs.of` takes them."""
    import keras

    inputs = wanted.inputs[0] if isinstance(wanted, keras.Sequential) else wanted.input
    return keras.tree.map_structure(lambda tensor: (tuple(tensor.shape[1:]), str(tensor.dtype)), inputs)


def _read(found: Any) -> Graph | None:
    """The graph that came back, if one did and it is a graph: it may come from the student's process."""
    try:
        graph = graphs.from_json(found["graph"])
    except (KeyError, TypeError, ValueError):
        return None
    return graph if graph.inputs and graph.outputs else None


def _reason(found: Any, seen: Graph | None) -> str:
    if seen is not None:
        hidden = next(node.label or node.kind for node in seen.nodes if node.opaque)
        return f"`{hidden}` doesn't show what it computes"
    reason = found.get("reason") if isinstance(found, dict) else None
    return reason[:300] if isinstance(reason, str) else "it shows no graph"


def _random(graph: Graph) -> bool:
    """Something in it acts in training alone, by chance."""
    return any(graphs.is_random(node.kind) or _dropout(node) for node in graph.nodes)


def _dropout(node: graphs.Node) -> bool:
    return any(node.settings.get(key) not in (None, 0, 0.0) for key in ("dropout", "recurrent_dropout"))


# ---- observations


def _graph(ok: bool, seen: str, **more: Any) -> Observation:
    return Observation(about="the model's graph", ok=ok, seen=seen, **more)


def _confirmed(trial: Trial, asked: Graph) -> Observations:
    """The graph is right; a call that computes something else than its layers say would show in the outputs."""
    if trial.gap() <= max(EPSILON, trial.tolerance):
        yield _graph(True, f"{numbers.counted(asked.layers, 'layer')}, connected as asked for")
        return
    yield _graph(
        False,
        "the layers asked for, but other outputs than they give",
        expected="what the layers compute, and nothing else",
        why="Between the layers something is computed that no layer shows.",
        next="Does `call` do something to the values beside handing them from layer to layer?",
    )


def _different(difference: Diff, asked: Graph) -> Observation:
    from course.see import diagram

    advice = next((change.advice for change in difference.changes if change.advice), "")
    return _graph(
        False,
        difference.words,
        expected=_outline(asked),
        why="What a model can learn follows from its layers and from how they are connected.",
        next=advice or "Follow the values from the inputs to the outputs: where do they take another way?",
        figure=diagram.figure(difference),
    )


def _outline(asked: Graph) -> str:
    """What was asked for in a line: the layers of a chain, else how many there are."""
    asked = graphs.canonical(asked)
    chain = [node for node in asked.nodes if node.kind != "Input"]
    straight = all(len(node.parents) == 1 for node in chain) and len(asked.inputs) == len(asked.outputs) == 1
    if straight and len(chain) <= 8 and len(Counter(node.parents[0].node for node in chain)) == len(chain):
        return " → ".join(f"`{node.label}`" for node in chain)
    ends = f"{numbers.counted(len(asked.inputs), 'input')}, {numbers.counted(len(asked.outputs), 'output')}"
    return f"{numbers.counted(asked.layers, 'layer')} between {ends}, connected as the exercise says"


def _by_outputs(trial: Trial, asked: Graph, reason: str) -> Observations:
    difference = trial.difference()
    if not difference:
        yield _graph(True, f"judged by its outputs, as {reason}: they are those asked for")
        return
    seen, expected, advice = difference
    yield _graph(
        False,
        f"{seen} (judged by its outputs, as {reason})",
        expected=f"{expected}: {_outline(asked)}",
        why="Two models are the same if they answer alike whatever the weights.",
        next=advice,
    )


# ---- outputs


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
        asking.outputs(self.model, self.x)
        return self._apart(*self._both(answers, lambda x, arrays: [[x, each(x, _large)], arrays]))

    def alike(self) -> bool:
        """Nothing tells the two apart; a model that can't be called as the other one is not like it."""
        try:
            return self.possible and not self.difference()
        except (StudentError, Refused):
            return False

    def difference(self) -> Difference | None:
        """What tells the two apart, if anything does."""
        asking.outputs(self.model, self.x)  # before its first call a model may have no weights
        return self._in_weights() or self._at_inference() or self._in_training()

    def _in_weights(self) -> Difference | None:
        mine, theirs = (_shapes(asking.weights(model)) for model in (self.model, self.wanted))
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
            arrays = [_equal(weight["array"]) for weight in asking.weights(model)]
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
        rng = probe.rng("same_graph", place)
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
    rng = probe.rng("same_graph", array.shape)
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
