"""A model's graph as plain data: nodes, edges, and ends, converted to JSON and, with validation, from it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

MAX_NODES = 1000
MAX_EDGES = 4000
MAX_TEXT = 2000  # of a setting; names and labels are cut at MAX_NAME
MAX_NAME = 80
MAX_NUMBER, MAX_SETTING = 10**12, 1e30
MARKS = ("", "extra", "missing", "changed")

Shape = tuple[int | None, ...]
Scalar = bool | int | float | str | None


class NoGraph(ValueError):
    """The model's graph cannot be read; the message is a clause that says why."""


@dataclass(frozen=True)
class Edge:
    """The tensor from output number `output` of node number `node`.

    `slot` is the name of the argument it is passed to, unless that is the first one. `mark` is one of MARKS.
    """

    node: int
    output: int = 0
    slot: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Node:
    """One call of a layer or an operation.

    `kind` is the name of the class and `label` what a reader sees; `name` is set only if a person chose it. `shapes`
    are those of the outputs, including the batch. `settings` affect what is computed. `weights` are the positions of
    its weights in `model.weights`; nodes with the same positions share them. `group` lists the nested models it belongs
    to, from the outside in. The computation of an `opaque` node is not determined by its kind and settings. `mark` is
    one of MARKS, and `note` explains it.
    """

    kind: str
    label: str = ""
    name: str = ""
    shapes: tuple[Shape, ...] = ()
    dtype: str = ""
    settings: dict[str, Scalar] = field(default_factory=dict)
    parents: tuple[Edge, ...] = ()
    weights: tuple[int, ...] = ()
    parameters: int = 0
    frozen: bool = False
    opaque: bool = False
    group: tuple[str, ...] = ()
    mark: str = ""
    note: str = ""


@dataclass(frozen=True)
class End:
    """An input or output of the whole graph: its name and its tensor."""

    name: str
    node: int
    output: int = 0
    mark: str = ""


@dataclass(frozen=True)
class Graph:
    """Nodes in an order in which they can be computed, parents first. Inputs are nodes of kind "Input"."""

    nodes: tuple[Node, ...]
    inputs: tuple[End, ...]
    outputs: tuple[End, ...]

    @property
    def opaque(self) -> bool:
        """Whether any node is opaque."""
        return any(node.opaque for node in self.nodes)

    @property
    def layers(self) -> int:
        """The number of layers and operations, where a layer used twice counts once."""
        nodes = [(place, node.weights) for place, node in enumerate(self.nodes) if node.kind != "Input"]
        return len({weights or place for place, weights in nodes})

    @property
    def parameters(self) -> int:
        """The number of parameters, where shared weights count once."""
        return sum({node.weights: node.parameters for node in self.nodes}.values())

    def to_json(self) -> dict[str, Any]:
        """The graph as JSON data, without empty fields."""
        return {
            "nodes": [_node_data(node) for node in self.nodes],
            "inputs": [_end_data(end) for end in self.inputs],
            "outputs": [_end_data(end) for end in self.outputs],
        }


def _node_data(node: Node) -> dict[str, Any]:
    data = {key: value for key, value in vars(node).items() if value not in ("", 0, False, (), {}) and key != "parents"}
    data |= {key: list(data[key]) for key in ("weights", "group") if key in data}
    if node.shapes:
        data["shapes"] = [list(shape) for shape in node.shapes]
    if node.parents:
        data["parents"] = [_trimmed([edge.node, edge.output, edge.slot, edge.mark]) for edge in node.parents]
    return data


def _end_data(end: End) -> list[Any]:
    return _trimmed([end.name, end.node, end.output, end.mark])


def _trimmed(values: list[Any]) -> list[Any]:
    while values and values[-1] in ("", 0) and len(values) > 1:
        values.pop()
    return values


# --- from JSON ---------------------------------------------------------------------------------------------------


