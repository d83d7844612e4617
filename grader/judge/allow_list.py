"""Names the Keras objects that may cross: built-in classes all the way down, by their public names."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cache
from typing import Any

from grader.compat.keras import ACTIVATIONS_MODULE, FUNCTIONAL_MODULE, OPERATION_MODULES
from grader.judge import wire
from grader.judge.wire import Malformed


class NotAllowed(Malformed):
    """A description of something other than built-in Keras objects, or of an object that is too large."""


@dataclass(frozen=True)
class Caps:
    """How large an object may be.

    `parameters` and `optimizer` count numbers; `row` counts those that a layer may return for a row of input; `whole`
    is the largest whole number in a layer's configuration.
    """

    parameters: int = 20_000_000
    optimizer: int = 80_000_000
    metric: int = 1_000_000
    layers: int = 400
    depth: int = 40
    nodes: int = 100_000
    row: int = 1 << 21
    whole: int = 1 << 20
    text: int = 4000


CAPS = Caps()

RUNS_CODE = {"Lambda", "TFSMLayer", "TorchModuleWrapper", "FlaxLayer", "JaxLayer", "MeanMetricWrapper"}
READS_FILES = {"StringLookup", "IntegerLookup", "TextVectorization"}
NOT_NEEDED = {
    *("Hashing", "HashedCrossing", "Pipeline", "MelSpectrogram", "STFTSpectrogram", "STFT", "STFTInitializer", "stft"),
    *("MultiOptimizer", "OptimizerMap", "AugMix", "RandAugment", "RandomElasticTransform", "MaxNumBoundingBoxes"),
}
ABSTRACT = {"Layer", "Wrapper", "InputSpec", "Initializer", "Regularizer", "Constraint", "Loss", "Metric", "Optimizer"}
LOSSY = {"Huber", "CosineSimilarity", "AUC", "SparseTopKCategoricalAccuracy"}
"""Their `get_config` leaves out an argument, so that an object rebuilt from it differs."""
DENIED = RUNS_CODE | READS_FILES | NOT_NEEDED | ABSTRACT | LOSSY | {"LearningRateSchedule"}

NAMESPACES = ("layers", "initializers", "regularizers", "constraints", "losses", "metrics", "optimizers")
SPACES_OF_FUNCTIONS = ("activations", "losses", "metrics", "initializers", "regularizers", "ops")
RUN_FUNCTIONS = {
    *(
        "map",
        "scan",
        "associativescan",
        "cond",
        "whileloop",
        "foriloop",
        "vectorizedmap",
        "vectorize",
        "customgradient",
    ),
    *("jvp", "switch", "arange", "piecewise"),
}
PLAIN = {"__keras_tensor__", "__tensor__", "__numpy__", "__slice__", "__ellipsis__", "__tuple__", "__bytes__"}
POLICIES = {"DTypePolicy", "FloatDTypePolicy"}
TYPES = {*wire.NUMBERS, "bfloat16", "string", "mixed_float16", "mixed_bfloat16"}
"""The types allowed for numbers and layers. Another type could take any amount of memory ("S1000000000")."""


# ---- which names there are


@cache
def public_classes() -> dict[tuple[str, str], type]:
    """The classes that may cross, by (module, name) as in a configuration."""
    import keras

    spaces = [(f"keras.{name}", getattr(keras, name)) for name in NAMESPACES]
    spaces.append(("keras.optimizers.schedules", keras.optimizers.schedules))
    found = {
        (module, name): value
        for module, space in spaces
        for name, value in vars(space).items()
        if inspect.isclass(value) and name not in DENIED and value.__name__ not in DENIED
    }
    inputs = keras.Input((1,))
    found[FUNCTIONAL_MODULE, "Functional"] = type(keras.Model(inputs, inputs))
    found["keras", "Sequential"] = found["keras.models", "Sequential"] = keras.Sequential
    return found


@cache
def public_functions() -> dict[str, Any]:
    """Keras's functions and classes that may cross by their public name: "keras.losses.mean_squared_error"."""
    import keras

    found = {}
    for name in SPACES_OF_FUNCTIONS:
        for key, value in vars(getattr(keras, name)).items():
            if inspect.isfunction(value) and key.replace("_", "") not in RUN_FUNCTIONS:
                found[f"keras.{name}.{key}"] = value
    classes = {f"{space}.{name}": v for (space, name), v in public_classes().items() if space != FUNCTIONAL_MODULE}
    return found | classes


