"""Reads the graph of any Keras model: functional, Sequential, subclassed, nested."""

from __future__ import annotations

import inspect
import math
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from course.see.graph.canonical import is_random
from course.see.graph.data import MAX_NAME, MAX_NODES, Edge, End, Graph, Node, NoGraph, Shape
from course.see.graph.settings import read_call, read_config
from course.see.graph.words import label


def of(model: Any, shapes: Any = None) -> Graph:
    """The graph of a Keras model, whatever the way it was written; nested models and composite layers are unfolded.

    `shapes`: what a subclassed model is called on, without the batch: one shape, or shapes in the list, tuple or
    dict that it takes; `(shape, dtype)` stands for a shape of another dtype than float32. Without it the shapes of
    the model's first call count. A model of known inputs doesn't need it.

    Layers and weights stay as they are. A subclassed model's `call` is run on symbolic tensors, which a Keras layer
    or `keras.ops` can take. Raises NoGraph where that isn't possible.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _Reader(model).read(shapes)
        except NoGraph:
            raise
        except Exception as error:  # a model can be anything, and what it raises too
            raise NoGraph(_reason(error)) from error


_REASONS = (
    ("to a TensorFlow function", "it uses TensorFlow functions, which take no symbolic tensors as `keras.ops` do"),
    ("as a boolean", "it decides by the values of a tensor, so that there is not one graph"),
    ("as a Python `bool`", "it decides by the values of a tensor, so that there is not one graph"),
    ("add_loss", "it adds a loss of its own while it is called"),
)


def _reason(error: Exception) -> str:
    text = str(error)
    for words, reason in _REASONS:
        if words in text:
            return reason
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).strip() for line in text.splitlines()]
    said = next((line for line in lines if line and not line.startswith("Exception encountered when calling")), "")
    return f"calling it on symbolic tensors raises {type(error).__name__}: {said[:120]}"


class _Mode:
    """Stands for `training` while a model is read: true or false, and told from a constant that someone wrote."""

    def __init__(self, on: bool):
        self.on = on

    def __bool__(self) -> bool:
        return self.on

    def __eq__(self, other: object) -> bool:
        return self.on == bool(other)

    __hash__ = None


def is_stock(model: Any) -> bool:
    """The model is Functional or Sequential, knows its inputs, and is called as Keras wrote it."""
    import keras

    tensor = keras.Input((1,))
    functional = type(keras.Model(tensor, tensor))
    for written in (functional, keras.Sequential):
        if isinstance(model, written):
            own = "call" in vars(model) or type(model).__call__ is not keras.Layer.__call__
            return type(model).call is written.call and not own and bool(getattr(model, "inputs", None))
    return False


def arranged(model: Any, shapes: Any = None) -> Any:
    """The structure in which the model takes its inputs, with their numbers in the order of the graph's inputs."""
    import keras

    if is_stock(model):
        structure = model.inputs[0] if isinstance(model, keras.Sequential) else model.input
    else:
        structure = _structure(shapes, lambda *_: 0)
    return keras.tree.pack_sequence_as(structure, list(range(len(keras.tree.flatten(structure)))))


def _structure(shapes: Any, leaf: Callable[[Shape, str], Any]) -> Any:
    """The structure of `shapes` with `leaf(shape, dtype)` in each place."""
    if _is_shape(shapes):
        return leaf(tuple(shapes), "float32")
    if isinstance(shapes, list | tuple) and len(shapes) == 2 and isinstance(shapes[1], str) and _is_shape(shapes[0]):
        return leaf(tuple(shapes[0]), shapes[1])
    if isinstance(shapes, dict):
        return {key: _structure(value, leaf) for key, value in shapes.items()}
    if isinstance(shapes, list | tuple):
        return type(shapes)(_structure(value, leaf) for value in shapes)
    raise NoGraph("its input shapes aren't known: call it once, or say on which shapes it is called")