def from_json(data: Any) -> Graph:
    """The graph in `data`, which is untrusted.

    Raises ValueError if a type, a size, or a reference is wrong. Parents come before their children, so the result has
    no cycles.
    """
    fields = _fields(data, {"nodes", "inputs", "outputs"})
    nodes = tuple(_node(item, place) for place, item in enumerate(_items(fields["nodes"], MAX_NODES)))
    if sum(len(node.parents) for node in nodes) > MAX_EDGES:
        raise ValueError("too many edges")
    inputs, outputs = (
        tuple(_end(item, len(nodes)) for item in _items(fields[key], MAX_NODES)) for key in ("inputs", "outputs")
    )
    for end in (*inputs, *outputs, *(edge for node in nodes for edge in node.parents)):
        if end.output >= max(1, len(nodes[end.node].shapes)):
            raise ValueError("an output that a node does not have")
    return Graph(nodes, inputs, outputs)


def _node(data: Any, place: int) -> Node:
    known = {name for name in Node.__dataclass_fields__}
    fields = _fields(data, known, required={"kind"})
    texts = {key: _text(fields[key]) for key in ("kind", "label", "name", "dtype", "note") if key in fields}
    flags = {key: _flag(fields[key]) for key in ("frozen", "opaque") if key in fields}
    return Node(
        **texts,
        **flags,
        shapes=tuple(_shape(item) for item in _items(fields.get("shapes", []), 64)),
        settings=_settings(fields.get("settings", {})),
        parents=tuple(_edge(item, place) for item in _items(fields.get("parents", []), MAX_EDGES)),
        weights=tuple(_whole(item) for item in _items(fields.get("weights", []), 256)),
        parameters=_whole(fields.get("parameters", 0)),
        group=tuple(_text(item) for item in _items(fields.get("group", []), 8)),
        mark=_mark(fields.get("mark", "")),
    )


def _edge(data: Any, place: int) -> Edge:
    node, output, slot, mark = _padded(data, (0, 0, "", ""))
    return Edge(_whole(node, place), _whole(output, 64), _text(slot), _mark(mark))


def _end(data: Any, nodes: int) -> End:
    name, node, output, mark = _padded(data, ("", 0, 0, ""))
    return End(_text(name), _whole(node, nodes), _whole(output, 64), _mark(mark))


def _padded(data: Any, defaults: tuple) -> list[Any]:
    items = _items(data, len(defaults))
    return items + list(defaults[len(items) :])


def _fields(data: Any, known: set[str], required: set[str] | None = None) -> dict[str, Any]:
    required = known if required is None else required
    if not isinstance(data, dict) or not required <= set(data) <= known:
        raise ValueError("fields are missing or unknown")
    return data


def _items(data: Any, most: int) -> list[Any]:
    if not isinstance(data, list | tuple) or len(data) > most:
        raise ValueError(f"not a list of at most {most}")
    return list(data)


def _text(value: Any, most: int = MAX_NAME) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise ValueError(f"not a text of at most {most} characters")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("not true or false")
    return value


def _whole(value: Any, below: int = MAX_NUMBER) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < below:
        raise ValueError(f"not a whole number below {below}")
    return value


def _mark(value: Any) -> str:
    if not isinstance(value, str) or value not in MARKS:
        raise ValueError("not a mark")
    return value


def _shape(data: Any) -> Shape:
    return tuple(size if size is None else _whole(size) for size in _items(data, 16))


def _settings(data: Any) -> dict[str, Scalar]:
    if not isinstance(data, dict) or len(data) > 64:
        raise ValueError("settings are a dict of at most 64")
    for key, value in data.items():
        _text(key)
        if isinstance(value, str):
            _text(value, MAX_TEXT)
            if value.count("[") + value.count("{") > 100:  # a JSON parser would recurse that deep
                raise ValueError("a setting is nested too deeply")
        elif isinstance(value, float) and not math.isfinite(value):
            raise ValueError("a setting is not finite")
        elif not isinstance(value, bool | int | float | None) or abs(value or 0) > MAX_SETTING:
            raise ValueError("a setting is not a scalar, or is too large")
    return dict(data)
