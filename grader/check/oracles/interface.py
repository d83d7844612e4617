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
    """The model takes these inputs: a dict by name, a list in order, or a single input.

    Each input is given as a shape without the batch dimension, with None for any length, or as an example array, which
    also sets the dtype. The oracle compares the inputs that the model declares, then calls it with made-up batches of 1
    and 7 rows. A subclassed model declares no inputs and is only called.
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
        why="Keras converts the data to the declared type, and loses the part of each number that doesn't fit."
        if fits
        else "The rows of the data have this shape.",
        next=f'Declare the input with `dtype="{dtype.name}"`.'
        if fits
        else "Take the sizes from the data."
        if len(shape) == len(wanted) and None not in wanted
        else "Pass `keras.Input(shape=…)` a tuple without the batch dimension; `None` means any length.",
        stop=True,
    )


def _fits(shape: Sequence, wanted: Sequence) -> bool:
    """A declared None accepts any size; a wanted None must be declared. (n,) and (n, 1) match, because Keras adapts."""
    if len(shape) == len(wanted) + 1 and shape[-1] == 1:
        shape = shape[:-1]
    return len(shape) == len(wanted) and all(has in (None, want) for has, want in zip(shape, wanted, strict=True))


def _holds(kind: str, dtype: np.dtype) -> bool:
    """Whether an input declared as `kind` preserves numbers of type `dtype`."""
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
                expected=f"a model that accepts {shapes}",
                why="In use, the model gets these arrays with any number of rows.",
                next=error.hint or "Compare the names and shapes of the inputs with those in the exercise.",
                stop=True,
            )
    return Observation(about, True, "both accepted")


def names_are(what: str, found: Sequence, wanted: Sequence, more: bool = False) -> Observation:
    """The inputs or outputs found are the ones wanted: by name, or by number if they are matched by position.

    With `more`, further ones are allowed.
    """
    missing, extra = [key for key in wanted if key not in found], [key for key in found if key not in wanted]
    by_name = _by_name(wanted)
    return Observation(
        about=what,
        ok=not missing and (more or not extra),
        seen=_listed(found) if by_name else str(len(found)),
        expected="at least " * more + (_listed(wanted) if by_name else str(len(wanted))),
        why="Keras matches data and losses to the model by these names." if by_name else "",
        next=_name_advice(what, missing, extra)
        if by_name
        else f"Give the model as many {what} as the exercise asks for.",
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
        return f"Remove {_listed(extra)}, or check whether its name is right."
    named_by = "the layer that produces it" if what == "outputs" else "its `Input`"
    return (
        f"There is no `{missing[0]}`. If the model has it under a different name, "
        f'give {named_by} the argument `name="{missing[0]}"`.'
    )


def _by_name(keys: Any) -> bool:
    return all(isinstance(key, str) for key in keys)


def _listed(names: Sequence) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def _shown(shape: Sequence) -> str:
    return "(" + ", ".join("any" if size is None else str(size) for size in shape) + ("," * (len(shape) == 1)) + ")"


def called(key: str | int, what: str, of: int = 2) -> str:
    """An input or output in words: by its name, by its position, or as the only one."""
    return f"{what} `{key}`" if isinstance(key, str) else f"the {what}" if of == 1 else f"{what} {key + 1}"


@oracle
def has_outputs(model: Any, x: Any, expected: Any) -> Observations:
    """For batches of 1 and 7 rows of `x`, the model returns these outputs.

    `expected` holds shapes without the batch dimension, with None for any size: a dict by name, a list in order, or a
    single shape. The names are the keys of the dict that the model returns, or the names of a functional model's
    outputs. (1,) and () are equivalent.
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
        why="The model returns one prediction for each row, in the shape of the targets.",
        next="Print the shapes after each layer to find where the batch dimension is lost."
        if shapes[n][:1] != (n,)
        else "Follow the shapes from the input on, to find the layer that produces the wrong one.",
        stop=True,
    )


