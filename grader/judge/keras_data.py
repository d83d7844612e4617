"""Turns Keras objects into data: the configuration of built-in classes, and their numbers as arrays; never code.

The receiver of a description checks every name in it against Keras's public classes before it builds anything, and
allocates no weight that was not sent as an array: a layer of 10⁹ units costs its sender 10⁹ numbers.

Some of Keras's configurations leave out arguments (`allow_list.LOSSY`). An object with one of these, or with a
function of the student's own, cannot be sent and is used through a handle.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FunctionType
from typing import Any

import numpy as np

from grader.compat.keras import variable_makers_replaced
from grader.judge.allow_list import CAPS, Caps, NotAllowed, Vetting, may_travel, own_classes, public_name, vet
from grader.judge.wire import CannotTravel
from grader.verdict import StudentError

# ---- an object's description


def describe(subject: Any) -> dict[str, Any]:
    """A Keras object as plain data. Raises CannotTravel for an object that has parts that are not built in."""
    import keras

    if not may_travel(subject):
        raise CannotTravel(f"a `{type(subject).__name__}`")
    if own := next(_own_functions(subject, set()), None):
        raise CannotTravel(f"the function `{own}` in it")
    try:
        config = _with_lists(keras.saving.serialize_keras_object(subject))
        _name_the_loss(config, subject)
        vet(config)
    except NotAllowed as error:
        raise CannotTravel(str(error)) from None
    except Exception as error:  # an object that was tampered with may raise anything
        raise CannotTravel(f"its configuration can't be read: {error}") from None
    compiling = config.pop("compile_config", None)
    _strip(config)
    found = {"config": config, **_numbers(subject)}
    if compiling is not None and getattr(subject, "optimizer", None) is not None:
        found |= {"compile": compiling, **compiled_numbers(subject)}
    return found


def _name_the_loss(config: dict[str, Any], subject: Any) -> None:
    """Replace a loss that is one of Keras's own functions by its name.

    A configuration gives only the bare name of a function, even for one of the student's with a well-known name.
    """
    compiling = config.get("compile_config") or {}
    if isinstance(compiling.get("loss"), dict) and public_name(getattr(subject, "loss", None)):
        compiling["loss"] = subject.loss.__name__


def _with_lists(found: Any) -> Any:
    if isinstance(found, dict):
        return {str(key): _with_lists(value) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [_with_lists(item) for item in found]
    if isinstance(found, np.generic):
        return found.item()
    return found


def _strip(config: Any) -> None:
    """Remove how models within a model were compiled, which no check needs."""
    if isinstance(config, dict):
        config.pop("compile_config", None)
    for value in config.values() if isinstance(config, dict) else config if isinstance(config, list) else ():
        _strip(value)


def _own_functions(subject: Any, seen: set[int]) -> Iterator[str]:
    """Names of functions in an object, or in layers within it, that are not Keras's."""
    import keras

    if id(subject) in seen or len(seen) > 10_000:
        return
    seen.add(id(subject))
    inner = (keras.Operation, keras.losses.Loss, keras.metrics.Metric, keras.optimizers.Optimizer)
    values = list(getattr(subject, "__dict__", {}).values())
    for value in values:
        if isinstance(value, FunctionType):
            if not str(value.__module__).startswith("keras."):
                yield value.__name__
        elif isinstance(value, inner):
            yield from _own_functions(value, seen)
        elif isinstance(value, list | tuple):
            values += [item for item in list(value)[:1000] if isinstance(item, (FunctionType, *inner))]


def _numbers(subject: Any) -> dict[str, Any]:
    import keras

    if isinstance(subject, keras.layers.Layer):
        weights, seeds = list(subject.weights), _seeds(subject)
        return {
            "built": bool(subject.built),
            "weights": _arrays(weights),
            "trainable": [bool(w.trainable) for w in weights],
            "seeds": _arrays(seeds),
        }
    if isinstance(subject, keras.metrics.Metric):
        return {"variables": _arrays(subject.variables)}
    if isinstance(subject, keras.optimizers.Optimizer) and subject.built:
        return {"variables": _arrays(subject.variables)}
    return {}


def _arrays(variables: Sequence[Any]) -> list[np.ndarray]:
    return [np.asarray(variable.numpy()) for variable in variables]


def _seeds(layer: Any) -> list[Any]:
    """The seed variables of dropout and similar layers."""
    weights = {id(w) for w in layer.weights}
    others = [v for v in layer.variables if id(v) not in weights]
    return [v for v in others if tuple(v.shape) == (2,) and "int" in str(v.dtype)]


