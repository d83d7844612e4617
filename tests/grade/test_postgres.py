"""PostgreSQL as the gradebook: a real server, started here."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
from rich.console import Console

from grader.errors import UserError
from grader.grade import batch
from grader.grade.command import Options, grade_lab
from grader.grade.gradebook import Course
from grader.grade.run import RunLimits
from grader.sandbox.backends import Unconfined
from tests.submissions import pretended
from tests.submissions import tiny_lab as tiny
from tests.submissions.graded import grade_class, grade_one, grades, register

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [
    Path(found) for found in [shutil.which("initdb")] if found
]


def as_user(user):
    """How to run PostgreSQL, which refuses to be run by root."""
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


@pytest.fixture(scope="module")
def server():
    """The URL of a server with an empty database."""
    pytest.importorskip("psycopg", reason="psycopg, PostgreSQL's driver, is not installed")
    if not PROGRAMS:
        pytest.skip("no PostgreSQL server is installed: apt-get install postgresql")
    programs = PROGRAMS[-1].parent
    user = None
    if os.geteuid() == 0:
        names = [entry for entry in pwd.getpwall() if entry.pw_name in ("postgres", "nobody")]
        if not names:
            pytest.skip("PostgreSQL can't be run by root, and there is no user postgres or nobody")
        user = max(names, key=lambda entry: entry.pw_name == "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    data, options = folder / "data", f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"

    def call(program, *arguments):
        run = subprocess.run(
            [programs / program, "-D", data, *arguments], cwd=folder, text=True, capture_output=True, **as_user(user)
        )
        assert run.returncode == 0, run.stdout + run.stderr

    try:
        call("initdb", "-U", "grader", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        call("pg_ctl", "-w", "-l", folder / "log.txt", "-o", options, "start")
        yield f"postgresql+psycopg://grader@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], cwd=folder, **as_user(user))
        shutil.rmtree(folder, ignore_errors=True)


def test_a_class_is_graded_into_postgresql(server, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "Settings", lambda **more: replace_run(**more))
    monkeypatch.setattr("grader.sandbox.choose", lambda **_: Unconfined())
    on_postgres, on_sqlite = Course.open(tmp_path / "a", server), Course.open(tmp_path / "b")
    with (tmp_path / "log.txt").open("w") as log:
        console = Console(file=log, width=120)
        for course in (on_postgres, on_sqlite):
            pretended.hand_in(course, 20)
            code = grade_lab(tiny.lab(), None, course.root, course.db_url, None, 7, None, console, Options(workers=2))
            assert code == 0
        assert not (on_postgres.root / "gradebook.db").exists()
        rows = pretended.rows(server)
        assert rows == pretended.rows(on_sqlite.db_url.split("?")[0])
        assert len(rows["notebooks"]) == 20
        again = grade_lab(tiny.lab(), None, on_postgres.root, server, None, None, None, console, Options(workers=2))
    assert again == 0
    assert "20 kept: submission and lesson are unchanged.\n" in (tmp_path / "log.txt").read_text()
    assert pretended.rows(server) == rows
    assert grades(on_postgres, tiny.NAME, "s0000").max_score == 8


def replace_run(**more):
    return REAL(run=pretended.run, **more)


REAL = batch.Settings


def test_a_manual_grade_lives_through_a_regrade(server, tmp_path):
    course = Course.open(tmp_path / "course", server)
    pretended.hand_in(course, 1)
    settings = REAL(RunLimits(), seed=7, run=pretended.run)
    list(grade_class(course, tiny.lab(), ["s0000"], settings))
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade("reflection", tiny.NAME, tiny.NAME, "s0000")
        grade.manual_score, grade.needs_manual_grade = 3, False
        gradebook.db.commit()
    grade_one(course, tiny.lab(), "s0000", settings)
    cell = grades(course, tiny.NAME, "s0000").cells["reflection"]
    assert (cell.score, cell.manual, cell.waits) == (3, True, False)


def test_a_server_that_is_not_there_is_said(server, tmp_path):
    course = Course.open(tmp_path, "postgresql+psycopg://grader@127.0.0.1:9/postgres")
    with pytest.raises(UserError, match="can't be opened") as error:
        register(course, tiny.lab())
    assert "server is running" in error.value.cure


def test_a_driver_that_is_not_there_is_said(tmp_path):
    course = Course.open(tmp_path, "postgresql+pg8000://grader@127.0.0.1:9/postgres")
    with pytest.raises(UserError, match="driver is missing") as error:
        register(course, tiny.lab())
    assert "pip install" in error.value.cure
