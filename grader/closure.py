"""Everything of ours that a piece of code reaches, found by reading the source; nothing is imported or run.

A test names `check.learns`; its function names others, and so on. `Code.digest` sums up all of those definitions in
one hash. It is computed from syntax trees without docstrings, comments, and positions, and a name counts as what it
stands for, whichever module that is imported from: so the hash survives when code only moves to another file.

Where reading the source can't tell, more is counted rather than less: a name that a package makes available in a way
of its own (a register, a lazy import) stands for every definition of that name inside the package.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

_LEFT_OUT = ("course.modules",)
_DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_DOCUMENTED = ast.Module | _DEFINITIONS


@dataclass(frozen=True)
class Definition:
    """A name that a module defines at its top level; "" for the statements there that define nothing."""

    module: str
    name: str


@dataclass(frozen=True)
class _Reference:
    """A module of ours that a name stands for."""

    module: str


@dataclass
class Module:
    """A module's text in pieces: what it imports (name → module, attribute), what it defines, and all the rest."""

    name: str
    path: Path | None = None
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)
    definitions: dict[str, list[ast.stmt]] = field(default_factory=dict)
    effects: list[ast.stmt] = field(default_factory=list)

    @property
    def is_package(self) -> bool:
        return self.path is not None and self.path.name == "__init__.py"

    def add(self, statements: Iterable[ast.stmt]) -> None:
        """Sort top-level statements into imports, definitions, and the rest."""
        for statement in statements:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                self.imports |= imported(statement)
            elif names := set(_bound(statement)):
                for node in ast.walk(statement) if isinstance(statement, ast.If | ast.Try) else ():
                    if isinstance(node, ast.Import | ast.ImportFrom):
                        self.imports |= imported(node)
                for name in names - self.imports.keys():
                    self.definitions.setdefault(name, []).append(statement)
            elif not _is_text(statement):
                self.effects.append(statement)


def imported(statement: ast.Import | ast.ImportFrom) -> dict[str, tuple[str, str]]:
    """What an import binds: name → (module, attribute), the attribute "" for the module itself."""
    if isinstance(statement, ast.ImportFrom):
        return {alias.asname or alias.name: (statement.module or "", alias.name) for alias in statement.names}
    return {
        alias.asname or alias.name.partition(".")[0]: (alias.name if alias.asname else alias.name.partition(".")[0], "")
        for alias in statement.names
    }


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The names that a top-level statement binds or changes."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield statement.name
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
            for target in statement.targets if isinstance(statement, ast.Assign) else [statement.target]:
                first = target
                while isinstance(first, ast.Subscript | ast.Attribute):
                    first = first.value  # TABLE["key"] = … changes TABLE
                yield from (node.id for node in ast.walk(first) if isinstance(node, ast.Name))
        case ast.If() | ast.Try():
            for child in ast.iter_child_nodes(statement):
                if isinstance(child, ast.Import | ast.ImportFrom):
                    yield from imported(child)
                elif isinstance(child, ast.stmt):
                    yield from _bound(child)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def parsed(source: str) -> ast.Module:
    """The tree of a cell, less the lines that are IPython's alone (`%matplotlib`, `!ls`)."""
    try:
        return ast.parse(source)
    except SyntaxError:
        lines = ["" if line.lstrip()[:1] in ("%", "!") else line for line in source.split("\n")]
        return ast.parse("\n".join(lines))


