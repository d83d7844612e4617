"""Oracles on inputs and outputs: their names, shapes and types, and batches of any size."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np

from grader.check.core import numbers, seeds
from grader.check.core.arrays import Arrays, named
from grader.check.core.register import Observations, oracle
from grader.check.measure.head_outputs import NoSuchOutput, predictions, take_rows
from grader.check.measure.perturbing import changes, largest, only_numbers, raised, rows, steady
from grader.check.remote import queries
from grader.check.remote.answers import Answer, answers, compute_dtype
from grader.verdict import Observation, StudentError

Shape = tuple[int | None, ...]

BATCHES = (1, 7)


@oracle
def has_inputs(model: Any, expected: Any) -> Observations:
    """The model takes these inputs: a dict by name, a list in order, or a single one.

    Each is a shape without the batch dimension, None for a free length, or an example array, which tells the dtype
    as well. What the model declares is compared; then it is called with made-up batches of 1 and 7 rows. A
    subclassed model declares nothing and is only called.
    """
    specs = named(expected if isinstance(expected, dict | list) else [expected])
    examples = {key: _example(spec, f"input {key}") for key, spec in specs.items()}
    declared = queries.signature(model) if queries.is_a_layer(model) else None
    if declared is not None:
        yield from _declares(declared["inputs"], specs, examples)
    arrays = examples if isinstance(expected, dict) else list(examples.values())
    yield _takes(model, arrays[0] if not isinstance(expected, dict | list) else arrays)


def _example(spec: Any, salt: str) -> np.ndarray:
    if isinstance(spec, np.ndarray):
        return spec
    shape = (max(BATCHES), *(5 if size is None else size for size in spec))
    return seeds.rng("has_inputs", salt).normal(0.0, 1.0, shape).astype("float32")


def _declares(side: dict[str, Any], specs: dict[Any, Any], examples: dict[Any, np.ndarray]) -> Observations:
    found = {
        name: (shape[1:], kind) for name, shape, kind in zip(side["names"], side["shapes"], side["dtypes"], strict=True)
    }
    if not _by_name(specs):
        found = dict(enumerate(found.values()))
    yield names_are("inputs", list(found), list(specs))
    for key, spec in specs.items():
        wanted = tuple(examples[key].shape[1:]) if isinstance(spec, np.ndarray) else tuple(spec)
        yield _declared(called(key, "input", len(specs)), *found[key], wanted, examples[key].dtype)


def _declared(about: str, shape: Shape, kind: str, wanted: Shape, dtype: np.dtype) -> Observation:
    fits, readable = _fits(shape, wanted), _holds(kind, dtype)
    return Observation(
        about=about,
        ok=fits and readable,
        seen=f"shape {_shown(shape)}" + ("" if readable else f" of {kind}"),
        expected=f"shape {_shown(wanted)}" + ("" if readable else f" of {dtype.name}"),
        why="Keras converts what comes in to the declared type, and cuts off what doesn't fit it."
        if fits
        else "The rows that come in have this shape.",
        next=f'Declare it with `dtype="{dtype.name}"`.'
        if fits
        else "Take the sizes from the data."
        if len(shape) == len(wanted) and None not in wanted
        else "`keras.Input(shape=…)` takes a tuple without the batch dimension; `None` stands for a free length.",
        stop=True,
    )


def _fits(shape: Sequence, wanted: Sequence) -> bool:
    """A declared None takes any size; a wanted None must be declared. (n,) and (n, 1) are one, as Keras adapts."""
    if len(shape) == len(wanted) + 1 and shape[-1] == 1:
        shape = shape[:-1]
    return len(shape) == len(wanted) and all(has in (None, want) for has, want in zip(shape, wanted, strict=True))


def _holds(kind: str, dtype: np.dtype) -> bool:
    """Whether an input declared as `kind` keeps the numbers of `dtype`."""
    if dtype.kind == "f":
        return "float" in kind
    return kind not in ("bool", "string", "uint8", "int8") or kind == dtype.name


def _takes(model: Any, arrays: Any) -> Observation:
    about = "batches of 1 and 7 rows"
    for n in BATCHES:
        batch = rows(arrays, n)
        try:
            answers(model, [batch])
        except StudentError as error:
            shapes = ", ".join(
                f"`{key}` {part.shape}" if isinstance(key, str) else str(part.shape)
                for key, part in named(batch).items()
            )
            return Observation(
                about=about,
                ok=False,
                seen=raised(error),
                expected=f"to be called with {shapes}",
                why="Whoever uses the model has these arrays, and any number of rows.",
                next=error.hint or "Are the names and shapes those that the exercise gives?",
                stop=True,
            )
    return Observation(about, True, "both taken")


def names_are(what: str, found: Sequence, wanted: Sequence, more: bool = False) -> Observation:
    """The inputs or outputs found are those wanted: by name, or in number where they go by position. With `more`
    there may be others beside them."""
    missing, extra = [key for key in wanted if key not in found], [key for key in found if key not in wanted]
    by_name = _by_name(wanted)
    return Observation(
        about=what,
        ok=not missing and (more or not extra),
        seen=_listed(found) if by_name else str(len(found)),
        expected=(_listed(wanted) if by_name else str(len(wanted))) + " among them" * more,
        why="Data and losses find their way by these names." if by_name else "",
        next=_name_advice(what, missing, extra) if by_name else "How many does the exercise ask for?",
        stop=True,
    )


def _name_advice(what: str, missing: list[str], extra: list) -> str:
    close = {name: get_close_matches(name, map(str, extra), 1) for name in missing}
    misspelt = [f"Rename `{near[0]}` to `{name}`." for name, near in close.items() if near]
    if misspelt:
        return " ".join(misspelt)
    if any("without a name" in str(key) for key in extra):
        return f"Return a dict with the keys {_listed(missing)}."
    if not missing:
        return f"What is {_listed(extra)} for?"
    named_by = "the layer that makes it" if what == "outputs" else "its `Input`"
    return f'There is no `{missing[0]}`: if it is there under another name, give {named_by} `name="{missing[0]}"`.'


def _by_name(keys: Any) -> bool:
    return all(isinstance(key, str) for key in keys)


def _listed(names: Sequence) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def _shown(shape: Sequence) -> str:
    return "(" + ", ".join("any" if size is None else str(size) for size in shape) + ("," * (len(shape) == 1)) + ")"


def called(key: str | int, what: str, of: int = 2) -> str:
    """An input or output in words: by its name, by its place, or as the only one."""
    return f"{what} `{key}`" if isinstance(key, str) else f"the {what}" if of == 1 else f"{what} {key + 1}"


@oracle
def has_outputs(model: Any, x: Any, expected: Any) -> Observations:
    """For batches of 1 and 7 rows of `x` the model returns these outputs.

    A dict by name, a list in order, or a single shape; without the batch dimension, None for any size. The names
    are the keys of a dict that it returns, or those of a functional model's outputs. (1,) and () are one.
    """
    specs = named(expected if isinstance(expected, dict | list) else [expected])
    found = [
        keyed(model, only_numbers(answer), list(specs)) for answer in answers(model, [rows(x, n) for n in BATCHES])
    ]
    odd = next((answer for answer in found if set(answer) != set(specs)), found[0])
    yield names_are("outputs", list(odd), list(specs))
    for key, wanted in specs.items():
        shapes = {n: answer[key].shape for n, answer in zip(BATCHES, found, strict=True)}
        yield _output(called(key, "output", len(specs)), shapes, tuple(wanted))


def _output(about: str, shapes: dict[int, tuple], wanted: Shape) -> Observation:
    off = [n for n, seen in shapes.items() if seen[:1] != (n,) or not _fits(wanted, seen[1:])]
    n = off[0] if off else max(shapes)
    return Observation(
        about=about,
        ok=not off,
        seen=f"shape {_shown(shapes[n])} for {n} row{'s' * (n > 1)}",
        expected=f"shape {_shown((n, *wanted))}",
        why="One answer for each row, in the shape that the targets have.",
        next="The batch dimension got lost on the way: print the shapes."
        if shapes[n][:1] != (n,)
        else "Follow the shapes from the input on: after which layer does it become another one?",
        stop=True,
    )


def keyed(model: Any, answer: Answer, wanted: Sequence[str | int]) -> Answer:
    """The answer by output names where names are wanted, else by position.

    Names are the answer's own keys, or those that a functional model gives its list of outputs. A single output
    that has no name goes by the only one wanted.
    """
    if not _by_name(wanted):
        return dict(enumerate(answer.values()))
    if _by_name(answer):
        return answer
    if len(answer) == len(wanted) == 1:
        return dict(zip(wanted, answer.values(), strict=True))
    declared = queries.signature(model) if queries.is_a_layer(model) else None
    names = declared["outputs"]["names"] if declared else [f"{place + 1}, without a name" for place in answer]
    return dict(zip(names, answer.values(), strict=False))


@oracle
def any_batch(model: Any, x: Any) -> Observations:
    """Each row is answered by itself: alone, in a pair and in a batch of seven, the same."""
    whole = steady(model, rows(x, 7))
    about, exact = "each row by itself", numbers.tolerance(compute_dtype(model))
    try:
        parts = [only_numbers(answer) for answer in answers(model, [rows(x, 1), rows(x, 2)])]
    except StudentError as error:
        yield Observation(
            about=about,
            ok=False,
            seen=f"with another batch size {raised(error)}",
            expected="any number of rows",
            why="The last batch is smaller, and a prediction may be for one row.",
            next="Leave the batch dimension open: `None`, or -1 in a reshape.",
            stop=True,
        )
        return
    off = max(largest(changes(part, _first(whole, n))) for n, part in zip((1, 2), parts, strict=True))
    yield Observation(
        about=about,
        ok=off <= exact,
        seen="the same answer alone and in a batch" if off <= exact else "alone, a row gets another answer",
        expected="answers that don't depend on the other rows",
        why="Which rows share a batch is chance.",
        next="A softmax, mean or reshape over axis 0 mixes rows: the batch axis stays as it is.",
    )


def _first(answer: Answer, n: int) -> Answer:
    return {key: part[:n] for key, part in answer.items()}


LOUD = (3.0, 30.0)
"""Scales of random weights at which a sigmoid or a softmax comes near 0 and 1."""

MOST_DRAWS = 10
"""Tried until numbers near both ends were seen: rows that are alike come out on one side, whichever the draw says."""


@oracle
def outputs_are_probabilities(model: Any, x: Any, outputs: Sequence[str | int]) -> Observations:
    """Each of these outputs is a probability, or a row of them that adds up to 1, whatever the weights.

    And nothing narrower: under large weights the numbers come near both ends.
    """
    x = rows(x, 16)
    parts: dict[str | int, list[np.ndarray]] = {key: [] for key in outputs}
    for turn in range(MOST_DRAWS):
        draws = [(seeds.seed("probabilities", turn), scale, x) for scale in LOUD]
        for values in queries.outputs_redrawn(model, draws):
            answer = keyed(model, named(values), outputs)
            if set(outputs) - set(answer):
                yield names_are("outputs", list(answer), list(outputs))
            for key in outputs:
                parts[key].append(np.asarray(answer[key], "float64").reshape(len(answer[key]), -1))
        if turn and all(_reach(found) for found in parts.values()):
            break
    for key in outputs:
        yield _probability(called(key, "output", len(outputs)), np.concatenate(parts[key]))


def _reach(found: list[np.ndarray]) -> bool:
    """Whether numbers near both ends, or beyond, were seen."""
    return min(part.min() for part in found) < 0.1 and max(part.max() for part in found) > 0.9


def _probability(about: str, values: np.ndarray) -> Observation:
    low, high, sums = values.min(), values.max(), values.sum(axis=1)
    several = values.shape[1] > 1
    inside, shared = low >= -1e-3 and high <= 1 + 1e-3, not several or bool(np.allclose(sums, 1.0, atol=2e-2))
    wide = low < 0.1 and high > 0.9
    seen = (
        f"numbers from {low:.3g} to {high:.3g}"
        if not inside or (shared and not wide)
        else f"rows that add up to between {sums.min():.3g} and {sums.max():.3g}"
    )
    return Observation(
        about=f"{about}: probabilities",
        ok=inside and shared and wide,
        seen=("a row adds up to 1" if several else "between 0 and 1") if inside and shared and wide else seen,
        expected="each number between 0 and 1, and a row of them adding up to 1" if several else "from 0 to 1",
        why="Under large random weights the head shows which numbers it can give at all.",
        next=("Let the head end in `softmax`." if several else "Let the head end in `sigmoid`.")
        if not inside or not shared
        else "Two activations one after the other squeeze the range: keep the last one only.",
    )


@oracle
def answers_as(model: Any, x: Any, expected: dict[str, np.ndarray], what: str = "answers as before") -> Observations:
    """For the rows `x` the model's outputs of these names are the arrays `expected`: what it learned is still there."""
    found = keyed(model, steady(model, x), [*expected, *expected])  # by the outputs' names, even of a single one
    exact = max(1e-4, numbers.tolerance(compute_dtype(model)))
    missing = [name for name in expected if name not in found]
    gaps = {
        name: numbers.gap(found[name], np.asarray(array)) if found[name].shape == np.shape(array) else np.inf
        for name, array in expected.items()
        if name not in missing
    }
    off = missing or [name for name, gap in gaps.items() if not gap <= exact]
    yield Observation(
        about=what,
        ok=not off,
        seen=f"no output `{missing[0]}`"
        if missing
        else f"`{off[0]}` is another one than the old model gives"
        if off
        else f"{_listed(list(expected))} as they were",
        expected=f"{_listed(list(expected))} as the old model gives them",
        why="The old outputs are in use, and trained.",
        next="Hand the old model's own outputs on: `[*model.outputs, …]`.",
    )