def compiled_numbers(model: Any) -> dict[str, Any]:
    """The optimizer's variables (none before it is built), and the variables of the metrics."""
    optimizer = model.optimizer
    return {
        "optimizer": _arrays(optimizer.variables) if optimizer.built else [],
        "counted": [_arrays(metric.variables) for metric in model.metrics],
    }


# ---- made again

TWICE = 4
"""Keras builds some layers several times and keeps only one of them."""


@contextmanager
def allowance(each: int, together: int, metric: int = CAPS.metric) -> Iterator[None]:
    """Limits the numbers in one weight, in all weights together and in a metric.

    A larger one raises StudentError before it is created.
    """
    import keras

    left, for_layer, for_metric = [together], keras.layers.Layer.add_weight, keras.metrics.Metric.add_variable

    def add_weight(self: Any, *args: Any, **kwargs: Any) -> Any:
        size = _size(kwargs.get("shape") or (args[0] if args else ()))
        left[0] -= size
        if left[0] < 0 or size > each:
            raise StudentError("your model has more weights than can be looked at", [], "Is a layer far too wide?")
        return for_layer(self, *args, **kwargs)

    def add_variable(self: Any, shape: Any, *args: Any, **kwargs: Any) -> Any:
        if _size(shape) > metric:
            raise StudentError("a metric of your model's needs more numbers than can be looked at", [])
        return for_metric(self, shape, *args, **kwargs)

    with variable_makers_replaced(add_weight, add_variable):
        yield


def _size(shape: Any) -> int:
    return math.prod(int(n) for n in (shape if isinstance(shape, list | tuple) else [shape] if shape else ()))


def rebuild(found: Any, caps: Caps = CAPS) -> Any:
    """The object for a description by `describe`. Raises NotAllowed."""
    import keras

    numbers = sum(w.size for w in _checked(found, caps))
    try:
        with allowance(numbers, TWICE * numbers, caps.metric):
            made = keras.saving.deserialize_keras_object(found["config"], safe_mode=True)
            if not isinstance(made, tuple(own_classes())):
                raise NotAllowed("what its configuration makes is none of Keras' own")
            if isinstance(made, keras.layers.Layer):
                _check_rows(made, caps)
                set_numbers(made, found)
            elif isinstance(made, keras.metrics.Metric):
                fill(made.variables, found.get("variables", []))
            if "compile" in found:
                compile_like(made, found)
    except NotAllowed:
        raise
    except Exception as error:  # Keras raises various exceptions for an invalid configuration
        raise NotAllowed(f"{type(error).__name__}: {str(error)[:300]}") from None
    return made


def take_names(subject: Any) -> None:
    """Reserve the names of layers that were received.

    Each process numbers its layers by itself ("dense_1"), and a model must not have two layers of the same name.
    """
    import keras

    parts = [subject] if isinstance(subject, keras.layers.Layer) else []
    for layer in parts:
        parts += [part for part in getattr(layer, "layers", ()) if len(parts) < CAPS.layers]
        stem, number = _numbered(layer.name)
        for _ in range(MANY_NAMES):
            given = _numbered(_unnamed(layer).name)
            if given[0] != stem or given[1] > number:
                break


MANY_NAMES = 200


def _numbered(name: str) -> tuple[str, int]:
    stem, _, number = name.rpartition("_")
    return (stem, int(number)) if stem and number.isdecimal() and len(number) < 9 else (name, 0)


def _unnamed(layer: Any) -> Any:
    """A new layer of the same class, with a name chosen by Keras."""
    import keras

    if isinstance(layer, keras.Model):
        return keras.Sequential()
    return type(layer).from_config({key: value for key, value in layer.get_config().items() if key != "name"})


def _checked(found: Any, caps: Caps) -> list[np.ndarray]:
    """The weights of a description, after its parts have been checked. Raises NotAllowed."""
    if type(found) is not dict or not {"config"} <= set(found):
        raise NotAllowed("no description of a Keras object")
    vet(found["config"], caps)
    if "compile" in found:
        if type(found["compile"]) is not dict:
            raise NotAllowed("compiled with nothing")
        Vetting(caps).walk(found["compile"], 0, caps.whole)
    names = ("weights", "seeds", "optimizer", "variables", "trainable", "counted")
    lists = {name: found.get(name, []) for name in names}
    if any(type(part) is not list or len(part) > 20_000 for part in lists.values()):
        raise NotAllowed("no lists of arrays")
    for name in ("weights", "seeds", "optimizer", "variables"):
        limit = caps.parameters if name in ("weights", "seeds") else caps.optimizer
        if any(type(a) is not np.ndarray for a in lists[name]) or sum(a.size for a in lists[name]) > limit:
            raise NotAllowed(f"{name} that aren't arrays, or too many numbers")
    return lists["weights"]


