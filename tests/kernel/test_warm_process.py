"""The warm process: what its forks get, which ones it serves, and when it ends."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyter_client import KernelManager

from grader.kernel import client, compatibility, preload
from tests.kernel.helpers import (
    LOOK,
    ROOT,
    Talk,
    cold,
    eventually,
    linux,
    look,
    runs,
    started,
    warm_to_look,
)

pytestmark = linux


def test_a_fork_gets_what_it_is_given(tmp_path):
    with open(tmp_path / "out", "w+") as out:
        found = look(
            arguments={"code": 3, "a": [1, None, "é"]},
            environment={**os.environ, "MINE": "1"},
            folder=tmp_path,
            streams=(out, subprocess.DEVNULL),
        )
    assert found["code"] == 3
    assert found["arguments"] == {"code": 3, "a": [1, None, "é"]}
    assert found["folder"] == str(tmp_path)
    assert found["environment"]["MINE"] == "1"
    assert {"keras", "tensorflow", "sklearn.model_selection", "grader.check", "course"} <= set(found["modules"])
    assert len(found["files"]) <= 5, "the three streams, the one passed, the one that lists them"


def test_it_holds_no_secret():
    secret = "kept-" + os.urandom(8).hex()
    environment = {**os.environ, "DATABASE_PASSWORD": secret, "GRADEBOOK": secret}
    server = look(environment=environment)["parent"]
    assert look(environment={**os.environ, "DATABASE_PASSWORD": "another"})["parent"] == server
    assert secret not in Path(f"/proc/{server}/environ").read_text()
    assert not _holds(server, secret.encode())
    assert _holds(server, b"keras"), "this would find it"


def _holds(pid, word):
    """Whether a process has this anywhere in the memory that Python's objects lie in."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            place, rights, *_, name = line.split()
            first, last = (int(number, 16) for number in place.split("-"))
            if rights.startswith("rw") and name in ("[heap]", "0") and last - first <= 256 << 20:
                memory.seek(first)
                if word in memory.read(last - first):
                    return True
    return False


def test_no_body_but_those_on_the_list():
    with pytest.raises(ValueError, match="not a body"):
        client.start("os:system", "true")
    assert all(name.startswith("grader.") for name in client.BODIES)


def test_a_body_on_the_list_of_another_warm_process():
    """The list is fixed when a warm process starts: no request adds to it."""
    assert look()["code"] == 0
    with pytest.raises(ValueError, match="not a body"):
        client.start(LOOK, {}, environment={**os.environ, **ROOT})


def test_what_matters_is_part_of_its_name():
    base = compatibility.variables({"HOME": "/h", "EDITOR": "vi", "PASSWORD": "x", "TF_X": "1"})
    assert base == {"HOME": "/h", "TF_X": "1", **preload.SETTINGS}
    keys = {
        compatibility.key(base, ["a"]),
        compatibility.key(base, ["b"]),
        compatibility.key({**base, "PYTHONHASHSEED": "0"}, ["a"]),
        compatibility.key({**base, "TF_X": "2"}, ["a"]),
    }
    assert len(keys) == 4
    assert compatibility.variables({"A": "1", "KERAS_HOME": "/own/.keras", "LANG": "C"}, "/own") == {
        "LANG": "C",
        **preload.SETTINGS,
    }


def test_another_environment_has_another_warm_process(anew):
    plain, again = look()["parent"], look()["parent"]
    other = look(environment={**os.environ, "PYTHONHASHSEED": "0"})["parent"]
    assert plain == again != other


def test_what_a_fork_can_change_needs_no_other(anew, monkeypatch):
    """JupyterLab raises its limit of open files, and is run by another name of the same Python."""
    found = look()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    name = str(Path(sys.executable).with_name("python3"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 1, hard))
    monkeypatch.setattr(sys, "executable", name)
    try:
        other = look()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert other["parent"] == found["parent"]
    assert other["open_files"] == soft - 1
    assert other["executable"] == name


def test_an_edited_course_has_another_warm_process(monkeypatch, tmp_path):
    edited = tmp_path / "tools" / "edited.py"
    edited.parent.mkdir()
    edited.touch()
    spec = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(compatibility, "find_spec", lambda name: spec)
    before = compatibility.key({}, ["grader.tools"]), compatibility.key({}, ["grader.other"])
    os.utime(edited, (1, 1))
    assert compatibility.key({}, ["grader.tools"]) != before[0]
    assert compatibility.key({}, ["grader.other"]) == before[1]


def test_one_that_isnt_needed_ends(anew, monkeypatch):
    monkeypatch.setenv("GRADER_KERNEL_IDLE", "0.5")
    server = look()["parent"]
    assert eventually(lambda: not runs(server))
    assert not list(anew.glob("*.sock"))
    assert look()["parent"] != server


def test_one_whose_folder_is_gone_ends(anew, monkeypatch):
    monkeypatch.setenv("GRADER_KERNEL_IDLE", "2")
    server = look()["parent"]
    next(anew.glob("*.sock")).unlink()
    assert eventually(lambda: not runs(server))


def test_many_at_once_start_one(anew):
    with ThreadPoolExecutor(6) as pool:
        servers = {found["parent"] for found in pool.map(lambda _: look(), range(6))}
    assert len(servers) == 1


def test_a_socket_and_a_lock_that_were_left_behind(anew):
    path = warm_to_look().path
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as dead:
        dead.bind(path)
    Path(path).with_suffix(".lock").touch()
    assert look()["code"] == 0


def test_a_request_that_was_given_up_starts_nothing(anew):
    server = look()["parent"]
    warm = warm_to_look()
    os.kill(server, signal.SIGSTOP)
    for said in (b"", b"not JSON", json.dumps({"body": "grader.kernel.app:main", "arguments": {}}).encode()):
        connection = warm.connect()
        if said:
            connection.send(said)
        connection.close()
    os.kill(server, signal.SIGCONT)
    assert look()["parent"] == server
    assert eventually(lambda: not Path(f"/proc/{server}/task/{server}/children").read_text())


def test_nonsense_harms_nobody(anew):
    server = look()["parent"]
    connection = warm_to_look().connect()
    connection.send(b"[1, 2]")
    assert json.loads(connection.recv(1 << 16))
    assert look()["parent"] == server


def test_twenty_at_once(anew):
    managers = [KernelManager(kernel_name="python3") for _ in range(20)]
    try:
        for manager in managers:
            manager.start_kernel(stderr=subprocess.DEVNULL)
        talks = [Talk(manager) for manager in managers]
        assert {talk.run("print(6 * 7)") for talk in talks} == {"42"}
        assert len({talk.run("import os; print(os.getpid(), os.getppid())") for talk in talks}) == 20
        assert not any(map(cold, managers))
    finally:
        for manager in managers:
            manager.shutdown_kernel(now=True)


def test_kernels_find_what_was_warmed_up(anew):
    subprocess.run([sys.executable, "-m", "grader.kernel"], check=True, timeout=30)
    assert len(list(anew.glob("*.sock"))) == 1
    with started() as talk:
        assert not cold(talk.manager)
    assert len(list(anew.glob("*.sock"))) == 1