def _is_shape(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(size is None or isinstance(size, int) for size in value)


class _Reader:
    """Collects the nodes of one model, following tensors by their identity."""

    def __init__(self, model: Any):
        self.model = model
        self.nodes: list[Node] = []
        self.refs: dict[int, tuple[int, int]] = {}  # id of a symbolic tensor → node, output
        self.makers: dict[int, Any] = {}  # id of a symbolic tensor → the operation that made it
        self.kept: list[Any] = []  # what ids were taken of has to live as long as they are used
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
        keys = keys or [_given_name(self.makers.get(id(tensor))) for tensor in tensors]
        outputs = [End(key[:MAX_NAME], *end) for key, end in zip(keys, ends, strict=True)]
        return Graph(tuple(self.nodes), tuple(inputs), tuple(outputs))

    def _top(self, shapes: Any) -> tuple[list[str], Any, list[str]]:
        """Names of the inputs, the model as a functional one, keys of the outputs where they stand in a dict."""
        import keras

        if is_stock(self.model):
            return self._stock_top()
        inputs = _structure(self._shapes(shapes), lambda shape, dtype: keras.Input(shape, dtype=dtype))
        if not self.model.built:
            self.model(inputs)
            self.variables |= {id(weight): place for place, weight in enumerate(self.model.weights)}
            if is_stock(self.model):
                return self._stock_top()
        functional, outputs = _unfolded(self.model, (inputs,), {}, None)
        return _keys(inputs) or [""] * len(functional.inputs), functional, _keys(outputs)

    def _stock_top(self) -> tuple[list[str], Any, list[str]]:
        import keras

        model = self.model
        functional = keras.Model(model.inputs, model.outputs)
        if isinstance(model, keras.Sequential):
            return [_own(tensor.name) for tensor in model.inputs], functional, []
        names = _keys(model.input) or [_own(tensor.name) for tensor in model.inputs]
        return names, functional, _keys(model.output)

    def _shapes(self, shapes: Any) -> Any:
        """The shapes that were given, or those that the model was built with, less the batch."""
        import keras

        if shapes is not None:
            return shapes
        known = getattr(self.model, "inputs", None)
        if known:
            return keras.tree.map_structure(lambda tensor: (tuple(tensor.shape[1:]), tensor.dtype), self.model.input)
        built = (self.model.get_build_config() or {}).get("input_shape")
        return _without_batch(built)

    def _walk(self, functional: Any, sources: list, specs: Sequence, group: tuple[str, ...], training: bool | None):
        """Follow `functional` from the tensors `sources` of the shapes of `specs`.

        Returns its outputs, as symbolic tensors and as (node, output).
        """
        import keras

        calls: list[tuple] = []

        def record(operation, *args, **kwargs):
            outputs = _stand_in(operation)(*args, **kwargs)
            calls.append((operation, args, kwargs, outputs))
            return outputs

        fresh = [_input_like(own, spec) for own, spec in zip(functional.inputs, specs, strict=True)]
        walked = keras.models.clone_model(
            functional, input_tensors=fresh, clone_function=lambda operation: operation, call_function=record
        )
        self.kept += [fresh, calls, walked]
        self.refs |= {id(tensor): source for tensor, source in zip(fresh, sources, strict=True)}
        for call in calls:
            self._call(*call, group, training)
        return walked.outputs, [self.refs[id(tensor)] for tensor in walked.outputs]

    def _call(self, operation, args, kwargs, outputs, group, training) -> None:
        """Add what one call computes: one node, or all that is inside of it."""
        tensors = _tensors(outputs)
        self.makers |= {id(tensor): operation for tensor in tensors}
        training = _constant_mode(operation, kwargs, training)
        kwargs = {key: value for key, value in kwargs.items() if not isinstance(value, _Mode)}
        try:
            inside = _inside(operation, args, kwargs, training)
        except Exception:  # it keeps its secret; a layer of the student's may raise anything
            inside, hidden = None, True
        else:
            hidden = False
        if inside is None:
            ends = self._leaf(operation, args, kwargs, tensors, group, training, hidden)
        else:
            handed = _tensors((args, kwargs))
            sources = [self.refs[id(tensor)] for tensor in handed]
            _, ends = self._walk(inside, sources, handed, group + self._group(operation), training)
        self.refs |= {id(tensor): end for tensor, end in zip(tensors, ends, strict=True)}

    def _group(self, operation: Any) -> tuple[str, ...]:
        """The outline drawn around what is inside `operation`; a function needs none."""
        import keras

        if isinstance(operation, keras.layers.Lambda):
            return ()
        name = _given_name(operation) or type(operation).__name__[:MAX_NAME]
        self.groups[name] += 1
        return (name if self.groups[name] == 1 else f"{name} · {self.groups[name]}",)

    def _leaf(self, operation, args, kwargs, tensors, group, training, hidden) -> list[tuple[int, int]]:
        handed = read_call(operation, args, kwargs)
        settings, told, activation = read_config(operation)
        settings |= handed.constants
        if training is not None and "training" in handed.accepted:
            settings["training"] = training
        variables = [*handed.variables, *getattr(operation, "weights", ())]
        kind = type(operation).__name__[:MAX_NAME]
        node = Node(
            kind,
            name=_given_name(operation),
            shapes=tuple(tuple(tensor.shape) for tensor in tensors),
            dtype=str(tensors[0].dtype) if tensors else "",
            settings=settings,
            parents=tuple(Edge(*self.refs[id(tensor)], slot=slot) for slot, tensor in handed.tensors),
            weights=tuple(self._position(variable) for variable in variables),
            parameters=sum(math.prod(variable.shape) for variable in variables),
            frozen=bool(variables) and not any(variable.trainable for variable in variables),
            opaque=hidden or not told or not handed.told,
            group=group,
        )
        place = self._add(replace(node, label=label(node)))
        if activation is not None:
            return self._own_activation(activation, place, tensors, group)
        return [(place, output) for output in range(len(tensors))]

    def _own_activation(self, function, place, tensors, group) -> list[tuple[int, int]]:
        """An activation that isn't one of Keras' own, as nodes behind the layer that applies it."""
        try:
            functional, _ = _traced(function, (tensors[0],), {})
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


def _constant_mode(operation: Any, kwargs: dict, around: bool | None) -> bool | None:
    """`training` where someone set it for good, at this call or around it. Keras notes a default as if it were said."""
    given = kwargs.get("training")
    if not isinstance(given, bool):
        return around
    parameter = inspect.signature(operation.call).parameters.get("training")
    return around if parameter is not None and parameter.default is given else given


def _stand_in(operation: Any) -> Any:
    """An operation that is symbolically called in the place of another, which so learns nothing of the call."""
    import keras

    class StandIn(keras.Operation):
        def compute_output_spec(self, *args, **kwargs):
            outputs = operation.compute_output_spec(*args, **kwargs)
            return keras.tree.map_structure(
                lambda tensor: None if tensor is None else keras.KerasTensor(tensor.shape, dtype=tensor.dtype), outputs
            )

    return StandIn()


def _input_like(own: Any, spec: Any) -> Any:
    import keras

    shape = spec.shape if len(spec.shape) == len(own.shape) else own.shape
    return keras.Input(batch_shape=shape, dtype=own.dtype)


def _inside(operation: Any, args: tuple, kwargs: dict, training: bool | None) -> Any:
    """What `operation` is made of, as a functional model; None for a layer or operation of Keras' own."""
    import keras

    if isinstance(operation, keras.Model) and is_stock(operation):
        return keras.Model(operation.inputs, operation.outputs)
    keras_own = type(operation).__module__.split(".")[0] == "keras" and "call" not in vars(operation)
    if keras_own and not isinstance(operation, keras.Model | keras.layers.Lambda):
        return None
    return _unfolded(operation, args, kwargs, training)[0]


def _unfolded(layer: Any, args: tuple, kwargs: dict, training: bool | None) -> tuple[Any, Any]:
    """What the layer's `call` does in training, as a functional model, and what it returns.

    Raises NoGraph where inference isn't the same without the layers that act in training alone.
    """
    if training is not None:
        kwargs = {"training": training} | kwargs
    if "training" in kwargs or "training" not in inspect.signature(layer.call).parameters:
        return _traced(layer.call, args, kwargs, layer)
    learning, inference = (_traced(layer.call, args, kwargs | {"training": _Mode(on)}, layer) for on in (True, False))
    if _census(learning[0]) != _census(inference[0]):
        raise NoGraph("it computes something else in training than at inference")
    return learning


def _traced(call: Callable, args: tuple, kwargs: dict, layer: Any = None) -> tuple[Any, Any]:
    """What `call` does with symbolic tensors of the shapes of its arguments: a functional model, and what it returns.

    Variables that `call` would assign to keep their values.
    """
    import keras

    fresh = []

    def like(value: Any) -> Any:
        if not isinstance(value, keras.KerasTensor):
            return value
        floats = "float" in str(value.dtype)  # a layer takes those in the precision that it computes in
        dtype = floats and getattr(layer, "compute_dtype", None) or value.dtype
        fresh.append(keras.Input(batch_shape=value.shape, dtype=dtype))
        return fresh[-1]

    args, kwargs = keras.tree.map_structure(like, (args, kwargs))
    with keras.StatelessScope():
        outputs = call(*args, **kwargs)
    tensors = [value for value in keras.tree.flatten(outputs) if value is not None]
    if not tensors or not all(isinstance(tensor, keras.KerasTensor) for tensor in tensors):
        raise NoGraph("what it returns is not made of the tensors that it was given")
    return keras.Model(fresh, tensors), outputs


def _census(functional: Any) -> Counter:
    """The operations of a functional model, those that act in training alone left out."""
    kinds = [(type(operation).__name__, operation) for operation in functional.operations]
    return Counter((kind, id(op) if getattr(op, "weights", ()) else 0) for kind, op in kinds if not is_random(kind))


def _tensors(structure: Any) -> list[Any]:
    import keras

    return [value for value in keras.tree.flatten(structure) if isinstance(value, keras.KerasTensor)]


def _keys(structure: Any) -> list[str]:
    """The keys of a dict of tensors in the order in which Keras flattens it; nothing for other structures."""
    return ["/".join(map(str, path))[:MAX_NAME] for path in _paths(structure)] if isinstance(structure, dict) else []


def _paths(structure: Any, path: tuple = ()) -> Iterable[tuple]:
    if isinstance(structure, dict):
        for key in sorted(structure):
            yield from _paths(structure[key], (*path, key))
    elif isinstance(structure, list | tuple):
        for place, value in enumerate(structure):
            yield from _paths(value, (*path, place))
    else:
        yield path


def _without_batch(shape: Any) -> Any:
    if isinstance(shape, dict):
        return {key: _without_batch(value) for key, value in shape.items()}
    if _is_shape(shape):
        return tuple(shape[1:])
    if isinstance(shape, list | tuple):
        return type(shape)(_without_batch(value) for value in shape)
    return shape


AUTOMATIC = re.compile(r"(keras_tensor|input_layer|input)(_\d+)?(CLONE)?")


def _own(name: Any) -> str:
    """A tensor's name, if a person gave it."""
    return "" if AUTOMATIC.fullmatch(str(name)) else str(name)[:MAX_NAME]


def _given_name(operation: Any) -> str:
    """An operation's name, if a person gave it: Keras' own are the class's in small letters, with a number."""
    name = str(getattr(operation, "name", ""))
    base = re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", type(operation).__name__)).lower()
    return "" if re.fullmatch(rf"{re.escape(base)}(_\d+)?", name) else name[:MAX_NAME]
