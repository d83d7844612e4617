"""Mutation operators: each takes one node of a solution and yields what a student might have written there."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from grader.audit.edits import Edit, Source

Operator = Callable[[ast.AST, Source], Iterator[Edit]]
OPERATORS: dict[str, Operator] = {}
"""Every operator, by the name that appears in its mutants' names."""


def operator(name: str) -> Callable[[Operator], Operator]:
    def register(function: Operator) -> Operator:
        OPERATORS[name] = function
        return function

    return register


WORDS = {
    "activation": {
        "relu": ["sigmoid"],
        "tanh": ["sigmoid"],
        "gelu": ["sigmoid"],
        "sigmoid": ["softmax", "tanh"],
        "softmax": ["sigmoid", "relu"],
        "linear": ["relu"],
    },
    "loss": {
        "mean_squared_error": ["mean_absolute_error", "binary_crossentropy"],
        "mean_absolute_error": ["mean_squared_error"],
        "mse": ["mae", "binary_crossentropy"],
        "binary_crossentropy": ["mean_squared_error", "categorical_crossentropy"],
        "categorical_crossentropy": ["sparse_categorical_crossentropy", "binary_crossentropy"],
        "sparse_categorical_crossentropy": ["categorical_crossentropy", "mean_squared_error"],
    },
    "metric": {"accuracy": ["mae", "top_k_categorical_accuracy"], "mae": ["accuracy", "mse"]},
    "optimizer": {"sgd": ["adam"], "adam": ["sgd"], "adamw": ["sgd"], "rmsprop": ["sgd"]},
    "mode": {"min": ["max"], "max": ["min"], "auto": ["max"]},
    "padding": {"same": ["valid"], "valid": ["same"], "causal": ["same"]},
}
"""Words that Keras accepts in place of an object, by what they are used for, and words that each is confused with."""

NAMES = {
    # losses and optimizers
    "MeanSquaredError": ["MeanAbsoluteError"],
    "MeanAbsoluteError": ["MeanSquaredError"],
    "BinaryCrossentropy": ["MeanSquaredError"],
    "CategoricalCrossentropy": ["SparseCategoricalCrossentropy"],
    "SparseCategoricalCrossentropy": ["CategoricalCrossentropy"],
    "SGD": ["Adam"],
    "Adam": ["SGD"],
    "AdamW": ["SGD"],
    "RMSprop": ["SGD"],
    # layers
    "Add": ["Concatenate"],
    "Concatenate": ["Add"],
    "Multiply": ["Add"],
    "Subtract": ["Add"],
    "Softmax": ["ReLU"],
    "LayerNormalization": ["BatchNormalization"],
    "BatchNormalization": ["LayerNormalization"],
    # what a model offers
    "trainable_variables": ["variables"],
    "trainable_weights": ["weights"],
    "input_shape": ["output_shape"],
    # functions and methods
    "argmax": ["argmin"],
    "argmin": ["argmax"],
    "mean": ["sum", "std"],
    "std": ["var"],
    "sum": ["mean"],
    "max": ["min"],
    "min": ["max"],
    "maximum": ["minimum"],
    "minimum": ["maximum"],
    "sin": ["cos"],
    "cos": ["sin"],
    "exp": ["log"],
    "log": ["exp"],
    "sqrt": ["square"],
    "square": ["sqrt"],
    "softmax": ["sigmoid"],
    "sigmoid": ["softmax"],
    "relu": ["tanh"],
    "ones": ["zeros"],
    "zeros": ["ones"],
    "all": ["any"],
    "any": ["all"],
    "concatenate": ["stack"],
    "stack": ["concatenate"],
    "transform": ["fit_transform"],
    "fit_transform": ["transform"],
}
"""Attributes that are confused with each other: `keras.optimizers.Adam`, `outputs.argmax`."""

FROM_LOGITS = {
    "binary_crossentropy": "keras.losses.BinaryCrossentropy(from_logits=True)",
    "categorical_crossentropy": "keras.losses.CategoricalCrossentropy(from_logits=True)",
    "sparse_categorical_crossentropy": "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
}
LAYERS = {
    "Dense", "Conv1D", "Conv2D", "Conv2DTranspose", "SeparableConv2D", "LSTM", "GRU", "SimpleRNN", "Embedding",
    "BatchNormalization", "LayerNormalization", "MultiHeadAttention",
}  # fmt: skip
COMPARISONS = {
    ast.Gt: (">", [">=", "<"]), ast.GtE: (">=", [">", "<"]), ast.Lt: ("<", ["<=", ">"]), ast.LtE: ("<=", ["<", ">"]),
    ast.Eq: ("==", ["!="]), ast.NotEq: ("!=", ["=="]), ast.Is: ("is", ["is not"]), ast.IsNot: ("is not", ["is"]),
    ast.In: ("in", ["not in"]), ast.NotIn: ("not in", ["in"]),
}  # fmt: skip
ARITHMETIC = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"), ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "//"), ast.Pow: ("**", "*"), ast.MatMult: ("@", "*"),
}  # fmt: skip
UNHEARD = {"verbose"}
"""Keywords that change only what is printed."""


