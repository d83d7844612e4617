"""The doctor chooses the first sandbox that holds, and shows all of them in a table."""

import io
import json
import os
import re
from dataclasses import dataclass

import pytest
from rich.console import Console

from grader.errors import UserError
from grader.sandbox import command, doctor
from grader.sandbox.attempts import FILES
from grader.sandbox.backends import Bubblewrap, Landlock, Podman, Unconfined, base, from_data
from grader.sandbox.doctor import Examination, Finding


def examinations(monkeypatch, **held):
    """Let each backend by name hold or not, or be unavailable (None)."""
    finding = {name: None if h is None else Finding(FILES, "read a file", h) for name, h in held.items()}

    def examined(backend, thoroughly=True):
        found = finding.get(backend.name)
        return Examination(backend, {"read_file": found} if found else {}, "" if found else "not here")

    monkeypatch.setattr(doctor, "examine", examined)
    monkeypatch.setattr(command, "examine", examined)
    monkeypatch.delenv("GRADER_SANDBOX", raising=False)
    monkeypatch.delenv("GRADER_SANDBOX_IMAGE", raising=False)
    doctor.choose.cache_clear()


class TestChoice:
    def test_the_first_that_holds(self, monkeypatch):
        examinations(monkeypatch, landlock=True, bubblewrap=True)
        assert doctor.choose() == Landlock()
        examinations(monkeypatch, landlock=False, bubblewrap=True)
        assert doctor.choose() == Bubblewrap()
        examinations(monkeypatch, landlock=None, bubblewrap=None, podman=True)
        assert doctor.choose(image="course") == Podman("course")

    def test_none_holds(self, monkeypatch):
        examinations(monkeypatch, landlock=False, bubblewrap=None)
        with pytest.raises(UserError) as raised:
            doctor.choose()
        assert "Landlock + seccomp: does not hold: read a file" in raised.value.message
        assert "bubblewrap: not here" in raised.value.message
        assert "--allow-unsandboxed" in raised.value.cure

    def test_none_holds_and_none_is_wanted(self, monkeypatch):
        examinations(monkeypatch, landlock=False)
        assert doctor.choose(allow_unsandboxed=True) == Unconfined()

    def test_one_is_named(self, monkeypatch):
        examinations(monkeypatch, landlock=True, bubblewrap=True)
        monkeypatch.setenv("GRADER_SANDBOX", "bubblewrap")
        assert doctor.choose() == Bubblewrap()
        monkeypatch.setenv("GRADER_SANDBOX", "armour")
        doctor.choose.cache_clear()
        with pytest.raises(UserError, match="armour"):
            doctor.choose()

    @pytest.mark.parametrize("holds, code", [(True, 0), (False, 1)])
    def test_doctor_says_it_in_a_table(self, monkeypatch, holds, code):
        examinations(monkeypatch, landlock=holds)
        console = Console(record=True, width=120, file=io.StringIO())
        assert command.doctor("", True, console) == code
        text = console.export_text()
        assert "read a file" in text and "bubblewrap: not here" in text
        assert ("Submissions run in: Landlock + seccomp" in text) == holds
        assert ("--allow-unsandboxed" in text) != holds


class TestANewBackend:
    """All it takes is a class with the decorator."""

    @pytest.fixture(autouse=True)
    def jail(self, monkeypatch):
        monkeypatch.setattr(base, "BACKENDS", dict(base.BACKENDS))
        monkeypatch.setenv("JAIL_CELL", "9")

        @base.backend("jail", preference=1.5)
        @dataclass(frozen=True)
        class Jail(Unconfined):
            title = "a jail"
            remedy = "build a jail"
            cell: int = 0

            @classmethod
            def configured(cls, image=""):
                return cls(cell=int(os.environ["JAIL_CELL"]))

        return Jail

    def test_it_is_in_the_table(self, monkeypatch, jail):
        examinations(monkeypatch, landlock=False, jail=True)
        console = Console(record=True, width=120, file=io.StringIO())
        assert command.doctor("", True, console) == 0
        text = console.export_text()
        assert re.search(r"attempt +│ Landlock \+ seccomp │ a jail +│ bubblewrap", text.replace("┃", "│")), text
        assert "Submissions run in: a jail" in text

    def test_it_is_chosen_in_its_order(self, monkeypatch, jail):
        examinations(monkeypatch, landlock=False, jail=True, bubblewrap=True)
        assert doctor.choose() == jail(cell=9)
        examinations(monkeypatch, landlock=True, jail=True)
        assert doctor.choose() == Landlock()

    def test_it_can_be_named(self, monkeypatch, jail):
        examinations(monkeypatch, landlock=True, jail=True)
        monkeypatch.setenv("GRADER_SANDBOX", "jail")
        assert doctor.choose() == jail(cell=9)
        monkeypatch.setenv("GRADER_SANDBOX", "armour")
        doctor.choose.cache_clear()
        with pytest.raises(UserError) as raised:
            doctor.choose()
        assert "landlock, jail, bubblewrap" in raised.value.cure

    def test_it_is_part_of_the_remedies(self):
        assert "build a jail" in doctor.remedies()

    def test_it_travels_as_data(self, jail):
        assert from_data(json.loads(json.dumps(jail(cell=3).to_data()))) == jail(cell=3)
