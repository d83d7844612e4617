"""nbval's items, with another comparison of outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Prepare = Callable[[list[Any], list[Any]], list[Any]]


def compare_prepared(items: list[Any], prepare: Prepare) -> None:
    """Make nbval's items in this list of pytest's compare what `prepare(new, committed)` returns for the new outputs.

    Why: numbers may differ by a tolerance, and new outputs are scrubbed as the builder scrubs the committed ones.

    The public way: nbval's sanitizing file. It replaces what a regular expression matches, in both outputs, and cannot
    tell 0.4999 and 0.5001, which are close, from 0.4999 and 0.9. nbval documents no class to extend: each notebook
    makes its own items of a fixed class.
    """
    if not any(type(item).__module__ == "nbval.plugin" for item in items):
        return
    from nbval.plugin import IPyNbCell

    class PreparedCell(IPyNbCell):
        def compare_outputs(self, test: Any, ref: Any, skip_compare: Any = None) -> bool:
            return bool(super().compare_outputs(prepare(test, ref), ref, skip_compare))

    for place, item in enumerate(items):
        if type(item) is IPyNbCell:
            items[place] = PreparedCell.from_parent(
                item.parent, name=item.name, cell_num=item.cell_num, cell=item.cell, options=item.options
            )