@operator("another word")
def _words(node: ast.AST, source: Source) -> Iterator[Edit]:
    """A different activation, loss, metric, or optimizer where a word names it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        role = _role(node, source)
        families = [WORDS[role]] if role in WORDS else WORDS.values()
        for word in dict.fromkeys(word for family in families for word in family.get(node.value, ())):
            yield source.replaced(node, f'"{word}"')


def _role(node: ast.AST, source: Source) -> str:
    """What a word is used for, where a keyword shows it: `metric` for `metrics=["mae"]`."""
    around = source.parent(node)
    while isinstance(around, ast.List | ast.Tuple | ast.Dict | ast.IfExp | ast.keyword):
        if isinstance(around, ast.keyword) and around.arg:
            return {"metrics": "metric"}.get(around.arg, around.arg)
        around = source.parent(around)
    return ""


@operator("another name")
def _names(node: ast.AST, source: Source) -> Iterator[Edit]:
    """A class or function that is confused with this one: `Adam` for `SGD`, `argmin` for `argmax`."""
    if isinstance(node, ast.Attribute):
        for other in NAMES.get(node.attr, ()):
            yield Edit(source.end(node) - len(node.attr.encode()), source.end(node), other)


@operator("from_logits")
def _from_logits(node: ast.AST, source: Source) -> Iterator[Edit]:
    """`from_logits=True` where there are no logits. The opposite is a flag flipped or a keyword dropped."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in FROM_LOGITS:
        yield source.replaced(node, FROM_LOGITS[node.value])
    if isinstance(node, ast.Call) and _called(node).endswith("Crossentropy"):
        yield from _with_keyword(node, "from_logits", "True", source)


@operator("frozen layer")
def _frozen(node: ast.AST, source: Source) -> Iterator[Edit]:
    if isinstance(node, ast.Call) and _called(node) in LAYERS:
        yield from _with_keyword(node, "trainable", "False", source)


def _called(node: ast.Call) -> str:
    """The last word of what is called: `Dense` of `keras.layers.Dense(3)`."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _with_keyword(node: ast.Call, name: str, value: str, source: Source) -> Iterator[Edit]:
    arguments = [*node.args, *node.keywords]
    if not any(keyword.arg == name for keyword in node.keywords):
        place = max((source.end(argument) for argument in arguments), default=source.end(node) - 1)
        yield Edit(place, place, ", " * bool(arguments) + f"{name}={value}")


@operator("flag flipped")
def _flags(node: ast.AST, source: Source) -> Iterator[Edit]:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield source.replaced(node, str(not node.value))


@operator("training flipped")
def _training(node: ast.AST, source: Source) -> Iterator[Edit]:
    """A `training` argument that is passed on becomes a constant True or False."""
    if isinstance(node, ast.keyword) and node.arg == "training" and not isinstance(node.value, ast.Constant):
        yield source.replaced(node.value, "True")
        yield source.replaced(node.value, "False")


@operator("another number")
def _numbers(node: ast.AST, source: Source) -> Iterator[Edit]:
    """One more, one less, none; ten times as much, a tenth."""
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool) or _unheard(node, source):
        return
    values: list[int] | list[float]
    if isinstance(node.value, int):
        values = [node.value + 1, node.value - 1, 0]
    elif isinstance(node.value, float):
        values = [node.value * 10, node.value / 10, 0.0]
    else:
        return
    for value in dict.fromkeys(values):
        if value != node.value:
            yield source.replaced(node, str(float(f"{value:.6g}")) if isinstance(value, float) else str(value))


def _unheard(node: ast.AST, source: Source) -> bool:
    return getattr(source.parent(node), "arg", None) in UNHEARD


@operator("another axis")
def _axes(node: ast.AST, source: Source) -> Iterator[Edit]:
    if isinstance(node, ast.keyword) and node.arg in ("axis", "axes"):
        for axis in ("0", "1", "-1"):
            if source.text(node.value) != axis:
                yield source.replaced(node.value, axis)


@operator("keyword dropped")
def _keywords(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Forgets `momentum`, `activation`, `from_logits`, a regulariser …"""
    if isinstance(node, ast.Call):
        everything = [*node.args, *node.keywords]
        for i, argument in enumerate(everything):
            if isinstance(argument, ast.keyword) and argument.arg not in UNHEARD:
                yield source.without(everything, i, i)


@operator("argument dropped")
def _arguments(node: ast.AST, source: Source) -> Iterator[Edit]:
    """One of several positional arguments. A single one: see `call taken away`."""
    if isinstance(node, ast.Call) and len(node.args) > 1:
        for i in range(len(node.args)):
            yield source.without([*node.args, *node.keywords], i, i)


