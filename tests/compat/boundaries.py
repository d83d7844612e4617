"""Finds where source code depends on what another library keeps to itself, or changes another library.

A heuristic on the syntax tree. A name that a file imports, or takes from `sys.modules`, stands for the library wherever
it is written in that file. Objects of unknown type are told by their private names: one that no file of ours defines
must be someone else's. What it cannot see: a class of a library under another variable's name, `setattr` with a name
that is computed, and private names that a library of ours happens to define too.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

OURS = {"grader", "course", "bench", "tests", "__future__"}
PRIVATE_MODULES = ("keras.src", "tensorflow.python")
"""Where a library keeps its own code, if their names do not begin with an underscore."""
UNDOCUMENTED = {"fget", "fset", "train_function", "test_function", "predict_function"}
DOCUMENTED = {"os._exit", "sys._getframe"}
"""Public, in the standard library's documentation, in spite of their names."""
PATCHERS = {"unittest.mock", "unittest.mock.patch", "pytest.MonkeyPatch", "mock"}


def is_private(name: str) -> bool:
    """Whether a name is private by convention; `__init__` and protocols such as `_repr_html_` are not."""
    return name.startswith("_") and not name.endswith("_")


def is_private_module(path: str) -> bool:
    parts = path.split(".")
    return any(map(is_private, parts)) or any(path == p or path.startswith(p + ".") for p in PRIVATE_MODULES)


def defined(tree: ast.AST) -> set[str]:
    """The private names that a file defines: functions, classes, variables, attributes of `self`, fields, slots."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                found.add(name)
    return set(filter(is_private, found))


@dataclass
class Boundaries:
    """The findings in one file, as (line, what). `ours`: private names that files of ours define; `patches`: whether
    changing a library counts too."""

    ours: set[str]
    patches: bool = True
    imported: dict[str, str] = field(default_factory=dict)

    def findings(self, tree: ast.Module) -> Iterator[tuple[int, str]]:
        nodes = list(ast.walk(tree))
        for node in nodes:
            self._note_imports(node)
        for node in nodes:
            for what in self._of(node):
                yield node.lineno, what

    def _note_imports(self, node: ast.AST) -> None:
        match node:
            case ast.Import(names=names):
                for alias in names:
                    self.imported[alias.asname or alias.name.partition(".")[0]] = (
                        alias.name if alias.asname else alias.name.partition(".")[0]
                    )
            case ast.ImportFrom(module=str(module), names=names, level=0):
                for alias in names:
                    self.imported[alias.asname or alias.name] = f"{module}.{alias.name}"
            case (
                ast.NamedExpr(target=ast.Name(id=name), value=value)
                | ast.Assign(targets=[ast.Name(id=name)], value=value)
            ):
                if module := _from_sys_modules(value):
                    self.imported[name] = module

    def _of(self, node: ast.AST) -> Iterator[str]:
        match node:
            case ast.Import(names=names):
                yield from self._private_imports(alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from self._private_imports(f"{module}.{alias.name}" for alias in names)
            case ast.Attribute(value=value, attr=name, ctx=context):
                yield from self._attribute(value, name, isinstance(context, ast.Store | ast.Del))
            case ast.Call(
                func=ast.Name(id="getattr" | "hasattr" | "setattr" | "delattr" as call), args=[of, named, *_]
            ):
                if isinstance(named, ast.Constant) and isinstance(named.value, str):
                    yield from self._attribute(of, named.value, call in ("setattr", "delattr"))
                elif call in ("setattr", "delattr") and self.patches and self._library(of):
                    yield f"changes {ast.unparse(of)}"
            case ast.ClassDef():
                yield from self._subclass(node)
            case ast.Constant(value=str(text)) if self.patches and text.startswith(PRIVATE_MODULES):
                yield f"names the private module {text.split()[0]}"

    def _private_imports(self, names: Iterable[str]) -> Iterator[str]:
        for name in names:
            if name.partition(".")[0] not in OURS and is_private_module(name):
                yield f"imports {name}"
            if self.patches and name in PATCHERS:
                yield f"imports {name}"

    def _attribute(self, of: ast.expr, name: str, changes: bool) -> Iterator[str]:
        path = self._path(of)
        if is_private(name) and not _is_own(of):
            if path is None and name not in self.ours:
                yield f"{ast.unparse(of)}.{name}, which no file of ours defines"
            elif path is not None and path.partition(".")[0] not in OURS and f"{path}.{name}" not in DOCUMENTED:
                yield f"{path}.{name} is private"
        if self.patches and changes and self._library(of):
            yield f"changes {path}.{name}"
        if self.patches and name in UNDOCUMENTED:
            yield f"{ast.unparse(of)}.{name} is not documented"

    def _subclass(self, node: ast.ClassDef) -> Iterator[str]:
        """Private names of a library's class that a subclass of it uses or replaces."""
        bases = [path for base in node.bases if (path := self._path(base)) and path.partition(".")[0] not in OURS]
        inherited = {name for path in bases for name in dir(_load(path)) if is_private(name)}
        for part in ast.walk(node):
            match part:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if part in node.body:
                    used = name
                case ast.Attribute(value=value, attr=name) if _is_own(value):
                    used = name
                case _:
                    continue
            if used in inherited:
                yield f"{node.name} uses {used} of {' or '.join(bases)}"

    def _library(self, node: ast.expr) -> bool:
        """Whether this is a module or class of a library that is neither ours nor Python's."""
        top = (self._path(node) or "grader").partition(".")[0]
        return top not in OURS and top not in sys.stdlib_module_names

    def _path(self, node: ast.expr) -> str | None:
        """The dotted path of what is imported, or None for anything else: `keras.Model` of `keras.Model`."""
        match node:
            case ast.Name(id=name):
                return self.imported.get(name)
            case ast.Attribute(value=value, attr=name):
                path = self._path(value)
                return path and f"{path}.{name}"
        return _from_sys_modules(node)


def _from_sys_modules(node: ast.expr) -> str | None:
    match node:
        case ast.Subscript(value=table, slice=ast.Constant(value=str(module))) if ast.unparse(table) == "sys.modules":
            return module
        case ast.Call(func=function, args=[ast.Constant(value=str(module)), *_]) if ast.unparse(function) in (
            "sys.modules.get",
            "importlib.import_module",
            "import_module",
        ):
            return module
    return None


def _is_own(node: ast.expr) -> bool:
    """`self`, `cls`, `super()`: of the class that is being written, see `_subclass`."""
    return ast.unparse(node) in ("self", "cls", "super()", "type(self)")


def _load(path: str) -> object:
    """What a dotted path names."""
    module, rest = path, []
    while True:
        try:
            found = importlib.import_module(module)
            break
        except ImportError:
            module, _, last = module.rpartition(".")
            rest.insert(0, last)
            if not module:
                return None
    for name in rest:
        found = getattr(found, name, None)
    return found
