"""Replays the executed solutions through nbval and compares what they show now with what is committed.

nbval executes every code cell and compares, for each kind of output, the list of all outputs of that kind: text of
stdout and stderr, text/plain, text/html, image/svg+xml, verdicts (application/vnd.keras-course.verdict+json), name
and message of an error. It does not compare PNG and JPEG images, widgets, execution counts and output metadata:
pixels depend on how a machine draws fonts, and the figure's text/plain says that it is there.

As a pytest plugin (`-p grader.validate`) this module makes nbval see a new output as the builder would commit it,
and lets decimal numbers differ by a relative tolerance, inside texts and verdicts alike: a regular expression that
cuts digits off cannot do that, since 0.4999 and 0.5001 have no digit in common. Whole numbers, words and the order
of all of them must agree. What differs between machines for other reasons is in course/nbval_sanitize.cfg.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader import fingerprint, paths
from grader.compat.nbval import compare_prepared
from grader.errors import UserError
from grader.fingerprint import Fingerprint

if TYPE_CHECKING:
    from rich.console import Console

CELL_TIMEOUT = 600  # seconds; generous, as this is no test of speed
TOLERANCE = 0.001
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_NOISE = 1e-6  # below this, two numbers are both nothing


@dataclass(frozen=True)
class Replay:
    """How a replay went."""

    notebooks: int
    cells: int
    failed: int

    @property
    def ok(self) -> bool:
        return self.failed == 0 and (self.cells > 0 or self.notebooks == 0)

    @property
    def summary(self) -> str:
        if not self.notebooks:
            return "No solution had to be replayed."
        solutions = f"{self.notebooks} solution" + ("s" if self.notebooks != 1 else "")
        if self.ok:
            return f"{solutions} replayed: all {self.cells} cells show what is committed."
        return (
            f"{solutions} replayed: {self.failed} of {self.cells} cells do not show what is committed.\n"
            "What to do: read the differences above. If the change is meant, run `grader build --force` and "
            "commit; if the output can differ between runs, let the lesson print less of it."
        )


RECORD = "replayed.json"
"""The file next to a solution with its fingerprint at the time when a replay repeated its outputs."""


def due(folders: Sequence[Path], sample: float, draw: int, console: Console) -> list[Path]:
    """The lessons whose solution has changed since its replay was recorded, and of the others a random share.

    Prints which, and why. A solution without a record is always due, so a lost record costs only time.
    """
    found = []
    for folder in folders:
        notebook = paths.solution_path(folder)
        what = fingerprint.changes(_recorded(notebook), fingerprint.of_solution(notebook)) if notebook.is_file() else []
        if what:
            console.print(f"{folder.name}: changed since its replay was recorded: {', '.join(what)}", markup=False)
        elif fingerprint.drawn(folder.name, sample, draw):
            console.print(f"{folder.name}: has not changed, and is drawn by --draw {draw}", markup=False)
        if what or not notebook.is_file() or fingerprint.drawn(folder.name, sample, draw):
            found.append(folder)
    console.print(f"{len(found)} of {len(folders)} solutions to replay")
    return found


def _recorded(notebook: Path) -> Fingerprint | None:
    path = notebook.with_name(RECORD)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def record(notebook: Path, found: Fingerprint) -> Path:
    """Note that a solution with this fingerprint repeats its outputs."""
    path = notebook.with_name(RECORD)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return path


def replay(notebooks: Sequence[Path], jobs: int = 2, tolerance: float = TOLERANCE, recording: bool = False) -> Replay:
    """Replays the solutions, `jobs` at a time, printing nbval's report; with `recording`, notes those that hold.

    Raises UserError when a solution is missing, pytest itself cannot run, or a replay is to be recorded that allows
    more than the usual tolerance.
    """
    if recording and tolerance > TOLERANCE:
        raise UserError("A replay with this tolerance is not recorded.", f"Leave out --tolerance: it is {TOLERANCE}.")
    for path in notebooks:
        if not path.is_file():
            raise UserError(f"{path} does not exist.", "Make the solutions first: `grader build`.")
    # Taken before anything runs: what is edited meanwhile has not been replayed.
    before = {path: fingerprint.of_solution(path) for path in notebooks} if recording else {}
    result = _run_pytest(notebooks, jobs, tolerance) if notebooks else Replay(0, 0, 0)
    if result.ok:
        for path, found in before.items():
            record(path, found)
    return result


def _run_pytest(notebooks: Sequence[Path], jobs: int, tolerance: float) -> Replay:
    from grader.lessons.execute import kernel_environment

    with tempfile.TemporaryDirectory(prefix="replay-") as folder:
        report = Path(folder) / "report.xml"
        options = _options(min(jobs, len(notebooks)), tolerance)
        command = [sys.executable, "-m", "pytest", *options, f"--junitxml={report}"]
        # Kernels that have Keras imported already: see grader.kernel.
        environment = kernel_environment() | {"JUPYTER_DEFAULT_PROVISIONER_NAME": "course-provisioner"}
        done = subprocess.run([*command, *map(str, notebooks)], env=environment, check=False)
        if done.returncode not in (0, 1) or not report.is_file():
            raise UserError(
                f"pytest ended with code {done.returncode} before it had replayed the solutions.",
                "Read its message above.",
            )
        return _counted(len(notebooks), report)


def _options(jobs: int, tolerance: float) -> list[str]:
    return [
        "--nbval",
        "--nbval-current-env",
        f"--nbval-sanitize-with={paths.SANITIZE}",
        f"--nbval-cell-timeout={CELL_TIMEOUT}",
        f"--replay-tolerance={tolerance}",
        *("-p", "grader.validate", "-p", "no:cacheprovider"),
        *("-n", str(jobs), "--dist", "loadfile", "-q"),
    ]


def _counted(notebooks: int, report: Path) -> Replay:
    suites = ElementTree.parse(report).getroot().iter("testsuite")
    counts = [{key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors")} for suite in suites]
    failed = sum(count["failures"] + count["errors"] for count in counts)
    return Replay(notebooks, sum(count["tests"] for count in counts), failed)


# The pytest plugin


def pytest_addoption(parser: Any) -> None:
    parser.addoption(
        "--replay-tolerance",
        type=float,
        default=TOLERANCE,
        help="relative difference that nbval allows between decimal numbers",
    )


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """Lets nbval compare what the builder would have committed."""

    def prepare(new: list, committed: list) -> list:
        from grader.lessons.outputs import scrub

        return aligned(scrub(new), committed, config.getoption("--replay-tolerance"))

    compare_prepared(items, prepare)


def aligned(new: list, committed: list, tolerance: float) -> list:
    """The new outputs, with each text that differs within the tolerance replaced by the committed one."""
    if len(new) != len(committed):
        return new
    for output, reference in zip(new, committed, strict=True):
        for key in ("text", "data"):
            if key in output and key in reference:
                output[key] = _taken(output[key], reference[key], tolerance)
    return new


def _taken(new: Any, committed: Any, tolerance: float) -> Any:
    """The committed value where the new one is alike; in a bundle of MIME types, for each of them."""
    if isinstance(new, dict) and isinstance(committed, dict):
        return type(new)(
            {k: committed[k] if k in committed and alike(v, committed[k], tolerance) else v for k, v in new.items()}
        )
    return committed if alike(new, committed, tolerance) else new


def alike(new: Any, committed: Any, tolerance: float = TOLERANCE) -> bool:
    """Whether two outputs (text or JSON) agree in all but the last digits of their decimal numbers."""
    if isinstance(new, str) and isinstance(committed, str):
        ours, theirs = _NUMBER.findall(new), _NUMBER.findall(committed)
        same_words = _NUMBER.sub("#", new) == _NUMBER.sub("#", committed)
        return same_words and all(_close(a, b, tolerance) for a, b in zip(ours, theirs, strict=True))
    if isinstance(new, dict) and isinstance(committed, dict):
        return new.keys() == committed.keys() and all(alike(new[k], committed[k], tolerance) for k in new)
    if isinstance(new, list) and isinstance(committed, list):
        return len(new) == len(committed) and all(map(alike, new, committed, [tolerance] * len(new)))
    if isinstance(new, float) and isinstance(committed, float):
        return _close(repr(new), repr(committed), tolerance)
    return new == committed


def _close(new: str, committed: str, tolerance: float) -> bool:
    """Whole numbers must be equal; of a decimal one, the last of four or more printed places may be off by one."""
    if new == committed:
        return True
    if "." not in new + committed and "e" not in (new + committed).lower():
        return False
    places = len(committed.lower().partition("e")[0].partition(".")[2])
    rounding = 1.01 * 10.0**-places if places >= 4 and "e" not in committed.lower() else _NOISE
    return math.isclose(float(new), float(committed), rel_tol=tolerance, abs_tol=rounding)
