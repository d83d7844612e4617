"""The canonical form of a graph: equal computations are written in the same way."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from course.see.graph.data import Edge, Graph, Node, Scalar, Shape
from course.see.graph.settings import APPLY_AT_THE_END
from course.see.graph.words import from_text, in_digits, label

IDENTITIES = {"Identity", "ActivityRegularization", "Cast", "Copy", "ConvertToTensor"}
NOISE = {"Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "AugMix", "CutMix", "MixUp", "RandAugment"}
COMMUTATIVE = {"Add", "Multiply", "Maximum", "Minimum", "Average"}
ASSOCIATIVE = {"Add", "Multiply", "Maximum", "Minimum", "Concatenate"}
RESHAPES = {"Flatten", "Reshape", "ExpandDims", "Squeeze"}
FUNCTIONS = {
    name.replace("_", ""): name
    for name in (
        *("relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "sigmoid", "softmax", "softplus", "softsign"),
        *("tanh", "log_softmax", "log_sigmoid", "hard_sigmoid", "hard_silu", "hard_tanh", "hard_shrink", "celu", "glu"),
        *("squareplus", "soft_shrink", "sparse_plus", "sparse_sigmoid", "sparsemax", "tanh_shrink", "threshold"),
    )
} | {"exp": "exponential"}
"""Activations, by the lowercase name of a layer's or operation's class."""
DEFAULTS = {
    "relu": {"negative_slope": 0, "threshold": 0},
    "leaky_relu": {"negative_slope": 0.2},
    "squareplus": {"b": 4},
    **dict.fromkeys(("elu", "celu"), {"alpha": 1}),
    **dict.fromkeys(("softmax", "log_softmax", "glu", "sparsemax"), {"axis": -1}),
    **dict.fromkeys(("hard_shrink", "soft_shrink"), {"threshold": 0.5}),
}
"""The settings of an activation that is given only by its name."""


def is_random(kind: str) -> bool:
    """Whether a layer of this kind acts only in training mode, and differently each time."""
    return kind in NOISE or kind.startswith(("Random", "SpatialDropout"))


def canonical(graph: Graph) -> Graph:
    """The graph of the same computation in canonical form.

    Layers and operations that compute the same get the same kind: `Dense(activation="relu")` for `Dense` followed by a
    relu of any kind, "Add" for `+` and `Add`, "Reshape" for `Flatten`, `Dense` for a product with a weight plus a bias.
    Nodes that do nothing, or that no output depends on, are left out. Names are ignored.
    """
    for rule in (_simplify, _merge_twins, _as_dense, _sink_dropout, _merge, _fuse, _merge_twins):
        graph = _live(_rewritten(graph, rule))
    return replace(graph, nodes=tuple(replace(node, label=label(node)) for node in graph.nodes))


class _Copy:
    """A graph being rewritten: the nodes so far, and where the old graph's tensors now come from."""

    def __init__(self, graph: Graph):
        self.old = graph
        self.nodes: list[Node] = []
        self.place: list[tuple[int, int | None]] = []  # for each old node: node, and output unless it is its own
        self.twins: dict[Any, int] = {}
        self.uses = Counter(edge.node for node in graph.nodes for edge in node.parents)
        self.uses.update(end.node for end in graph.outputs)

    def add(self, node: Node) -> tuple[int, None]:
        self.nodes.append(node)
        return len(self.nodes) - 1, None

    def put(self, place: int, node: Node) -> tuple[int, None]:
        self.nodes[place] = node
        return place, None

    def moved(self, end: Any) -> Any:
        node, output = self.place[end.node]
        return replace(end, node=node, output=end.output if output is None else output)

    def parent(self, node: Node, old: Node) -> Node | None:
        """The only parent of `node`, if nothing else uses it."""
        if len(old.parents) != 1 or self.uses[old.parents[0].node] != 1:
            return None
        return self.nodes[node.parents[0].node]


Rule = Callable[[_Copy, Node, Node], "tuple[int, int | None]"]


def _rewritten(graph: Graph, rule: Rule) -> Graph:
    copy = _Copy(graph)
    for old in graph.nodes:
        node = replace(old, parents=tuple(copy.moved(edge) for edge in old.parents))
        copy.place.append(rule(copy, node, old))
    return Graph(tuple(copy.nodes), *(tuple(copy.moved(end) for end in ends) for ends in (graph.inputs, graph.outputs)))


def _live(graph: Graph) -> Graph:
    """The graph without nodes that no output depends on. Inputs are kept."""
    live = {end.node for end in (*graph.inputs, *graph.outputs)}
    for place in range(len(graph.nodes) - 1, -1, -1):
        if place in live:
            live |= {edge.node for edge in graph.nodes[place].parents}
    new = {place: number for number, place in enumerate(sorted(live))}
    nodes = (
        replace(graph.nodes[place], parents=tuple(replace(e, node=new[e.node]) for e in graph.nodes[place].parents))
        for place in sorted(live)
    )
    ends = (tuple(replace(end, node=new[end.node]) for end in ends) for ends in (graph.inputs, graph.outputs))
    return Graph(tuple(nodes), *ends)


