"""The labels of nodes and shapes as readers see them."""

from __future__ import annotations

import json
from typing import Any

from course.see.graph.data import MAX_NAME, Node, Scalar, Shape
from course.see.graph.settings import APPLY_AT_THE_END


def label(node: Node) -> str:
    """The label of a node: its kind, and the settings by which people distinguish such layers."""
    settings, kind = node.settings, node.kind
    parts = [kind, *_sizes(kind, settings)]
    text = " ".join(parts)
    if _many(settings.get("strides")) not in ("", "1") and "pool_size" not in settings:
        text += f" · step {_many(settings['strides'])}"
    if settings.get("return_sequences"):
        text += " · sequences"
    activation = settings.get("activation")
    if kind == "Activation":
        text = str(activation or settings.get("function") or kind)
    elif activation not in (None, "linear") and APPLY_AT_THE_END.fullmatch(kind):
        text += f" · {activation}"
    if settings.get("training") is False:
        text += " · training=False"
    return shorten(text)


def _sizes(kind: str, settings: dict[str, Scalar]) -> list[str]:
    """The sizes in a label."""
    get = settings.get
    if "layer" in settings and isinstance(get("layer"), str):
        return _wrapped(settings["layer"])
    if kind == "Embedding":
        return [f"{get('input_dim')} → {get('output_dim')}"]
    if "num_heads" in settings:
        return [f"{get('num_heads')} × {get('key_dim', get('head_dim'))}"]
    if kind == "Scale":
        return [_affine(get("scale", 1), get("offset", 0))]
    if kind in ("Reshape", "GetItem") or get("target_shape"):
        return (
            [_tuple(get("shape") or get("target_shape") or get("key"))]
            if _any(settings, "shape", "target_shape", "key")
            else []
        )
    sizes = [str(get(key)) for key in ("units", "filters", "output_dim") if get(key) is not None]
    if "kernel_size" in settings:
        sizes.append(("· " if sizes else "") + _many(settings["kernel_size"], every=True))
    sizes += [_many(get(key), every=True) for key in ("pool_size", "size") if get(key)]
    sizes += [in_digits(get(key)) for key in ("rate", "stddev", "negative_slope", "n") if get(key)]
    return sizes


def _any(settings: dict, *keys: str) -> bool:
    return any(settings.get(key) is not None for key in keys)


def _wrapped(layer: str) -> list[str]:
    try:
        inner = json.loads(layer)
        kind, config = inner["class_name"], inner["config"]
        settings = {
            key: value if not isinstance(value, list | dict) else json.dumps(value) for key, value in config.items()
        }
        return [label(Node(str(kind), settings=settings))]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _affine(scale: Any, offset: Any) -> str:
    return (
        f"× {in_digits(scale)}" * (scale != 1)
        + " " * (scale != 1 and offset != 0)
        + f"+ {in_digits(offset)}" * (offset != 0)
    )


def in_digits(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _many(value: Any, every: bool = False) -> str:
    """`[3, 3]` as 3×3 or, if all are equal and `every` is false, as 3."""
    sizes = from_text(value)
    if not isinstance(sizes, list):
        return "" if sizes is None else str(sizes)
    return str(sizes[0]) if len(set(map(str, sizes))) == 1 and not every else "×".join(map(str, sizes))


def _tuple(value: Any) -> str:
    sizes = from_text(value)
    return written(tuple(sizes)) if isinstance(sizes, list) else str(sizes)


def from_text(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def shorten(text: str, most: int = MAX_NAME) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def written(shape: Shape) -> str:
    """A shape as Keras prints it."""
    return f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"