def _check_rows(layer: Any, caps: Caps) -> None:
    """Raises NotAllowed if a layer in a model returns too many numbers for a row."""
    for part in [*getattr(layer, "operations", ()), *getattr(layer, "layers", ())]:
        if part is not layer and getattr(part, "layers", None):
            _check_rows(part, caps)
        for shape in _output_shapes(part):
            if math.prod(n or 1 for n in shape[1:]) > caps.row:
                raise NotAllowed(f"a layer that returns {shape} for a batch")


def _output_shapes(part: Any) -> list[tuple]:
    import keras

    try:
        return [tuple(tensor.shape) for tensor in keras.tree.flatten(part.output)]
    except (AttributeError, ValueError, RuntimeError):  # used several times, or not at all
        return []


def set_numbers(layer: Any, found: dict[str, Any]) -> None:
    """Give a layer or model the weights of a description. Raises NotAllowed if they don't fit."""
    if found.get("weights") and not layer.weights:
        raise NotAllowed("weights for layers that have none")
    fill(layer.weights, found.get("weights", []))
    for weight, flag in zip(layer.weights, found.get("trainable", []), strict=False):
        if type(flag) is bool and bool(weight.trainable) != flag:
            weight.trainable = flag
    seeds, given = _seeds(layer), found.get("seeds", [])
    if len(seeds) == len(given):
        fill(seeds, given)


def _fit(variables: Sequence[Any], arrays: list[np.ndarray]) -> bool:
    """Whether there is an array of its shape for each variable."""
    return [tuple(v.shape) for v in variables] == [a.shape for a in arrays]


def fill(variables: Sequence[Any], arrays: list[np.ndarray]) -> None:
    if not _fit(variables, arrays):
        raise NotAllowed("arrays of other shapes than the layers have")
    for variable, array in zip(variables, arrays, strict=True):
        if array.dtype.kind not in "fiubV":
            raise NotAllowed(f"weights of {array.dtype}")
        variable.assign(array)


def compile_like(model: Any, found: dict[str, Any]) -> None:
    """Compile a model as described, and set the variables of its optimizer and metrics."""
    model.compile_from_config(found["compile"])
    set_compiled_numbers(model, found)


def set_compiled_numbers(model: Any, found: dict[str, Any]) -> None:
    optimizer, arrays = model.optimizer, found.get("optimizer", [])
    if arrays:
        if not optimizer.built:
            optimizer.build(model.trainable_variables)
        fits = _fit(optimizer.variables, arrays)
        # An optimizer that was built for other weights has only its counter and learning rate in common.
        fill(*((optimizer.variables, arrays) if fits else (optimizer.variables[:2], arrays[:2])))
    counted = found.get("counted", [])
    for metric, numbers in zip(model.metrics, counted, strict=False):
        if _fit(metric.variables, arrays_of(numbers)):
            fill(metric.variables, numbers)


def fill_optimizer(optimizer: Any, arrays: list[np.ndarray], models: Sequence[Any]) -> None:
    """Set an optimizer's variables; one that is not built yet is built for the first model that they fit."""
    for model in () if optimizer.built or not arrays else models:
        shapes = {tuple(w.shape) for w in model.trainable_weights}
        if all(a.ndim == 0 or a.shape in shapes for a in arrays):
            optimizer.build(model.trainable_variables)
            break
    if optimizer.built and _fit(optimizer.variables, arrays):
        fill(optimizer.variables, arrays)


def arrays_of(found: Any) -> list[np.ndarray]:
    """`found`, a list of arrays. Raises NotAllowed."""
    if type(found) is not list or any(type(a) is not np.ndarray for a in found):
        raise NotAllowed("no list of arrays")
    return found


# ---- given back changed


def restore(subject: Any, now: dict[str, Any], models: Sequence[Any] = ()) -> Any:
    """Bring a layer, model or optimizer to the described state. Returns the object to use from now on.

    That is `subject` itself, or a new object if its layers have changed. An optimizer gets its variables for the
    weights of one of `models`. Raises NotAllowed.
    """
    import keras

    _checked(now, CAPS)
    before = describe(subject)
    if isinstance(subject, keras.optimizers.Optimizer):
        fill_optimizer(subject, now.get("variables", []), models)
        return subject
    if before["config"] != now["config"] or len(before.get("weights", [])) != len(now.get("weights", [])):
        return rebuild(now)
    try:
        set_numbers(subject, now)
        if "compile" in now:
            if before.get("compile") != now["compile"]:
                subject.compile_from_config(now["compile"])
            set_compiled_numbers(subject, now)
    except NotAllowed:
        raise
    except Exception as error:
        raise NotAllowed(f"{type(error).__name__}: {str(error)[:300]}") from None
    return subject