@operator("element dropped")
def _elements(node: ast.AST, source: Source) -> Iterator[Edit]:
    """One layer, one metric, one entry of a dict."""
    if isinstance(node, ast.List) and isinstance(node.ctx, ast.Load):
        for i in range(len(node.elts)):
            yield source.without(node.elts, i, i)
    if isinstance(node, ast.Dict) and all(node.keys):
        entries = [part for pair in zip(node.keys, node.values, strict=True) for part in pair if part]
        for i in range(0, len(entries), 2):
            yield source.without(entries, i, i + 1)


@operator("result dropped")
def _results(node: ast.AST, source: Source) -> Iterator[Edit]:
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) > 1:
        for i in range(len(node.value.elts)):
            yield source.without(node.value.elts, i, i)


@operator("places swapped")
def _swapped(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Two neighbours: positional arguments, values returned, names that receive them."""
    neighbours = node.args if isinstance(node, ast.Call) else getattr(node, "elts", [])
    if isinstance(node, ast.Call | ast.Tuple):
        for left, right in zip(neighbours, neighbours[1:], strict=False):
            yield source.swapped(left, right)


@operator("comparison")
def _comparisons(node: ast.AST, source: Source) -> Iterator[Edit]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        sign, others = COMPARISONS[type(node.ops[0])]
        for other in others:
            yield source.infix(node.left, node.comparators[0], sign, other)


@operator("arithmetic")
def _arithmetic(node: ast.AST, source: Source) -> Iterator[Edit]:
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        yield source.infix(node.left, node.right, *ARITHMETIC[type(node.op)])


@operator("term dropped")
def _terms(node: ast.AST, source: Source) -> Iterator[Edit]:
    """`a + b` → `a`, and `b`."""
    if isinstance(node, ast.BinOp | ast.BoolOp):
        for part in (node.left, node.right) if isinstance(node, ast.BinOp) else node.values:
            yield source.replaced(node, source.operand(part))


@operator("sign dropped")
def _signs(node: ast.AST, source: Source) -> Iterator[Edit]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield source.replaced(node, source.operand(node.operand))


@operator("and for or")
def _logic(node: ast.AST, source: Source) -> Iterator[Edit]:
    if isinstance(node, ast.BoolOp):
        signs = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            yield source.infix(left, right, *signs)


@operator("condition negated")
def _conditions(node: ast.AST, source: Source) -> Iterator[Edit]:
    tests = [node.test] if isinstance(node, ast.If | ast.IfExp | ast.While) else getattr(node, "ifs", [])
    for test in tests:
        yield source.replaced(test, f"not ({source.text(test)})")


@operator("statement dropped")
def _statements(node: ast.AST, source: Source) -> Iterator[Edit]:
    if isinstance(node, ast.stmt) and not isinstance(node, ast.Pass | ast.FunctionDef | ast.Import | ast.ImportFrom):
        yield source.replaced(node, "pass")


@operator("call taken away")
def _unwrapped(node: ast.AST, source: Source) -> Iterator[Edit]:
    """`scaler.transform(x)` → `x`, `int(n)` → `n`, `outputs.argmax(axis=1)` → `outputs`."""
    if not isinstance(node, ast.Call):
        return
    if node.args and not isinstance(node.args[0], ast.Starred | ast.GeneratorExp):
        yield source.replaced(node, source.operand(node.args[0]))
    if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value, source):
        yield source.replaced(node, source.operand(node.func.value))


def _is_module(node: ast.AST, source: Source) -> bool:
    """Whether a dotted name starts outside the function: `keras.layers`, `np`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id not in _bound_before(node, source)


def _bound_before(node: ast.expr, source: Source) -> set[str]:
    """The arguments of the functions around the node, and the names that they bind on lines above it."""
    found: set[str] = set()
    function = source.function(node)
    while function is not None:
        stored = (n for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
        found |= {name.id for name in stored if name.lineno < node.lineno}
        found |= {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
        function = source.function(function)
    return found


@operator("subscript dropped")
def _subscripts(node: ast.AST, source: Source) -> Iterator[Edit]:
    """`history.history["loss"]` → `history.history`, `x[1:]` → `x`."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield source.replaced(node, source.operand(node.value))


@operator("another variable")
def _variables(node: ast.AST, source: Source) -> Iterator[Edit]:
    """A twin of the same function: `X_test` for `X_train`, `y_train` for `X_train`, `y` for `X`."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for other in sorted(_bound_before(node, source)):
            if _twins(node.id, other):
                yield source.replaced(node, other)


def _twins(one: str, other: str) -> bool:
    """Names of two or more words of which they share all but one; and X and y."""
    some, others = one.split("_"), other.split("_")
    if {one.lower(), other.lower()} == {"x", "y"}:
        return True
    return len(some) == len(others) > 1 and sum(a != b for a, b in zip(some, others, strict=True)) == 1
