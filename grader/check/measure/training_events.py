"""The events of a training run sent to a callback, and a record of its effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.check.core.register import export
from grader.check.remote.callback_runs import Logs, driven


@dataclass(frozen=True)
class Drive:
    """The record of a simulated training run with a callback.

    `epochs` is the number of epochs that began. `stopped` is the (epoch, batch) after which the callback requested to
    stop (batch -1: at the end of the epoch), or None. `weights` is the epoch whose weights the model has in the end.
    `rates` has the learning rates at the batches, in a list for each epoch; `rate` is the final one. `files` are the
    files in the given folder, each with the epoch whose weights it has (None for other files). `events` are the values
    written for TensorBoard, by tag, and `steps` their steps. `held` has the final values of the requested attributes.
    """

    epochs: int
    stopped: tuple[int, int] | None
    weights: float | None
    rates: list[list[float]]
    files: dict[str, float | None]
    events: dict[str, list[float]]
    steps: dict[str, list[int]] = field(default_factory=dict)
    rate: float | None = None
    held: dict[str, Any] = field(default_factory=dict)


@export
def drive(
    callback: Any,
    epochs: Logs,
    batches: Sequence[Logs] | None = None,
    learning_rate: float = 0.1,
    folder: str | None = None,
    arguments: Sequence[Any] = (),
    interrupted: bool = False,
    attributes: Sequence[str] = (),
) -> Drive:
    """Send the events of a training run to a callback, or to one that a student's function returns for `arguments`.

    `epochs` are the logs at the end of each epoch, `batches` those of its batches (by default two, with the epoch's
    loss). The model is real but tiny, and at each batch its weights are set to the number of the epoch. Training ends
    when the callback requests it, as in `fit`. `interrupted` leaves out the end of training, as in a crash or an
    interrupt of the kernel. `attributes` are the names of attributes to read from the callback afterwards.
    """
    if batches is None:
        batches = [[None if log is None else {k: v for k, v in log.items() if k == "loss"}] * 2 for log in epochs]
    lists = list(epochs), [list(b) for b in batches]
    how = {"interrupted": interrupted, "attributes": list(attributes)}
    seen = driven(callback, *lists, float(learning_rate), folder, list(arguments), **how)
    stopped = seen.pop("stopped")
    return Drive(stopped=None if stopped is None else tuple(stopped), **seen)