@cache
def _names() -> dict[int, str]:
    return {id(value): name for name, value in reversed(public_functions().items())}


def public_name(value: Any) -> str | None:
    """The public name of this function or class of Keras; None if it has none."""
    return _names().get(id(value))


@cache
def _operations() -> set[str]:
    """Names of operations in lower case and in one word: "getitem"."""
    import keras

    found = {name for space in (keras.ops, keras.ops.image, keras.activations) for name in vars(space)}
    return {name.replace("_", "").lower() for name in found if not name.startswith("_")} - RUN_FUNCTIONS


@cache
def own_classes() -> frozenset[type]:
    return frozenset(public_classes().values())


def may_travel(value: Any) -> bool:
    """Whether the object's class may cross. `describe` checks its contents."""
    return type(value) in own_classes()


# ---- vetting a configuration


@dataclass
class Vetting:
    caps: Caps
    nodes: int = 0
    layers: int = 0

    def walk(self, found: Any, depth: int, whole: int) -> None:
        """Check a part of a configuration; `whole` is the largest number allowed in it."""
        self.nodes += 1
        if depth > self.caps.depth or self.nodes > self.caps.nodes:
            raise NotAllowed("a configuration that is too deep or too long")
        kind = type(found)
        if kind is dict:
            self._dict(found, depth, whole)
        elif kind in (list, tuple):
            for item in found:
                self.walk(item, depth + 1, whole)
        elif kind is str:
            if len(found) > self.caps.text:
                raise NotAllowed("a long text in a configuration")
        elif kind is int:
            if abs(found) > whole:
                raise NotAllowed(f"the number {found:,} in a configuration")
        elif found is not None and kind not in (bool, float):
            raise NotAllowed(f"a `{kind.__name__}` in a configuration")

    def _dict(self, found: dict, depth: int, whole: int) -> None:
        if "class_name" in found:
            whole = self._object(found, whole)
        if "shared_object_id" in found:
            raise NotAllowed("shared objects in a configuration")
        for key, value in found.items():
            if type(key) is not str:
                raise NotAllowed("a configuration with keys that aren't names")
            if key == "dtype" and type(value) is str and value not in TYPES:
                raise NotAllowed(f"numbers of type {value[:60]!r}")
            if key == "quantization_config" and value is not None:
                raise NotAllowed("a quantized layer")
            self.walk(value, depth + 1, 1 << 53 if key == "seed" else whole)

    def _object(self, found: dict, whole: int) -> int:
        """The largest number allowed in an object. Raises NotAllowed for an object that Keras does not define."""
        name, module, registered = (found.get(key) for key in ("class_name", "module", "registered_name"))
        if type(name) is not str or type(module) not in (str, type(None)) or type(registered) not in (str, type(None)):
            raise NotAllowed("an object without a name")
        if name in PLAIN and module is None:
            return whole
        if registered not in (None, name):
            raise NotAllowed(f"an object registered as {registered[:60]!r}")
        if (module, name) in public_classes():
            self.layers += module in ("keras.layers", "keras", FUNCTIONAL_MODULE)
            if self.layers > self.caps.layers:
                raise NotAllowed(f"more than {self.caps.layers} layers")
            return 1 << 53 if module.startswith("keras.optimizers") else self.caps.whole
        if module == "keras" and name in POLICIES and _policy_of(found) in TYPES:
            return whole
        if _is_operation(module, name):
            return self.caps.whole
        raise NotAllowed(f"`{name[:60]}` of `{str(module)[:60]}`, which is no built-in class that may travel")


def _policy_of(found: dict) -> Any:
    config = found.get("config")
    name = config.get("name") if type(config) is dict else None
    return name if type(name) is str else None


def _is_operation(module: str | None, name: str) -> bool:
    known = module in OPERATION_MODULES or module == ACTIVATIONS_MODULE
    return known and name.lower() in _operations()


def vet(config: Any, caps: Caps = CAPS) -> None:
    """Raises NotAllowed for a configuration that names anything but built-in objects, or is too large."""
    if type(config) is not dict or "class_name" not in config:
        raise NotAllowed("a configuration of nothing")
    Vetting(caps).walk(config, 0, caps.whole)
