"""Which names some Python source defines, and which it expects from elsewhere, found without running it."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator

BUILTINS = frozenset(dir(builtins)) | {"__name__"}


def bound(source: str) -> set[str]:
    """The names that the source binds at its top level."""
    table = symtable.symtable(source, "cell", "exec")
    return {symbol.get_name() for symbol in table.get_symbols() if _binds(symbol)}


def free(source: str) -> dict[str, int]:
    """The names, other than builtins, that the source reads but does not bind, each with its first line."""
    table = symtable.symtable(source, "cell", "exec")
    taken = {name for scope in _scopes(table) for name in _reads(scope)} - bound(source) - BUILTINS
    return {name: line for name, line in _first_lines(source).items() if name in taken}


def attributes(source: str, owner: str) -> dict[str, int]:
    """The names read or written as `owner.NAME`, each with its first line."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)]
    found: dict[str, int] = {}
    for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset)):
        if isinstance(node.value, ast.Name) and node.value.id == owner:
            found.setdefault(node.attr, node.lineno)
    return found


def _scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _scopes(child)


def _reads(scope: symtable.SymbolTable) -> Iterator[str]:
    """The names that a scope reads from the top level."""
    for symbol in scope.get_symbols():
        top = scope.get_type() == "module"
        if symbol.is_referenced() and (not _binds(symbol) if top else symbol.is_global()):
            yield symbol.get_name()


def _binds(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()


def _first_lines(source: str) -> dict[str, int]:
    lines: dict[str, int] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            lines[node.id] = min(node.lineno, lines.get(node.id, node.lineno))
    return lines
