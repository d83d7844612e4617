"""Reads the graph of any Keras model: functional, Sequential, subclassed, or nested."""

from __future__ import annotations

import math
import re
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from course.see.graph.data import MAX_NAME, MAX_NODES, Edge, End, Graph, Node, NoGraph
from course.see.graph.settings import read_call, read_config
from course.see.graph.structures import given_name, keys_of, own_name, structure_of, without_batch
from course.see.graph.tracing import (
    Mode,
    constant_mode,
    contents,
    input_like,
    is_stock,
    stand_in,
    tensors_in,
    traced,
    unfolded,
)
from course.see.graph.words import label


def of(model: Any, shapes: Any = None) -> Graph:
    """The graph of any Keras model. Nested models and composite layers are unfolded.

    `shapes`: the inputs of a subclassed model, without the batch: one shape, or shapes in the list, tuple, or dict that
    the model takes. Write `(shape, dtype)` for a dtype other than float32. By default, the shapes of the model's first
    call are used. A model with known inputs does not need them.

    Layers and weights are not changed. The `call` of a subclassed model is run on symbolic tensors, which Keras layers
    and `keras.ops` accept. Raises NoGraph if that is not possible.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _Reader(model).read(shapes)
        except NoGraph:
            raise
        except Exception as error:  # a model may raise anything
            raise NoGraph(_reason(error)) from error


_REASONS = (
    (
        "to a TensorFlow function",
        "it uses TensorFlow functions, which do not accept symbolic tensors as `keras.ops` do",
    ),
    ("as a boolean", "its branches depend on the values of a tensor, so it has no single graph"),
    ("as a Python `bool`", "its branches depend on the values of a tensor, so it has no single graph"),
    ("add_loss", "it adds a loss of its own in `call`"),
)


def _reason(error: Exception) -> str:
    text = str(error)
    for words, reason in _REASONS:
        if words in text:
            return reason
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).strip() for line in text.splitlines()]
    message = next((line for line in lines if line and not line.startswith("Exception encountered when calling")), "")
    return f"calling it on symbolic tensors raises {type(error).__name__}: {message[:120]}"


class _Reader:
    """Collects the nodes of one model by following its tensors."""

    def __init__(self, model: Any):
        self.model = model
        self.nodes: list[Node] = []
        self.refs: dict[int, tuple[int, int]] = {}  # id of a symbolic tensor → node, output
        self.makers: dict[int, Any] = {}  # id of a symbolic tensor → the operation that made it
        self.kept: list[Any] = []  # keeps objects alive while their ids are in use
        self.groups: Counter[str] = Counter()
        self.variables = {id(weight): place for place, weight in enumerate(model.weights)}

    def read(self, shapes: Any) -> Graph:
        names, functional, keys = self._top(shapes)
        inputs = []
        for name, tensor in zip(names, functional.inputs, strict=True):
            inputs.append(End(name, len(self.nodes)))
            self._add(Node("Input", "Input", name, (tuple(tensor.shape),), str(tensor.dtype)))
        sources = [(end.node, 0) for end in inputs]
        tensors, ends = self._walk(functional, sources, functional.inputs, (), None)
        keys = keys or [given_name(self.makers.get(id(tensor))) for tensor in tensors]
        outputs = [End(key[:MAX_NAME], *end) for key, end in zip(keys, ends, strict=True)]
        return Graph(tuple(self.nodes), tuple(inputs), tuple(outputs))

    def _top(self, shapes: Any) -> tuple[list[str], Any, list[str]]:
        """The names of the inputs, the model as a functional one, and the keys of the outputs if they are a dict."""
        import keras

        if is_stock(self.model):
            return self._stock_top()
        inputs = structure_of(self._shapes(shapes), lambda shape, dtype: keras.Input(shape, dtype=dtype))
        if not self.model.built:
            self.model(inputs)
            self.variables |= {id(weight): place for place, weight in enumerate(self.model.weights)}
            if is_stock(self.model):
                return self._stock_top()
        functional, outputs = unfolded(self.model, (inputs,), {}, None)
        return keys_of(inputs) or [""] * len(functional.inputs), functional, keys_of(outputs)

    def _stock_top(self) -> tuple[list[str], Any, list[str]]:
        import keras

        model = self.model
        functional = keras.Model(model.inputs, model.outputs)
        if isinstance(model, keras.Sequential):
            return [own_name(tensor.name) for tensor in model.inputs], functional, []
        names = keys_of(model.input) or [own_name(tensor.name) for tensor in model.inputs]
        return names, functional, keys_of(model.output)

    def _shapes(self, shapes: Any) -> Any:
        """The given shapes, or those that the model was built with, without the batch."""
        import keras

        if shapes is not None:
            return shapes
        known = getattr(self.model, "inputs", None)
        if known:
            return keras.tree.map_structure(lambda tensor: (tuple(tensor.shape[1:]), tensor.dtype), self.model.input)
        built = (self.model.get_build_config() or {}).get("input_shape")
        return without_batch(built)

    def _walk(self, functional: Any, sources: list, specs: Sequence, group: tuple[str, ...], training: bool | None):
        """Follow `functional` from the tensors `sources`, which have the shapes of `specs`.

        Returns its outputs as symbolic tensors and as (node, output).
        """
        import keras

        calls: list[tuple] = []

        def record(operation, *args, **kwargs):
            outputs = stand_in(operation)(*args, **kwargs)
            calls.append((operation, args, kwargs, outputs))
            return outputs

        fresh = [input_like(own, spec) for own, spec in zip(functional.inputs, specs, strict=True)]
        walked = keras.models.clone_model(
            functional, input_tensors=fresh, clone_function=lambda operation: operation, call_function=record
        )
        self.kept += [fresh, calls, walked]
        self.refs |= {id(tensor): source for tensor, source in zip(fresh, sources, strict=True)}
        for call in calls:
            self._call(*call, group, training)
        return walked.outputs, [self.refs[id(tensor)] for tensor in walked.outputs]

    def _call(self, operation, args, kwargs, outputs, group, training) -> None:
        """Add the nodes of one call: one node, or everything inside the layer."""
        tensors = tensors_in(outputs)
        self.makers |= {id(tensor): operation for tensor in tensors}
        training = constant_mode(operation, kwargs, training)
        kwargs = {key: value for key, value in kwargs.items() if not isinstance(value, Mode)}
        try:
            functional = contents(operation, args, kwargs, training)
        except Exception:  # opaque; a student's layer may raise anything
            functional, hidden = None, True
        else:
            hidden = False
        if functional is None:
            ends = self._leaf(operation, args, kwargs, tensors, group, training, hidden)
        else:
            arguments = tensors_in((args, kwargs))
            sources = [self.refs[id(tensor)] for tensor in arguments]
            _, ends = self._walk(functional, sources, arguments, group + self._group(operation), training)
        self.refs |= {id(tensor): end for tensor, end in zip(tensors, ends, strict=True)}

    def _group(self, operation: Any) -> tuple[str, ...]:
        """The name of the outline around the contents of `operation`; a function has none."""
        import keras

        if isinstance(operation, keras.layers.Lambda):
            return ()
        name = given_name(operation) or type(operation).__name__[:MAX_NAME]
        self.groups[name] += 1
        return (name if self.groups[name] == 1 else f"{name} · {self.groups[name]}",)

    def _leaf(self, operation, args, kwargs, tensors, group, training, hidden) -> list[tuple[int, int]]:
        arguments = read_call(operation, args, kwargs)
        settings, complete, activation = read_config(operation)
        settings |= arguments.constants
        if training is not None and "training" in arguments.accepted:
            settings["training"] = training
        variables = [*arguments.variables, *getattr(operation, "weights", ())]
        kind = type(operation).__name__[:MAX_NAME]
        node = Node(
            kind,
            name=given_name(operation),
            shapes=tuple(tuple(tensor.shape) for tensor in tensors),
            dtype=str(tensors[0].dtype) if tensors else "",
            settings=settings,
            parents=tuple(Edge(*self.refs[id(tensor)], slot=slot) for slot, tensor in arguments.tensors),
            weights=tuple(self._position(variable) for variable in variables),
            parameters=sum(math.prod(variable.shape) for variable in variables),
            frozen=bool(variables) and not any(variable.trainable for variable in variables),
            opaque=hidden or not complete or not arguments.complete,
            group=group,
        )
        place = self._add(replace(node, label=label(node)))
        if activation is not None:
            return self._own_activation(activation, place, tensors, group)
        return [(place, output) for output in range(len(tensors))]

    def _own_activation(self, function, place, tensors, group) -> list[tuple[int, int]]:
        """Add a custom activation as nodes after the layer that applies it."""
        try:
            functional, _ = traced(function, (tensors[0],), {})
        except Exception:
            node = self.nodes[place]
            self.nodes[place] = replace(node, opaque=True, label=f"{node.label} · own function")
            return [(place, 0)]
        return self._walk(functional, [(place, 0)], tensors[:1], group, None)[1]

    def _position(self, variable: Any) -> int:
        self.kept.append(variable)
        return self.variables.setdefault(id(variable), len(self.variables))

    def _add(self, node: Node) -> int:
        if len(self.nodes) == MAX_NODES:
            raise NoGraph(f"it has more than {MAX_NODES} layers")
        self.nodes.append(node)
        return len(self.nodes) - 1