def _simplify(copy: _Copy, node: Node, old: Node) -> tuple[int, int | None]:
    """Give equal computations the same kind and settings; remove nodes that do nothing."""
    if node.kind == "Input" or node.opaque:
        return copy.add(node)
    before = [copy.nodes[edge.node].shapes[edge.output] for edge in node.parents if copy.nodes[edge.node].shapes]
    settings = {key: value for key, value in node.settings.items() if value is not None and value is not False}
    settings = {key: value for key, value in settings.items() if (key, value) != ("data_format", "channels_last")}
    if node.settings.get("training") is False and not is_random(node.kind):
        settings["training"] = False
    node = replace(node, settings=settings)
    simple = _simple(node, before)
    if simple is None and len(node.parents) == 1:
        return node.parents[0].node, node.parents[0].output
    return copy.add(simple or node)


def _simple(node: Node, before: list[Shape]) -> Node | None:
    """The node in its simplest form, or None if it returns its input. `before`: the shapes of its inputs."""
    kind, settings = node.kind, node.settings
    if kind in IDENTITIES or (is_random(kind) and _silent(node)):
        return None
    if kind == "TimeDistributed" and (inner := _inner_dense(settings)):
        return _simple(replace(node, kind="Dense", settings=inner), before)
    if APPLY_AT_THE_END.fullmatch(kind) and settings.get("activation") == "linear":
        settings = {key: value for key, value in settings.items() if key != "activation"}
        return None if kind == "Activation" else replace(node, settings=settings)
    if kind == "Activation" or kind.lower() in FUNCTIONS:
        return _simple_activation(node)
    if kind in RESHAPES and node.shapes and before and before[0][:1] == node.shapes[0][:1]:
        same = before[0] == node.shapes[0] and None not in before[0][1:]
        return None if same else replace(node, kind="Reshape", settings={"shape": json.dumps(node.shapes[0][1:])})
    if kind == "Permute" and isinstance(from_text(settings.get("dims")), list):
        return replace(node, kind="Transpose", settings={"axes": json.dumps([0, *from_text(settings.get("dims"))])})
    if kind in ("MultiHeadAttention", "GroupedQueryAttention") and len(node.parents) == 2:
        return replace(node, parents=(*node.parents, replace(node.parents[1], slot="key")))
    if kind == "Concatenate" and before and settings.get("axis") == len(before[0]) - 1:
        return replace(node, settings=settings | {"axis": -1})
    if kind in ("Mean", "Max") and before and len(before[0]) == 4 and _both_axes(settings):
        pool = {"Mean": "GlobalAveragePooling2D", "Max": "GlobalMaxPooling2D"}[kind]
        return replace(node, kind=pool, settings={key: True for key in ("keepdims",) if settings.get(key)})
    return _simple_arithmetic(node)


def _both_axes(settings: dict[str, Scalar]) -> bool:
    """Whether an operation reduces an image's height and width."""
    return from_text(settings.get("axis")) in ([1, 2], [2, 1])


def _silent(node: Node) -> bool:
    return node.settings.get("training") is False or any(
        node.settings.get(key) in (0, 0.0) for key in ("rate", "stddev")
    )


def _inner_dense(settings: dict[str, Scalar]) -> dict[str, Scalar] | None:
    layer = from_text(settings.get("layer"))
    if not isinstance(layer, dict) or layer.get("class_name") != "Dense" or not isinstance(layer.get("config"), dict):
        return None
    return {key: value for key, value in layer["config"].items() if value not in (None, False)}


def _simple_activation(node: Node) -> Node:
    """An activation as its name, with any values that differ from Keras's defaults: `relu`, `elu(alpha=0.5)`."""
    given = dict(node.settings)
    name = str(given.pop("activation", FUNCTIONS.get(node.kind.lower(), "")))
    if node.shapes and given.get("axis") == len(node.shapes[0]) - 1:
        given["axis"] = -1
    given = _unusual(name, given)
    if name == "relu" and given == {"max_value": 6.0}:
        name, given = "relu6", {}
    if name == "relu" and set(given) == {"negative_slope"}:
        name, given = "leaky_relu", _unusual("leaky_relu", given)
    numbers = ", ".join(f"{key}={in_digits(value)}" for key, value in sorted(given.items()))
    return replace(node, kind="Activation", settings={"activation": f"{name}({numbers})" if numbers else name})


def _unusual(name: str, given: dict[str, Scalar]) -> dict[str, Scalar]:
    usual = DEFAULTS.get(name, {})
    return {key: value for key, value in given.items() if key not in usual or usual[key] != value}


def _simple_arithmetic(node: Node) -> Node | None:
    """Turn products and sums with plain numbers into a node of kind "Scale"."""
    kind, settings = node.kind, node.settings
    kind = "Divide" if kind == "TrueDivide" else kind
    affine = None
    if kind == "Rescaling":
        affine = settings.get("scale", 1), settings.get("offset", 0)
    elif kind == "Negative":
        affine = -1, 0
    elif len(node.parents) == 1 and set(settings) in ({"x1"}, {"x2"}):
        ((side, number),) = settings.items()
        if isinstance(number, int | float) and not isinstance(number, bool):
            affine = _affine_of(kind, side, number)
    if affine is None or not all(isinstance(number, int | float) for number in affine):
        return replace(node, kind=kind)
    return _scaled(node, *affine)