def keyed(model: Any, answer: Answer, wanted: Sequence[str | int]) -> Answer:
    """The answer by output names if names are wanted, otherwise by position.

    The names are the answer's own keys, or the names of a functional model's outputs. A single output without a name
    gets the one name wanted.
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
    """The prediction for a row is the same whether the row comes alone, in a batch of two or in a batch of seven."""
    whole = steady(model, rows(x, 7))
    about, exact = "independence of rows", numbers.tolerance(compute_dtype(model))
    try:
        parts = [only_numbers(answer) for answer in answers(model, [rows(x, 1), rows(x, 2)])]
    except StudentError as error:
        yield Observation(
            about=about,
            ok=False,
            seen=f"with a different batch size, {raised(error)}",
            expected="a model that accepts any number of rows",
            why="The last batch may be smaller, and a prediction may be for a single row.",
            next="Leave the batch dimension open: use `None`, or -1 in a reshape.",
            stop=True,
        )
        return
    off = max(largest(changes(part, _first(whole, n))) for n, part in zip((1, 2), parts, strict=True))
    yield Observation(
        about=about,
        ok=off <= exact,
        seen="the same outputs for a row alone and in a batch"
        if off <= exact
        else "different outputs for a row alone and in a batch",
        expected="outputs that don't depend on the other rows",
        why="Which rows end up in the same batch is random.",
        next="Leave axis 0, the batch axis, unchanged: a softmax, mean or reshape over it mixes the rows.",
    )


def _first(answer: Answer, n: int) -> Answer:
    return {key: part[:n] for key, part in answer.items()}


LOUD = (3.0, 30.0)
"""Scales of random weights at which a sigmoid or a softmax comes near 0 and 1."""

MOST_DRAWS = 10
"""The most draws to try until values near 0 and near 1 appear: one draw may give similar rows similar outputs."""


@oracle
def outputs_are_probabilities(model: Any, x: Any, outputs: Sequence[str | int]) -> Observations:
    """Each of these outputs is a probability, or a row of probabilities that add up to 1, whatever the weights.

    The outputs must also use the whole range: under large weights they come near 0 and near 1.
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
    """Whether the values come near 0 and near 1, or go beyond."""
    return min(part.min() for part in found) < 0.1 and max(part.max() for part in found) > 0.9


def _probability(about: str, values: np.ndarray) -> Observation:
    low, high, sums = values.min(), values.max(), values.sum(axis=1)
    several = values.shape[1] > 1
    inside, shared = low >= -1e-3 and high <= 1 + 1e-3, not several or bool(np.allclose(sums, 1.0, atol=2e-2))
    wide = low < 0.1 and high > 0.9
    seen = (
        f"values from {low:.3g} to {high:.3g}"
        if not inside or (shared and not wide)
        else f"rows that add up to between {sums.min():.3g} and {sums.max():.3g}"
    )
    return Observation(
        about=f"{about}: probabilities",
        ok=inside and shared and wide,
        seen=("values from 0 to 1, each row adding up to 1" if several else "values from 0 to 1")
        if inside and shared and wide
        else seen,
        expected="values from 0 to 1, each row adding up to 1" if several else "values from 0 to 1",
        why="Large random weights show the whole range of values that the head can return.",
        next=f"Use `{'softmax' if several else 'sigmoid'}` as the activation of the last layer."
        if not inside or not shared
        else "Keep only the last of two activations: one after the other, they squeeze the range.",
    )


@oracle
def answers_as(model: Any, x: Any, expected: dict[str, np.ndarray], what: str = "outputs as before") -> Observations:
    """For the rows `x`, the outputs with these names equal the arrays `expected`: the model keeps what it learned."""
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
        else f"an output `{off[0]}` that differs from the old model's"
        if off
        else f"the old model's values for {_listed(list(expected))}",
        expected=f"the old model's values for {_listed(list(expected))}",
        why="The old outputs are already trained and in use.",
        next="Return the old model's own outputs along with the new ones: `[*model.outputs, …]`.",
    )


@oracle
def output_shape(model: Any, x: Arrays, units: int, output: str | int | None = None) -> Observations:
    """For batches of 1 and of 7 rows, the model returns `units` numbers per row.

    For one unit, both (N, 1) and (N,) are right. If the model has several outputs, `output` names one of them.
    """
    try:
        shapes = {n: predictions(model, take_rows(x, slice(n)), output).shape for n in (1, 7)}
        problem = "" if all(_shape_fits(shape, n, units) for n, shape in shapes.items()) else _misfit(shapes, units)
    except NoSuchOutput as error:
        problem = str(error)
    yield Observation(
        about="output size",
        ok=not problem,
        seen=problem or f"{numbers.counted(units, 'number')} per row",
        expected=f"shape (7, {units}) for a batch of 7 rows: {numbers.counted(units, 'number')} per row",
        why="The head has one output for each number that the model must predict.",
        next="Look at the last layer, and check whether its number of units follows from `y`.",
        stop=True,
    )


def _shape_fits(shape: tuple[int, ...], rows: int, units: int) -> bool:
    return shape == (rows, units) or (units == 1 and shape == (rows,))


def _misfit(shapes: dict[int, tuple[int, ...]], units: int) -> str:
    rows = next(n for n in (7, 1) if not _shape_fits(shapes[n], n, units))
    return f"shape {shapes[rows]} for a batch of {rows} row{'s' * (rows > 1)}"
