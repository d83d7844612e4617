"""How soon is a kernel ready with Keras imported? Ordinary kernels and warm ones, by turns, in the same run."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from rich.console import Console
from rich.table import Table

NORMAL, WARM = "normal", "warm"
PROVISIONERS = {NORMAL: "local-provisioner", WARM: "course-provisioner"}
SETTINGS = {"TF_CPP_MIN_LOG_LEVEL": "2", "TF_ENABLE_ONEDNN_OPTS": "0"}  # what the course sets, for both alike
SECONDS = 180
IMPORT = "import keras"
FIT = """
import hashlib, keras, numpy as np
keras.utils.set_random_seed(7)
x = np.random.normal(size=(256, 12)).astype("float32")
y = (x @ np.random.normal(size=(12, 3))).argmax(1)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dropout(0.3), keras.layers.Dense(3)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
history = model.fit(x, y, batch_size=32, epochs=3, verbose=0).history
digest = hashlib.sha256(repr(history).encode())
for weights in model.get_weights():
    digest.update(weights.tobytes())
digest.update((np.random.normal(size=(300, 300)) @ np.random.normal(size=(300, 300))).tobytes())
print(digest.hexdigest())
"""


@dataclass(frozen=True)
class Run:
    """One kernel: seconds until Keras was imported, its memory then (MB), and what the seeded fit came to."""

    kind: str
    seconds: float
    share: float
    """Its proportional share: pages that processes share are divided among them."""
    own: float
    """Pages that it shares with nobody."""
    fit: str = ""


class Kinds(KernelSpecManager):
    """Knows the two kinds by their names."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        provisioner = {"provisioner_name": PROVISIONERS[kernel_name]}
        return KernelSpec(argv=argv, language="python", metadata={"kernel_provisioner": provisioner})


@contextmanager
def kernel(kind: str) -> Iterator[tuple[KernelManager, Any]]:
    """A kernel as it is started, not yet ready, and a client whose messages wait for it."""
    manager = KernelManager(kernel_name=kind, kernel_spec_manager=Kinds())
    manager.start_kernel(env={**os.environ, **SETTINGS}, stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    try:
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def measure(kind: str, fit: bool = False) -> Run:
    """Start a kernel, import Keras in it, and with `fit` train a small model."""
    begin = time.perf_counter()
    with kernel(kind) as (manager, client):
        _run(client, IMPORT)
        seconds = time.perf_counter() - begin
        forked = type(manager.provisioner.process).__module__.startswith("grader.kernel")
        if forked != (kind == WARM):
            raise SystemExit("no warm kernel can be had here; `python -m grader.kernel` says why")
        share, own = memory(manager.provisioner.pid)
        return Run(kind, seconds, share, own, _run(client, FIT) if fit else "")


def _run(client: Any, code: str) -> str:
    """What it prints. Only the reply on the shell's channel is waited for, so a kernel's start isn't polled for."""
    wrapped = f"import io, contextlib\nwith contextlib.redirect_stdout(io.StringIO()) as _out:\n    exec({code!r})"
    reply = client.execute(wrapped, reply=True, timeout=SECONDS, user_expressions={"out": "_out.getvalue().strip()"})
    if reply["content"]["status"] != "ok":
        raise RuntimeError(f"{reply['content'].get('ename')}: {reply['content'].get('evalue')}")
    return reply["content"]["user_expressions"]["out"]["data"]["text/plain"].strip("'")


def memory(pid: int) -> tuple[float, float]:
    """Proportional and private memory of a process, in MB."""
    found = psutil.Process(pid).memory_full_info()
    return found.pss / 2**20, found.uss / 2**20


def compare(rounds: int) -> tuple[Run, list[Run]]:
    """The first warm kernel, which waits for its warm process to import; and the others, by turns."""
    with tempfile.TemporaryDirectory(prefix="grader-", dir="/tmp") as folder:
        os.environ["GRADER_KERNEL_DIR"] = f"{folder}/w"  # when it is gone, so is the warm process
        first = measure(WARM)
        runs = [measure(kind, fit=number == 0) for number in range(rounds) for kind in (NORMAL, WARM)]
    return first, runs


def median(runs: Sequence[Run], kind: str, field: str = "seconds") -> float:
    return statistics.median(getattr(run, field) for run in runs if run.kind == kind)


def ratio(runs: Sequence[Run]) -> float:
    """How many times sooner a warm kernel has Keras."""
    return median(runs, NORMAL) / median(runs, WARM)


def identical(runs: Sequence[Run]) -> bool:
    """Whether the seeded fit came to the same bits in both kinds."""
    return len({run.fit for run in runs if run.fit}) == 1


def table(runs: Sequence[Run]) -> Table:
    result = Table(title=f"Until `{IMPORT}` has run in a new kernel", title_justify="left")
    for name in ("kernel", "median", "fastest", "slowest", "memory (PSS)", "its own"):
        result.add_column(name, justify="left" if name == "kernel" else "right")
    for kind in (NORMAL, WARM):
        seconds = [run.seconds for run in runs if run.kind == kind]
        times = [f"{value:.2f} s" for value in (statistics.median(seconds), min(seconds), max(seconds))]
        sizes = [f"{median(runs, kind, field):.0f} MB" for field in ("share", "own")]
        result.add_row(kind, *times, *sizes)
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="kernels of each kind")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was found there")
    options = parser.parse_args(arguments)
    first, runs = compare(options.rounds)
    console = Console(highlight=False, soft_wrap=True)
    console.print(table(runs))
    console.print(f"A warm kernel has Keras {ratio(runs):.1f} times sooner than a normal one.")
    console.print(f"The first, which waits for the warm process to import: {first.seconds:.1f} s.")
    console.print(f"A seeded fit comes to {'the same bits' if identical(runs) else 'DIFFERENT bits'} in both.")
    if options.json:
        found = {"first": asdict(first), "ratio": ratio(runs), "runs": [asdict(run) for run in runs]}
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0 if identical(runs) else 1


if __name__ == "__main__":
    sys.exit(main())
