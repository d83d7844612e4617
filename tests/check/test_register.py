"""The register: what lessons call as `check.NAME`, and where oracles are found."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from grader import check
from grader.check.core import register
from grader.verdict import Observation

GUIDE = Path(check.__file__).parents[2] / "course" / "authoring.md"
LESSONS = GUIDE.parent / "modules"


def test_each_oracle_is_found_in_its_groups_module():
    for group, names in register.groups().items():
        for name in names:
            assert getattr(check, name).__module__ == f"grader.check.oracles.{group}"


def test_every_module_of_oracles_holds_some():
    modules = {p.stem for p in Path(check.__file__).parent.joinpath("oracles").glob("*.py")} - {"__init__"}
    assert modules == set(register.groups())


def test_every_name_that_a_lesson_uses_is_registered():
    used = {name for lab in LESSONS.glob("*/lab.py") for name in re.findall(r"\bcheck\.([a-z_]+)", lab.read_text())}
    assert used and not used - set(dir(check))


def test_the_authors_guide_shows_the_register():
    text = GUIDE.read_text()
    begin, end = "<!-- oracles -->\n", "\n<!-- /oracles -->"
    assert text.split(begin)[1].split(end)[0].strip() == register.table(), (
        "python -c 'from grader.check.core.register import table; print(table())' prints the table as it should be"
    )


@pytest.mark.parametrize("package", ["grader.check", "grader.check.core.register", "grader.check.tasks"])
def test_nothing_of_the_core_imports_an_oracle(package):
    code = (
        f"import sys, {package}; "
        "print(*[m for m in sys.modules if m.startswith(('grader.check.oracles', 'grader.check.measure'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not done.stdout.strip()


def test_an_oracle_outside_its_package_is_refused():
    def looks_at_nothing():
        yield Observation("nothing", True, "nothing")

    with pytest.raises(ValueError, match="belongs to a module of grader/check/oracles"):
        register.oracle(looks_at_nothing)


def test_a_name_is_taken_once():
    def is_model():
        """Another thing of the same name."""

    with pytest.raises(ValueError, match="is defined in"):
        register.export(is_model)
