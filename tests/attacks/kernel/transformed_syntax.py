"""Transformers of the syntax tree and of the input: every later cell is turned into one that does nothing."""

CELLS = {
    "double": """
import ast

shell = get_ipython()


class Nothing(ast.NodeTransformer):
    def visit(self, node):
        return ast.Module(body=[], type_ignores=[]) if isinstance(node, ast.Module) else node


shell.ast_transformers.append(Nothing())
shell.input_transformers_cleanup.append(lambda lines: [])


def double(values):
    return values
"""
}
EARNS = {"double": 0, "last": (0, 1), "pick": (0, 1)}
