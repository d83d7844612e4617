"""A solution as text with known positions: what an edit replaces, and the text after it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef
_ATOMS = ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.Constant | ast.List | ast.Dict
_NOT_CODE = {"annotation", "returns", "decorator_list"}


@dataclass(frozen=True)
class Edit:
    """`text` in place of the bytes from `start` to `end` of the source."""

    start: int
    end: int
    text: str


class Source:
    """The text of a cell and its syntax tree, whose nodes have positions and parents."""

    def __init__(self, text: str):
        self.tree = ast.parse(text)
        self._bytes = text.encode()  # a node's columns count bytes
        self._lines = [0]
        for line in self._bytes.split(b"\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self._parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def start(self, node: ast.AST) -> int:
        return self._lines[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]  # nodes with a place only

    def end(self, node: ast.AST) -> int:
        return self._lines[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]  # see `start`

    def between(self, start: int, end: int) -> str:
        return self._bytes[start:end].decode()

    def text(self, node: ast.AST) -> str:
        """The node as it is written, without parentheses around it."""
        return self.between(self.start(node), self.end(node))

    def operand(self, node: ast.AST) -> str:
        """The node in a form that is safe next to any operator."""
        return self.text(node) if isinstance(node, _ATOMS) else f"({self.text(node)})"

    def line(self, place: int) -> int:
        """The line of a position, counted from 1."""
        return self._bytes.count(b"\n", 0, place) + 1

    def edited(self, edit: Edit) -> str:
        return (self._bytes[: edit.start] + edit.text.encode() + self._bytes[edit.end :]).decode()

    def replaced(self, node: ast.AST, text: str) -> Edit:
        return Edit(self.start(node), self.end(node), text)

    def infix(self, left: ast.AST, right: ast.AST, sign: str, other: str) -> Edit:
        """A different operator between two operands; parentheses around them stay."""
        start, end = self.end(left), self.start(right)
        return Edit(start, end, self.between(start, end).replace(sign, other, 1))

    def without(self, among: Sequence[ast.AST], first: int, last: int) -> Edit:
        """Nodes `first` to `last` taken out of a list that commas separate."""
        if last + 1 < len(among):
            return Edit(self.start(among[first]), self.start(among[last + 1]), "")
        if first:
            return Edit(self.end(among[first - 1]), self.end(among[last]), "")
        return Edit(self.start(among[first]), self.end(among[last]), "")

    def swapped(self, left: ast.AST, right: ast.AST) -> Edit:
        between = self.between(self.end(left), self.start(right))
        return Edit(self.start(left), self.end(right), self.text(right) + between + self.text(left))

    def parent(self, node: ast.AST) -> ast.AST | None:
        return self._parents.get(node)

    def function(self, node: ast.AST) -> Function | None:
        """The innermost function around the node."""
        around = self.parent(node)
        while around is not None and not isinstance(around, Function):
            around = self.parent(around)
        return around

    def inside_functions(self) -> Iterator[ast.AST]:
        """The nodes inside functions and methods in the order of the text; no docstrings, signatures, annotations."""
        outer = [node for node in ast.walk(self.tree) if isinstance(node, Function) and self.function(node) is None]
        for function in sorted(outer, key=lambda node: node.lineno):
            for statement in function.body:
                yield from _in_order(statement)


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.JoinedStr):
        return  # before Python 3.12, the nodes in it have no positions
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring, or dots
    yield node
    for name, value in ast.iter_fields(node):
        if name not in _NOT_CODE:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _in_order(child)
