"""Mangled notebooks: whatever a file holds, it is read, laid into the instructor's notebook and scored.

GRADER_FUZZ=2000 looks at so many of each kind, in place of 100.
"""

from __future__ import annotations

import json
import math
import os
from copy import deepcopy
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.grade.lab import grade_id, is_solution, is_test, nbgrader_of
from grader.grade.outcome import Outcome, Submission
from grader.grade.parse import MAX_SOURCE, Parsed, parse
from grader.grade.reassemble import reassemble
from grader.grade.run import not_run
from grader.grade.score import score
from grader.report.feedback import page, render
from grader.verdict import MIME
from tests.attacking import active
from tests.submissions import tiny_lab as tiny
from tests.submissions.graded import judged

LAB = tiny.lab()
OFFICIAL = deepcopy(LAB.official)
ANSWERED = json.loads(tiny.as_bytes(tiny.answered(reflection="I learned a lot.")))
HONEST = json.dumps(ANSWERED).encode()

fuzzed = settings(
    max_examples=int(os.environ.get("GRADER_FUZZ", "100")),
    deadline=None,
    derandomize="GRADER_FUZZ" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)

# ---- odd data

WORDS = sorted(
    {cell["id"] for cell in ANSWERED["cells"]}
    | {cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", "test_double") for cell in ANSWERED["cells"]}
    | {"code", "markdown", "raw", "heading", "python3", "ir", "task", "\ud800", "\0", "\u202e", "é" * 300, "a:b", ""}
)
KEYS = [
    *("cells", "worksheets", "metadata", "nbformat", "nbformat_minor", "kernelspec", "name", "display_name"),
    *("cell_type", "source", "input", "id", "outputs", "execution_count", "attachments", "tags", "language"),
    *("nbgrader", "grade_id", "grade", "solution", "locked", "points", "schema_version", "checksum", "task"),
]

atoms = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(st.characters(), max_size=20),
    st.sampled_from(WORDS),
)
odd_json = st.recursive(
    atoms,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(), inner, max_size=4),
    max_leaves=6,
)
cells = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw", "heading"]) | odd_json,
        "id": st.sampled_from(WORDS) | odd_json,
        "source": st.text() | st.lists(st.text() | odd_json) | odd_json,
        "metadata": st.fixed_dictionaries(
            {},
            optional={
                "nbgrader": st.dictionaries(st.sampled_from(KEYS), st.sampled_from(WORDS) | odd_json, max_size=6)
                | odd_json,
                "tags": odd_json,
            },
        )
        | odd_json,
        "outputs": odd_json,
    },
)


def places(data: Any, here: tuple = ()) -> list[tuple]:
    """Every place in a piece of JSON, as the keys that lead there."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [here, *(place for key, value in items for place in places(value, (*here, key)))]


def at(data: Any, place: tuple) -> Any:
    for key in place:
        data = data[key]
    return data


@st.composite
def mangled(draw: st.DrawFn) -> Any:
    """The honest notebook after one to six changes, each anywhere in it."""
    data = deepcopy(ANSWERED)
    for _ in range(draw(st.integers(1, 6))):
        everywhere = [place for place in places(data) if place]
        if not everywhere:
            return data
        place = draw(st.sampled_from(everywhere))
        parent, key = at(data, place[:-1]), place[-1]
        what = draw(st.sampled_from(["replace", "delete", "double", "swap", "wrap", "insert", "shuffle"]))
        if what == "replace":
            parent[key] = draw(odd_json)
        elif what == "delete":
            del parent[key]
        elif what == "wrap":
            for _ in range(draw(st.sampled_from([1, 3, 60]))):
                parent[key] = [parent[key]]
        elif what == "swap":
            other = draw(st.sampled_from(everywhere))
            parent[key] = deepcopy(at(data, other)) if len(json.dumps(at(data, other))) < 20_000 else None
        elif isinstance(parent, list):
            if what == "double":
                parent.insert(draw(st.integers(0, len(parent))), deepcopy(parent[key]))
            elif what == "insert":
                parent.insert(key, draw(cells | odd_json))
            else:
                parent[:] = draw(st.permutations(parent))
        elif isinstance(parent, dict):
            parent[draw(st.sampled_from(KEYS))] = draw(odd_json)
    return data


def as_json(data: Any) -> bytes:
    """As a careless program writes it: lone surrogates escaped, NaN and Infinity as words."""
    return json.dumps(data).encode()


# ---- what always holds


def survives(content: bytes) -> None:
    """Read, laid in and scored, without an exception, and with the instructor's in the instructor's hands."""
    parsed = parse(content)
    result = reassemble(LAB, parsed)
    assert LAB.official == OFFICIAL
    nbformat.validate(result.notebook)
    nbformat.writes(result.notebook).encode("utf-8")
    json.dumps(result.notes, ensure_ascii=False).encode("utf-8")
    assert result == reassemble(LAB, parse(content))
    assert_official(result.notebook)
    assert_own(result.notebook, parsed)
    nothing = score(LAB, not_run(result.notebook))
    assert sum(task.points for task in nothing) == 0
    everything = score(LAB, judged(result.notebook))  # as if every test had been run and been silent
    assert sum(task.points for task in everything) <= 5
    assert_kept(everything, result.notes)


def assert_official(notebook: nbformat.NotebookNode) -> None:
    """Every graded cell is there once, with the instructor's metadata, type, id; every test as written."""
    theirs = [cell for cell in notebook.cells if nbgrader_of(cell)]
    known = {grade_id(cell): cell for cell in theirs}
    ours = {grade_id(cell): cell for cell in OFFICIAL.cells if nbgrader_of(cell)}
    assert len(theirs) == len(known) and set(known) == set(ours)
    for name, cell in ours.items():
        found = known[name]
        assert (found.metadata, found.cell_type, found.id) == (cell.metadata, cell.cell_type, cell.id)
        if is_test(cell):
            assert found.source == cell.source
    assert notebook.metadata == OFFICIAL.metadata
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


