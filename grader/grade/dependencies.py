"""Finds the cells that need not run to grade a notebook: the lab's own examples that no graded cell depends on.

A lab trains models to show something. Only the answers are graded, and `grader audit` shows that each can be checked
in a notebook that has only the setup and the other answers. An example still runs if a cell of the student's uses a
name that the example assigns, or if it shares names with such an example.
"""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from grader.grade.lab import Lab, grade_id, is_test, normal, setup_cell

OPAQUE = frozenset(
    ("eval", "exec", "compile", "globals", "locals", "vars", "dir", "inspect", "gc", "sys", "importlib", "__import__")
    + ("__main__", "__builtins__", "builtins", "get_ipython", "IPython", "In", "Out")
    + ("_", "__", "___", "_i", "_ii", "_iii", "_dh", "_oh", "_ih")
)
"""Names that let a cell use other names without mentioning them."""


@dataclass(frozen=True)
class _Names:
    """The names that a cell mentions, and those of them that it assigns, defines or imports."""

    mentions: frozenset[str]
    binds: frozenset[str] = frozenset()
    defines: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()

    @property
    def opaque(self) -> bool:
        return bool((self.mentions - {"_"} if "_" in self.binds else self.mentions) & OPAQUE)


UNKNOWN = _Names(OPAQUE)
"""For a cell that can't be parsed."""


def left_out(notebook: NotebookNode, lab: Lab) -> dict[int, frozenset[str]]:
    """The cells that need not run, by index, with the names that each would assign."""
    setup = setup_cell(lab.official)
    texts = {normal(c.source) for c in lab.released.cells if c.cell_type == "code" and grade_id(c) is None}
    texts -= {normal(setup.source)} if setup else set()
    code = {i: cell for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and cell.source.strip()}
    examples = {
        i: _names(cell.source) for i, cell in code.items() if not grade_id(cell) and normal(cell.source) in texts
    }
    others = [_names(cell.source) for i, cell in code.items() if i not in examples and not is_test(cell)]
    if any(names.opaque for names in others):
        return {}
    given = _names(setup.source).binds if setup else frozenset()
    defined = frozenset[str]().union(*(names.defines | names.imports for names in others))
    ours = given | defined | frozenset(dir(builtins))
    wanted = _asked(cell.source for cell in code.values() if is_test(cell)) | _mentions(others)
    needed = {i for i, names in examples.items() if names.opaque or (names.binds - names.imports) & (given | defined)}
    while True:
        known = (wanted | _mentions(examples[i] for i in needed)) - ours
        more = {i for i, names in examples.items() if names.mentions & known} - needed
        if not more:
            return {i: names.binds for i, names in examples.items() if i not in needed}
        needed |= more


def _mentions(cells: Iterable[_Names]) -> frozenset[str]:
    return frozenset().union(*(names.mentions for names in cells))


def _names(source: str) -> _Names:
    """The names at the notebook's level; local names of the cell's functions are left out."""
    try:
        text = TransformerManager().transform_cell(source)
        table, tree = symtable.symtable(text, "<cell>", "exec"), ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return UNKNOWN
    imported = set(_imported(tree))
    if "*" in imported:
        return UNKNOWN
    top = table.get_symbols()
    mentions = {symbol.get_name() for symbol in top} | _globals(table) | (imported & OPAQUE)
    binds = {symbol.get_name() for symbol in top if symbol.is_assigned() or symbol.is_imported()}
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    defines = {node.name for node in tree.body if isinstance(node, functions)}
    imports = {symbol.get_name() for symbol in top if symbol.is_imported()}
    binds |= _globals(table, assigned=True)
    return _Names(*map(frozenset, (mentions, binds, defines, imports)))


def _imported(tree: ast.AST) -> Iterator[str]:
    """The modules and names imported anywhere in a cell."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.name.split(".")[0] for alias in node.names)


def _globals(table: symtable.SymbolTable, assigned: bool = False) -> set[str]:
    """The notebook's names that functions and classes use; with `assigned`, only those that they assign."""
    found = set()
    for child in table.get_children():
        symbols = [s for s in child.get_symbols() if s.is_global() and (s.is_assigned() or not assigned)]
        found |= {symbol.get_name() for symbol in symbols} | _globals(child, assigned)
    return found


def _asked(tests: Iterable[str]) -> frozenset[str]:
    """The names that tests use as `student.NAME`."""
    nodes = (node for source in tests for node in ast.walk(ast.parse(source)))
    return frozenset(
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "student"
    )


def missed(notebook: NotebookNode, names: Iterable[str]) -> bool:
    """Whether a cell that ran needed one of these names after all."""
    said = [f"name '{name}' is not defined" for name in names]
    text = str([cell.get("outputs", []) for cell in notebook.cells if cell.cell_type == "code"])
    return any(words in text or words.replace("'", "\\'") in text for words in said)
