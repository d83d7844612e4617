"""A training run's events, sent to a callback, and what was seen of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.check.core.register import export
from grader.check.remote.callback_runs import Logs, driven


@dataclass(frozen=True)
class Drive:
    """What happened while a callback was driven.

    `epochs` is how many were begun, `stopped` the (epoch, batch) after which it asked to stop (batch -1: at the end of
    the epoch), None where it never did. `weights` is the epoch whose weights the model holds in the end. `rates` are
    the learning rates, one list of those at the batches for each epoch, and `rate` is the one in the end. `files` are
    the files in the folder that was named, with the epoch whose weights each holds (None for one that holds none).
    `events` are what was written for TensorBoard, by tag, and `steps` the steps it was written for. `held` is what the
    callback holds in the end under the names that were asked for.
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
    """Lead a callback, or what a function of the student's makes of `arguments`, through the events of a training.

    `epochs` are the logs at the end of each epoch, `batches` those of each batch in it (by default two, which repeat
    the epoch's loss). The model is real but tiny, and its weights say which epoch they are of; they are set at each
    batch. Training ends where the callback asks for it, as `fit` would end. `interrupted` leaves out the end of
    training, as a crash or an interrupt of the kernel does. `attributes` are names to look up in the callback then.
    """
    if batches is None:
        batches = [[None if log is None else {k: v for k, v in log.items() if k == "loss"}] * 2 for log in epochs]
    lists = list(epochs), [list(b) for b in batches]
    how = {"interrupted": interrupted, "attributes": list(attributes)}
    seen = driven(callback, *lists, float(learning_rate), folder, list(arguments), **how)
    stopped = seen.pop("stopped")
    return Drive(stopped=None if stopped is None else tuple(stopped), **seen)
