"""Oracle on a model's graph: its layers and connections, or its outputs where the graph can't be read."""

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
"""Relative difference between the outputs of two equal graphs that is ignored: a different `epsilon` causes as much."""


@oracle
def same_graph(model: Any, wanted: Any, shapes: Any = None) -> Observations:
    """The model computes what the reference model `wanted` computes: the same layers, connected in the same way.

    How the model is written makes no difference. Nested models are unfolded, `Dense` followed by an activation equals
    `Dense(activation=…)`, an operation equals the layer that computes the same, and names, initializers and
    regularizers are ignored. A layer used twice differs from two layers, and a frozen layer from a trainable one.
    Inputs and outputs are matched by name where both models use the same names, otherwise by position. An input may
    leave open a size that `wanted` fixes.

    `shapes` are the input shapes, without the batch dimension, on which to call a subclassed model (see `graphs.of`);
    the default is the shapes of `wanted`. A model is judged by its outputs if its graph can't be read, or if the
    graphs differ and neither is random: in training and at inference, with equal weights and with each weight changed.
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
        yield _graph(True, "a different graph, but the same outputs for the same weights")
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
    """The shapes and dtypes of the reference's inputs, in the form that `graphs.of` takes."""
    import keras

    inputs = wanted.inputs[0] if isinstance(wanted, keras.Sequential) else wanted.input
    return keras.tree.map_structure(lambda tensor: (tuple(tensor.shape[1:]), str(tensor.dtype)), inputs)


def _read(found: Any) -> Graph | None:
    """The graph in the response, or None if it isn't valid: the response may come from the student's process."""
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
    return reason[:300] if isinstance(reason, str) else "its graph can't be read"


def _random(graph: Graph) -> bool:
    """Whether some part of the graph is random in training mode."""
    return any(graphs.is_random(node.kind) or _dropout(node) for node in graph.nodes)


def _dropout(node: graphs.Node) -> bool:
    return any(node.settings.get(key) not in (None, 0, 0.0) for key in ("dropout", "recurrent_dropout"))


def _graph(ok: bool, seen: str, **more: Any) -> Observation:
    return Observation(about="the model's graph", ok=ok, seen=seen, **more)


def _confirmed(trial: Trial, asked: Graph) -> Observations:
    """Compares outputs where the graph is right: a `call` may compute something that its layers don't show."""
    if trial.gap() <= max(EPSILON, trial.tolerance):
        yield _graph(True, f"{numbers.counted(asked.layers, 'layer')}, connected as required")
        return
    yield _graph(
        False,
        "the required layers, but outputs that differ from what these layers compute",
        expected="the outputs that these layers compute",
        why="The model computes something between its layers that no layer accounts for.",
        next="Check whether `call` changes the values in any way besides passing them from layer to layer.",
    )


def _different(difference: Diff, asked: Graph) -> Observation:
    from course.see import diagram

    advice = next((change.advice for change in difference.changes if change.advice), "")
    return _graph(
        False,
        difference.words,
        expected=_outline(asked),
        why="What a model can learn follows from its layers and from how they are connected.",
        next=advice or "Follow the values from the inputs to the outputs, and compare each layer with the exercise.",
        figure=diagram.figure(difference),
    )


def _outline(asked: Graph) -> str:
    """The required graph in one line: the layers if they form a chain, otherwise their number."""
    asked = graphs.canonical(asked)
    chain = [node for node in asked.nodes if node.kind != "Input"]
    straight = all(len(node.parents) == 1 for node in chain) and len(asked.inputs) == len(asked.outputs) == 1
    if straight and len(chain) <= 8 and len(Counter(node.parents[0].node for node in chain)) == len(chain):
        return " → ".join(f"`{node.label}`" for node in chain)
    ends = f"{numbers.counted(len(asked.inputs), 'input')}, {numbers.counted(len(asked.outputs), 'output')}"
    return f"{numbers.counted(asked.layers, 'layer')} between {ends}, connected as the exercise describes"


def _by_outputs(trial: Trial, asked: Graph, reason: str) -> Observations:
    difference = trial.difference()
    if not difference:
        yield _graph(True, f"the expected outputs (judged by its outputs, because {reason})")
        return
    seen, expected, advice = difference
    yield _graph(
        False,
        f"{seen} (judged by its outputs, because {reason})",
        expected=f"{expected}: {_outline(asked)}",
        why="Two models compute the same if their outputs agree for all values of the weights.",
        next=advice,
    )
