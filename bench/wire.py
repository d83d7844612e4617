"""How long does a question of the judge take, there and back? Plain data to an echo in another process."""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import socket
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

if not __package__:  # run as a file: the repository's root isn't on the path
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from grader.judge.wire import Closed, Stream

QUESTIONS = {
    "a small call": {"verb": "outputs", "args": (np.ones((4, 3), "float32"), False)},
    "10 MB": np.ones(10 << 17),
}


def echo(theirs: socket.socket) -> None:
    stream = Stream(theirs)
    with contextlib.suppress(Closed, OSError):
        while True:
            stream.send(stream.receive())


def measure(value: Any, rounds: int) -> list[float]:
    """Seconds from sending a value until it has come back, for each round."""
    ours, theirs = socket.socketpair()
    other = multiprocessing.get_context("fork").Process(target=echo, args=(theirs,), daemon=True)
    other.start()
    theirs.close()
    taken = []
    with ours:
        stream = Stream(ours)
        for _ in range(rounds):
            begun = time.perf_counter()
            stream.send(value)
            stream.receive()
            taken.append(time.perf_counter() - begun)
        ours.shutdown(socket.SHUT_RDWR)
    other.join()
    return taken


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50)
    options = parser.parse_args(arguments)
    table = Table(title="There and back, in milliseconds", title_justify="left")
    for column in ("what", "median", "fastest", "slowest"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for name, value in QUESTIONS.items():
        taken = measure(value, options.rounds)
        figures = (statistics.median(taken), min(taken), max(taken))
        table.add_row(name, *(f"{1000 * seconds:.2f}" for seconds in figures))
    Console(highlight=False, soft_wrap=True).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