def assert_own(notebook: nbformat.NotebookNode, parsed: Parsed) -> None:
    """Of the student's come sources alone, and no more cells than were handed in."""
    own = [cell for cell in notebook.cells if not nbgrader_of(cell) and cell.id != "setup"]
    for cell in own:
        if cell.id.startswith("own-"):
            assert cell.metadata == {} and not cell.get("outputs") and not cell.get("attachments")
    assert all(len(cell.source) <= MAX_SOURCE for cell in notebook.cells)
    if not parsed.problem:
        assert len(own) <= len(parsed.cells)
    for cell in notebook.cells:
        assert not cell.get("outputs")


def assert_kept(tasks: tuple, notes: tuple[str, ...]) -> None:
    """Points are between nothing and the maximum, and the outcome can be written and read back."""
    for task in tasks:
        assert math.isfinite(task.points) and 0 <= task.points <= task.max
        assert all(0 <= part.points <= part.max for part in task.parts)
    assert {task.id: task.max for task in tasks} == {"double": 2, "area": 2, "seeded": 1, "reflection": 3}
    outcome = Outcome(student="x", lesson="y", status=Submission.GRADED, score=0, max_score=8, tasks=tasks, notes=notes)
    assert Outcome.model_validate_json(outcome.model_dump_json()) == outcome


# ---- what once got through


@pytest.mark.parametrize("name", ["\ud800", "\0", "x" * 1_000_000, "\x1b[2J\udfff"])
def test_names_that_no_file_can_hold(name):
    data = deepcopy(ANSWERED)
    data["cells"].append({"cell_type": "code", "source": "1", "metadata": {"nbgrader": {"grade_id": name}}})
    data["metadata"]["kernelspec"] = {"name": name}
    survives(as_json(data))
    assert all(len(note) < 400 for note in reassemble(LAB, parse(as_json(data))).notes)


@pytest.mark.parametrize("odd", ["\ud800", "\0", ["\udfff"], {"\ud800": 1}, float("nan"), 10**400])
def test_texts_that_no_file_can_hold(odd):
    notebook = reassemble(LAB, parse(HONEST)).notebook
    seen = {"about": odd, "seen": odd, "figure": {"nodes": [odd], "x": odd}}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            verdict = {MIME: {"title": odd, "status": odd, "observations": [seen, odd]}}
            cell.outputs = [output("display_data", data=verdict)]
            cell.outputs.append(output("error", ename=str(odd), evalue=str(odd), traceback=[str(odd), odd]))
    assert_kept(score(LAB, judged(notebook)), ())


# ---- the kinds of file


def test_an_honest_file_keeps_its_answers():
    survives(HONEST)
    sources = {cell.id: cell.source for cell in reassemble(LAB, parse(HONEST)).notebook.cells if is_solution(cell)}
    assert sources == {**tiny.RIGHT, "reflection": "I learned a lot."}


@fuzzed
@given(mangled())
def test_changes_anywhere_in_the_structure(data):
    survives(as_json(data))


@fuzzed
@given(st.lists(cells | odd_json, max_size=12), odd_json)
def test_cells_of_any_kind(made_up, metadata):
    survives(as_json({"cells": made_up, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}))


@fuzzed
@given(odd_json, st.sampled_from(["", "cells", "worksheets", "metadata"]))
def test_json_of_any_kind(data, key):
    survives(as_json({key: data} if key else data))


@fuzzed
@given(st.data())
def test_old_formats_with_anything_in_them(data):
    old = json.loads(json.dumps(nbformat.convert(nbformat.from_dict(deepcopy(ANSWERED)), 3)))
    place = data.draw(st.sampled_from([place for place in places(old) if place]))
    at(old, place[:-1])[place[-1]] = data.draw(odd_json)
    survives(as_json(old))