@oracle
def output_shape(model: Any, x: Arrays, units: int, output: str | int | None = None) -> Observations:
    """Called with batches of 1 and of 7 rows, the model returns `units` numbers a row.

    For one unit both (N, 1) and (N,) are right. Where the model has several outputs, `output` names one.
    """
    try:
        shapes = {n: predictions(model, take_rows(x, slice(n)), output).shape for n in (1, 7)}
        problem = "" if all(_shape_fits(shape, n, units) for n, shape in shapes.items()) else _misfit(shapes, units)
    except NoSuchOutput as error:
        problem = str(error)
    yield Observation(
        about="output size",
        ok=not problem,
        seen=problem or f"{units} number{'s' * (units > 1)} a row",
        expected=f"shape (7, {units}) for a batch of 7 rows: {units} number{'s' * (units > 1)} a row",
        why="The head has one output for each number the problem asks you to predict.",
        next="Look at the last layer: how many units, and does their number follow from `y`?",
        stop=True,
    )


def _shape_fits(shape: tuple[int, ...], rows: int, units: int) -> bool:
    return shape == (rows, units) or (units == 1 and shape == (rows,))


def _misfit(shapes: dict[int, tuple[int, ...]], units: int) -> str:
    rows = next(n for n in (7, 1) if not _shape_fits(shapes[n], n, units))
    return f"shape {shapes[rows]} for a batch of {rows} row{'s' * (rows > 1)}"
