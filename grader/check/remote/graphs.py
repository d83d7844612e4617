"""Remote call for a model's graph of layers, where one can be read."""

from __future__ import annotations

from typing import Any

from course.see import graph as graphs
from grader.check.core.remote_calls import remote_call


@remote_call
def graph_of(model: Any, shapes: Any = None) -> dict[str, Any]:
    """The model's graph as data, and the structure in which it takes its inputs, with their numbers in the places.

    `{"graph": …, "takes": …}`, or `{"reason": …, "takes": …}` for a model that shows none. `shapes` as for `graphs.of`.
    """
    try:
        found: dict[str, Any] = {"graph": graphs.of(model, shapes).to_json()}
    except graphs.NoGraph as reason:
        found = {"reason": str(reason)}
    except Exception as error:  # a fault of ours in reading it is no fault of the model's: its outputs decide then
        found = {"reason": f"it could not be read ({type(error).__name__})"}
    return found | {"takes": _takes(model, shapes)}


def _takes(model: Any, shapes: Any) -> Any:
    try:
        return graphs.arranged(model, shapes)
    except Exception:  # it takes what nobody knows
        return 0
