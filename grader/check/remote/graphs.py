"""Remote call for a model's graph of layers, if it can be read."""

from __future__ import annotations

from typing import Any

from course.see import graph as graphs
from grader.check.core.remote_calls import remote_call


@remote_call
def graph_of(model: Any, shapes: Any = None) -> dict[str, Any]:
    """The model's graph as data, and the structure of its inputs, with the number of each input in its place.

    `{"graph": …, "takes": …}`, or `{"reason": …, "takes": …}` for a model without a graph. `shapes` as for `graphs.of`.
    """
    try:
        found: dict[str, Any] = {"graph": graphs.of(model, shapes).to_json()}
    except graphs.NoGraph as reason:
        found = {"reason": str(reason)}
    except Exception as error:  # a fault of ours in reading the graph must not count against it: its outputs decide
        found = {"reason": f"it could not be read ({type(error).__name__})"}
    return found | {"takes": _takes(model, shapes)}


def _takes(model: Any, shapes: Any) -> Any:
    try:
        return graphs.arranged(model, shapes)
    except Exception:  # the structure of its inputs is unknown
        return 0
