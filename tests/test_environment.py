"""The three lists of packages agree: ranges in pyproject.toml, pins in requirements.lock and environment.yml."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
EXTRAS = ("cpu", "instructor", "dev")


def locked(name: str = "requirements.lock") -> dict[str, Requirement]:
    lines = re.findall(r"^([a-zA-Z0-9][^\\\n]*)\\?$", (ROOT / name).read_text(), re.MULTILINE)
    pins = [Requirement(line) for line in lines]
    return {canonicalize_name(pin.name): pin for pin in pins}


def direct(extras=EXTRAS) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + [r for extra in extras for r in project["optional-dependencies"][extra]]
    return [Requirement(line) for line in wanted]


def conda() -> dict:
    return yaml.safe_load((ROOT / "environment.yml").read_text())


def conda_pins() -> dict[str, Requirement]:
    (pip,) = [item["pip"] for item in conda()["dependencies"] if isinstance(item, dict)]
    pins = [Requirement(line) for line in pip if not line.startswith("-")]
    return {canonicalize_name(pin.name): pin for pin in pins}


@pytest.mark.parametrize(
    ("lock", "extras"), [("requirements.lock", EXTRAS), ("requirements-gpu.lock", ("gpu", "instructor", "dev"))]
)
def test_every_range_has_a_pin_inside_it(lock, extras):
    pins = locked(lock)
    for wanted in direct(extras):
        (pin,) = pins[canonicalize_name(wanted.name)].specifier
        assert pin.operator == "==" and wanted.specifier.contains(pin.version), f"{wanted} in {lock}: {pin}"


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-gpu.lock"])
def test_locks_are_hashed_and_name_no_index(lock):
    text = (ROOT / lock).read_text()
    assert "://" not in text and "index-url" not in text
    assert text.count("==") <= text.count("--hash=sha256:")


def test_conda_users_get_the_same_versions():
    pins = locked()
    wanted = {canonicalize_name(requirement.name) for requirement in direct()}
    assert set(conda_pins()) == wanted
    for name, pin in conda_pins().items():
        assert pin.specifier == pins[name].specifier, f"{pin} in environment.yml, {pins[name]} in requirements.lock"


def test_conda_installs_a_python_that_the_project_allows():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (python,) = [item for item in conda()["dependencies"] if isinstance(item, str) and item.startswith("python=")]
    allowed = Requirement("python" + project["requires-python"]).specifier
    assert allowed.contains(python.removeprefix("python=") + ".0")
