"""Removes from a cell's outputs what differs from run to run: times, addresses, logs, widgets, redrawn lines."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nbformat import NotebookNode

WIDGET = "application/vnd.jupyter.widget-view+json"
_ELAPSED = re.compile(
    r"\d+(?::\d\d)*s?(?P<bold>(?:\x1b\[0m)?)(?P<dash>(?: -)?) \d+(?:s|ms|us)/(?P<unit>step|epoch|sample)\b"
)
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")
_INSTALLED = re.compile(r"(?:[A-Za-z]:)?[/\\][^\s:\"']*?[/\\]site-packages[/\\]")
_CELL_FILE = re.compile(r"[/\\]\S*?[/\\]ipykernel_\d+[/\\]\d+\.py")
_ERASED = re.compile(r"^.*\r(?=[^\n])", re.MULTILINE)  # text before a carriage return, which the next text overwrites
_TENSORFLOW_LOG = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWEF] "  # 2025-01-31 12:00:00.000000: I tensorflow/…
    r"|[IWEF]\d{4} \d\d:\d\d:[\d.]+ "  # I0000 00:00:1700000000.000000 …
    r"|WARNING: All log messages before absl::InitializeLog"
    r"|WARNING:(?:tensorflow|absl):"
    r"|To enable the following instructions: "
)


def scrub(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    """The outputs as they are committed and compared. The outputs passed in are not changed."""
    kept = [cleaned for output in _merged(outputs) if (cleaned := _without_noise(output))]
    return [_settled(output) for output in _merged(kept)]


def _without_noise(output: NotebookNode) -> NotebookNode | None:
    """The output without widgets and TensorFlow's log messages; None if nothing else is in it."""
    if output.output_type == "stream":
        output.text = _without_log(output.text)
        return output if output.text else None
    if WIDGET in output.get("data", {}):
        # The text/plain of a widget tells a reader nothing: its first frame is a separate output.
        output.data = NotebookNode({k: v for k, v in output.data.items() if k not in (WIDGET, "text/plain")})
        return output if output.data else None
    return output


def _without_log(text: str) -> str:
    """The text without TensorFlow's log messages, which go to stderr or, from Python in a notebook, to stdout."""
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if not _TENSORFLOW_LOG.match(line)]
    return "".join(kept) if len(kept) == len(lines) or "".join(kept).strip() else ""


def _merged(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    """Joins adjacent outputs of the same stream: where they are split differs from run to run."""
    merged: list[NotebookNode] = []
    for output in outputs:
        before = merged[-1] if merged else None
        if before and output.output_type == before.output_type == "stream" and output.name == before.name:
            before.text += output.text
        else:
            merged.append(NotebookNode(output))
    return merged


def _settled(output: NotebookNode) -> NotebookNode:
    """The output with constant times and addresses, and only the last state of lines that were redrawn."""
    if output.output_type == "stream":
        output.text = _steady(_screen(output.text))
    elif "text/plain" in output.get("data", {}):
        output.data = NotebookNode(output.data, **{"text/plain": _steady(output.data["text/plain"])})
    return output


def _screen(text: str) -> str:
    """The text that a terminal finally shows: Keras redraws its progress bar with backspaces and carriage returns."""
    text = _ERASED.sub("", text).replace("\r\n", "\n")
    while "\b" in text:
        text = re.sub(r"[^\n\x08]?\x08", "", text)
    return "\n".join(line.rstrip() for line in text.split("\n"))


def _steady(text: str) -> str:
    text = _INSTALLED.sub("site-packages/", _CELL_FILE.sub("<cell>", text))
    text = _ELAPSED.sub(r"0s\g<bold>\g<dash> 0ms/\g<unit>", text)
    return _ADDRESS.sub("at 0x0", text)