def _affine_of(kind: str, side: str, number: float) -> tuple[float, float] | None:
    """`kind` applied to a tensor and a number, as scale and offset. `side` is the argument that is the number."""
    if kind == "Multiply":
        return number, 0
    if kind == "Add":
        return 1, number
    if kind == "Subtract":
        return (1, -number) if side == "x2" else (-1, number)
    return (1 / number, 0) if kind == "Divide" and side == "x2" and number else None


def _scaled(node: Node, scale: float, offset: float) -> Node | None:
    scale, offset = (float(f"{number:.6g}") for number in (scale, offset))  # 1/255 and 0.003921569 are the same
    settings = {key: value for key, value, nothing in (("scale", scale, 1), ("offset", offset, 0)) if value != nothing}
    return replace(node, kind="Scale", settings=settings) if settings else None


def _merge_twins(copy: _Copy, node: Node, old: Node) -> tuple[int, int | None]:
    """Merge nodes that compute the same from the same tensors."""
    if node.kind == "Input" or node.opaque or is_random(node.kind):
        return copy.add(node)
    parents = sorted(node.parents, key=_by_place) if node.kind in COMMUTATIVE else node.parents
    key = node.kind, tuple(sorted(node.settings.items())), node.weights, tuple(parents), node.frozen
    if key not in copy.twins:
        copy.twins[key] = copy.add(node)[0]
    return copy.twins[key], None


def _by_place(edge: Edge) -> tuple:
    return edge.node, edge.output, edge.slot


def _as_dense(copy: _Copy, node: Node, old: Node) -> tuple[int, int | None]:
    """Turn `matmul(x, kernel) + bias` into a Dense layer."""
    shape = str(next(iter(node.settings.values()), "")).removeprefix("weight ").split("×")
    written = len(node.parents) == len(node.weights) == len(node.settings) == 1 and all(map(str.isdecimal, shape))
    if written and node.kind in ("Matmul", "Dot") and "x2" in node.settings and len(shape) == 2:
        return copy.add(replace(node, kind="Dense", settings={"units": int(shape[1])}))
    before = copy.parent(node, old)
    if not (written and node.kind == "Add" and before and before.kind == "Dense" and set(before.settings) == {"units"}):
        return copy.add(node)
    if shape != [str(before.settings["units"])]:
        return copy.add(node)
    dense = replace(
        before,
        settings=before.settings | {"use_bias": True},
        weights=before.weights + node.weights,
        parameters=before.parameters + node.parameters,
        frozen=before.frozen and node.frozen,
    )
    return copy.put(node.parents[0].node, dense)


def _sink_dropout(copy: _Copy, node: Node, old: Node) -> tuple[int, int | None]:
    """Move dropout after a relu or Reshape, where it has the same effect."""
    function = str(node.settings.get("activation", ""))
    movable = node.kind == "Reshape" or (node.kind == "Activation" and function.startswith(("relu", "leaky_relu")))
    before = copy.parent(node, old)
    if not movable or function == "relu6" or before is None or before.kind != "Dropout" or len(before.settings) > 1:
        return copy.add(node)
    place = node.parents[0].node
    copy.put(place, replace(node, parents=before.parents))
    return copy.add(replace(before, shapes=node.shapes, parents=(Edge(place),)))


def _merge(copy: _Copy, node: Node, old: Node) -> tuple[int, int | None]:
    """Turn `(a + b) + c` into one sum of three, and two scalings into one."""
    if node.kind == "Scale" and (before := copy.parent(node, old)) and before.kind == "Scale":
        (s, o), (t, p) = ((n.settings.get("scale", 1), n.settings.get("offset", 0)) for n in (before, node))
        merged = _scaled(replace(node, parents=before.parents), s * t, o * t + p)
        return copy.add(merged) if merged else (before.parents[0].node, before.parents[0].output)
    if node.kind not in ASSOCIATIVE or node.weights:
        return copy.add(node)
    parents: list[Edge] = []
    for edge, was in zip(node.parents, old.parents, strict=True):
        term = copy.nodes[edge.node]
        same = term.kind == node.kind and term.settings == node.settings and not term.weights
        parents += term.parents if same and copy.uses[was.node] == 1 else (edge,)
    return copy.add(replace(node, parents=tuple(parents)))


def _fuse(copy: _Copy, node: Node, old: Node) -> tuple[int, int | None]:
    """Merge an activation into the layer before it, if that layer could apply it."""
    before = copy.parent(node, old)
    if node.kind != "Activation" or before is None or before.kind == "Activation":
        return copy.add(node)
    if not APPLY_AT_THE_END.fullmatch(before.kind) or "activation" in before.settings or before.opaque:
        return copy.add(node)
    return copy.put(node.parents[0].node, replace(before, settings=before.settings | node.settings))