@fuzzed
@given(st.data())
def test_damaged_bytes(data):
    content = bytearray(HONEST)
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, max(len(content) - 1, 0)))
        length = data.draw(st.sampled_from([0, 1, 2, 100]))
        content[start : start + length] = data.draw(st.binary(max_size=8))
    survives(bytes(content[: data.draw(st.sampled_from([len(content), len(content) // 2, len(content) - 1]))]))


@fuzzed
@given(st.binary(max_size=200), st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b'{"cells": ', b"<<<<<<< HEAD\n"]))
def test_any_bytes(content, head):
    survives(head + content)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-7"]
)
def test_encodings(encoding):
    text = json.dumps({**ANSWERED, "note": "é ü"}, ensure_ascii=False)
    survives(text.encode(encoding))


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\u2028"])
def test_line_endings(newline):
    survives(json.dumps(ANSWERED, indent=1).replace("\n", newline).encode())


@pytest.mark.parametrize("depth", [50, 900, 1_100, 100_000])
@pytest.mark.parametrize("place", ["metadata", "source", "outputs", "cell", "notebook"])
def test_nesting(depth, place):
    nested = "[" * depth + "]" * depth
    text = json.dumps({**ANSWERED, "cells": [*ANSWERED["cells"], "HERE"]})
    cell = {
        "metadata": '{"cell_type": "code", "source": "1", "metadata": {"nbgrader": NESTED}}',
        "source": '{"cell_type": "code", "source": NESTED, "metadata": {}}',
        "outputs": '{"cell_type": "code", "source": "1", "metadata": {}, "outputs": NESTED}',
        "cell": "NESTED",
        "notebook": 'null], "more": [NESTED',
    }[place]
    survives(text.replace('"HERE"', cell.replace("NESTED", nested)).encode())


def test_the_same_key_twice():
    survives(HONEST[:-1] + b', "cells": [], "cells": ' + json.dumps(ANSWERED["cells"]).encode() + b"}")


# ---- outputs, as a student's kernel may send them

text = st.text(st.characters(), max_size=30)
bundles = st.dictionaries(st.sampled_from([MIME, "text/plain", "text/html", "image/png"]) | text, odd_json, max_size=3)
observations = st.fixed_dictionaries(
    {}, optional={key: odd_json for key in ("about", "ok", "seen", "expected", "why", "next", "figure", "measured")}
)
verdicts = st.fixed_dictionaries(
    {}, optional={"title": odd_json, "status": odd_json, "observations": st.lists(observations | odd_json) | odd_json}
)
enames = st.sampled_from(["Wrong", "Crashed", "NotAttempted", "GraderFault", "KeyboardInterrupt", "KernelDied"]) | text


def output(kind: str, **fields: Any) -> Any:
    return nbformat.from_dict({"output_type": kind, "metadata": {}, **fields})


outputs = st.one_of(
    st.builds(lambda name, t: output("stream", name=name, text=t), st.sampled_from(["stdout", "stderr"]), text),
    st.builds(lambda data: output("display_data", data=data), bundles),
    st.builds(lambda data: output("display_data", data={MIME: data}), verdicts),
    st.builds(lambda data: output("execute_result", data=data, execution_count=1), bundles),
    st.builds(lambda e, t: output("error", ename=e, evalue=t, traceback=[t]), enames, text),
)


@fuzzed
@given(st.dictionaries(st.sampled_from(["double", "test_double", "test_area"]), st.lists(outputs, max_size=3)))
def test_outputs_of_any_kind_are_scored(made_up):
    notebook = reassemble(LAB, parse(HONEST)).notebook
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = made_up.get(grade_id(cell), [])
    assert_kept(score(LAB, judged(notebook)), ())


MARKUP = "<script>x</script><img src=//x onerror=x><a href='javascript:x'>x</a><iframe src=//x></iframe>"
showing = st.one_of(
    outputs,
    st.builds(lambda t: output("display_data", data={"text/html": MARKUP + t, "text/markdown": t + MARKUP}), text),
    st.builds(lambda t: output("stream", name="stdout", text=t + MARKUP), text),
)


@fuzzed
@given(st.dictionaries(st.sampled_from(["double", "test_double"]), st.lists(showing, max_size=3)), mangled())
def test_whatever_was_put_out_is_shown(made_up, data):
    """A page can be made of it, in which nothing acts."""
    notebook = reassemble(LAB, parse(as_json(data))).notebook
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = made_up.get(grade_id(cell), [])
    tasks = score(LAB, judged(notebook))
    outcome = Outcome(student="x", lesson="y", status=Submission.GRADED, score=0, max_score=8, tasks=tasks)
    shown = render(page(LAB, outcome, None, notebook))
    shown.encode("utf-8")
    assert not active(shown)
    assert "hidden_marker" not in shown
