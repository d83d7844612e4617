"""Policies and runtimes: what a submission may use and read."""

from pathlib import Path

import pytest

from grader.sandbox import Policy, Runtime
from grader.sandbox.policy import MB
from grader.sandbox.runtime import HIDDEN, runtime, without


def test_a_policy_travels_as_text():
    policy = Policy(
        private=Path("/tmp/x"), readable=[Path("/data")], variables={"A": "1"}, memory=MB, runtime=Runtime(["/usr"])
    )
    assert Policy.from_json(policy.to_json()) == policy


def test_a_folder_for_sockets_has_a_short_path():
    with pytest.raises(ValueError, match="too long"):
        Policy(private="/tmp/x", sockets="/tmp/" + 100 * "x")


def test_solutions_and_hidden_tests_are_not_part_of_the_runtime():
    reads = [Path(path) for path in runtime().reads]
    assert HIDDEN[0].is_dir()
    assert not any(HIDDEN[0].is_relative_to(path) or path.is_relative_to(HIDDEN[0]) for path in reads)
    assert HIDDEN[0].parent / "data" in reads or any((HIDDEN[0].parent / "data").is_relative_to(path) for path in reads)


def test_a_folder_without_what_is_hidden_in_it(tmp_path):
    for path in ("a/secret/file", "a/open", "b/file"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    left = {str(path.relative_to(tmp_path)): whole for path, whole in without(tmp_path, [tmp_path / "a/secret"])}
    assert left == {".": False, "a": False, "a/open": True, "b": True}


def test_a_gradebook_among_the_runtime_can_be_hidden():
    lib = next(path for path in map(Path, runtime().reads) if path.is_dir())
    assert str(lib) not in runtime(next(lib.iterdir())).reads