def normalized(tree: ast.AST) -> str:
    """The tree as text without positions, comments, and docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and node.body and _is_text(node.body[0]):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree)


def short(*texts: str | bytes) -> str:
    """A hash of texts, 16 hexadecimal digits."""
    total = hashlib.sha256()
    for text in texts:
        total.update(hashlib.sha256(text if isinstance(text, bytes) else text.encode()).digest())
    return total.hexdigest()[:16]


class Code:
    """The modules of some packages, `{"grader": folder, …}`."""

    def __init__(self, packages: Mapping[str, Path]):
        self._packages = dict(packages)
        self._known: dict[Definition, tuple[str, frozenset[Definition]]] = {}

    @cached_property
    def modules(self) -> dict[str, Module]:
        """By dotted name."""
        found = {}
        for package, folder in self._packages.items():
            for path in sorted(folder.rglob("*.py")):
                parts = [package, *path.relative_to(folder).with_suffix("").parts]
                name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
                if not name.startswith(_LEFT_OUT):
                    found[name] = Module(name, path)
                    found[name].add(ast.parse(path.read_text(encoding="utf-8")).body)
        return found

    def digest(self, sources: Iterable[str], without: Container[str] = ()) -> str:
        """A hash of all definitions of ours that the cells with these sources reach, directly or through others.

        Modules of the names in `without` (the last part of each) are not entered.
        """
        return short(*sorted({f"{each.name} {self._read(each)[0]}" for each in self.reached(sources, without)}))

    def reached(self, sources: Iterable[str], without: Container[str] = ()) -> set[Definition]:
        """Those definitions. What one cell imports, the others may use."""
        cells = Module("")
        trees = [parsed(source) for source in sources]
        for tree in trees:
            for node in ast.walk(tree):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    cells.imports |= imported(node)
        reader = _Reader(self, cells)
        for tree in trees:
            reader.visit(tree)
        found, waiting = set(), set(reader.found)
        while waiting:
            each = waiting.pop()
            if each.module.rpartition(".")[2] in without:
                continue
            found.add(each)
            waiting |= self._read(each)[1] - found
        return found

    def _read(self, definition: Definition) -> tuple[str, frozenset[Definition]]:
        """The hash of one definition, and the definitions that it names."""
        if definition not in self._known:
            module = self.modules[definition.module]
            statements = module.definitions[definition.name] if definition.name else module.effects
            reader = _Reader(self, module)
            texts = [normalized(reader.visit(_copy(statement))) for statement in statements]
            texts += sorted(reader.elsewhere) + (_files_beside(module.path) if reader.reads_files else [])
            own = {Definition(module.name, "")} if module.effects else set()
            self._known[definition] = short(*texts), frozenset((reader.found | own) - {definition})
        return self._known[definition]

    def resolve(self, module: Module, name: str) -> list[Definition] | _Reference | None:
        """What a name stands for in a module; None for a name that isn't ours."""
        if name in module.definitions:
            return [Definition(module.name, name)]
        if name in module.imports:
            return self._imported(*module.imports[name])
        return None

    def _imported(self, source: str, attribute: str) -> list[Definition] | _Reference | None:
        if source not in self.modules:
            return None
        return self.attribute(source, attribute) if attribute else _Reference(source)

    def attribute(self, name: str, attribute: str) -> list[Definition] | _Reference | None:
        """What `name.attribute` stands for, where `name` is a module of ours."""
        module = self.modules[name]
        itself = module.imports.get(attribute) == (name, attribute)  # a package that imports its own submodule
        if not itself and (found := self.resolve(module, attribute)):
            return found  # before a submodule of that name, which the package hides
        if f"{name}.{attribute}" in self.modules:
            return _Reference(f"{name}.{attribute}")
        inside = [m.name for m in self.modules.values() if m.name.startswith(f"{name}.") and attribute in m.definitions]
        if module.is_package and inside:
            return [Definition(each, attribute) for each in inside]
        return [Definition(name, "__getattr__")] if "__getattr__" in module.definitions else None


def _copy(statement: ast.stmt) -> ast.stmt:
    return ast.parse(ast.unparse(statement)).body[0]  # a reader changes what it reads


def _files_beside(path: Path | None) -> list[str]:
    """Hashes of the data files in a module's folder."""
    files = sorted(each for each in path.parent.iterdir() if each.is_file() and each.suffix != ".py") if path else []
    return [f"{each.name} {short(each.read_bytes())}" for each in files]


class _Reader(ast.NodeTransformer):
    """Collects what a statement names, and puts the names' own in place of where they are imported from.

    Scopes are not followed: a local variable that is called like a module of ours counts as that module.
    """

    def __init__(self, code: Code, module: Module):
        self._code, self._module = code, module
        self._local: dict[str, tuple[str, str]] = {}
        self.found: set[Definition] = set()
        self.elsewhere: set[str] = set()
        self.reads_files = False

    def visit_Import(self, node: ast.Import) -> ast.stmt:
        return self._import(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt:
        return self._import(node)

    def _import(self, node: ast.Import | ast.ImportFrom) -> ast.stmt:
        self._local |= imported(node)
        ours = all(source in self._code.modules for source, _ in imported(node).values())
        return ast.Pass() if ours else node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        self.reads_files |= node.id == "__file__"
        if node.id in self._module.imports and self._module.imports[node.id][0] not in self._code.modules:
            self.elsewhere.add(f"{node.id} = {'.'.join(self._module.imports[node.id])}")
        return self._named(node, self._meaning(node))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(self._meaning(node.value), _Reference):
            return self._named(node, self._meaning(node))
        return self.generic_visit(node)

    def _meaning(self, node: ast.expr) -> list[Definition] | _Reference | None:
        if isinstance(node, ast.Name):
            if node.id in self._local:
                return self._code._imported(*self._local[node.id])
            return self._code.resolve(self._module, node.id)
        if isinstance(node, ast.Attribute) and isinstance(base := self._meaning(node.value), _Reference):
            return self._code.attribute(base.module, node.attr)
        return None

    def _named(self, node: ast.Name | ast.Attribute, meaning: list[Definition] | _Reference | None) -> ast.expr:
        """The node, with the name of what it stands for where that is ours."""
        if isinstance(meaning, list):
            self.found.update(meaning)
            known = meaning[0].name
            return node if known == "__getattr__" else ast.Name(known, node.ctx)
        return node


@cache
def ours() -> Code:
    """The code of this repository."""
    import course
    import grader

    return Code({package.__name__: Path(package.__path__[0]) for package in (grader, course)})
