"""Oracle on a model's graph: by layers and connections, or by outputs where no graph can be read."""

from __future__ import annotations

from collections import Counter
from typing import Any

from course.see import graph as graphs
from course.see.graph import Diff, Graph
from grader.check.core import numbers
from grader.check.core.register import Observations, oracle
from grader.check.measure.graph_trials import Trial
from grader.check.remote import queries
from grader.check.remote.graphs import graph_of
from grader.verdict import Observation

EPSILON = 0.02
"""Relative difference of outputs between two equal graphs that is none: what another `epsilon` makes."""


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
    if not queries.is_a_model(model):
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
        seen=queries.kind_of(value),
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
