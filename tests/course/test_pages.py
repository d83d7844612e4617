"""The pages for people who work on the course are true: links, files, packages, targets and kinds of cells."""

import re

import pytest

from grader import paths
from grader.lessons import new
from grader.lessons.lesson import GRADED, TAGGED

PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "course/README.md", "course/authoring.md", "course/style.md")
PLACEHOLDER = re.compile(r"\b(NN_topic|GROUP|NAME)\b")
MAP = re.compile(r"^```\n(course/ .*?)^```", re.DOTALL | re.MULTILINE)


def text(page: str) -> str:
    return (paths.ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)#:]+)\)", text(page)):
        assert ((paths.ROOT / page).parent / link).exists(), link


def to_do() -> list[tuple[str, list[str]]]:
    """What somebody wants to do, and the files to open for it."""
    section = text("CONTRIBUTING.md").split("## To do this, open these files\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")][1:]
    return [(row[0].strip(), re.findall(r"`([\w/]+/[\w.]*|\w+\.\w+)`", row[1])) for row in rows]


@pytest.mark.parametrize(("what", "files"), to_do())
def test_at_most_three_files_are_opened_for_anything(what, files):
    assert 1 <= len(files) <= 3
    for file in files:
        beginning = file.split("/")[0]
        assert PLACEHOLDER.search(file) or (paths.ROOT / file).exists(), file
        assert (paths.ROOT / beginning).exists(), file


def test_the_list_names_what_people_ask_for_most():
    asked = " ".join(what for what, _ in to_do())
    for what in ("add a lab", "add an oracle", "why a submission got 0", "add a sandbox backend"):
        assert what in asked


def test_the_map_names_every_folder_and_package():
    (drawn,) = MAP.findall(text("README.md"))
    for package in (paths.ROOT / "grader").glob("*/__init__.py"):
        assert f"{package.parent.name}/ " in drawn, package
    for folder in ("course", "labs", "solutions", "grader", "bench", "tests", "modules/NN_topic", "data", "see"):
        assert f"{folder}/ " in drawn


def test_every_target_of_the_makefile_that_the_readme_explains_exists():
    targets = set(re.findall(r"^([a-z]+):.*## ", text("Makefile"), re.MULTILINE))
    explained = set(re.findall(r"`make ([a-z]+)[` ]", text("README.md")))
    assert explained <= targets and targets - explained <= {"help", "lock"}


def test_the_authors_guide_shows_every_kind_of_cell():
    for kind in TAGGED:
        pattern = rf'`# %% .*{kind}="\w+.*"' + (" points=" if kind in GRADED else "")
        assert re.search(pattern, text("course/authoring.md")), kind


@pytest.mark.parametrize("folder", paths.lessons(), ids=lambda folder: folder.name)
def test_no_lesson_has_lines_left_to_write(folder):
    assert new.TODO not in (folder / "lab.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("package", ["audit", "calibrate", "grade", "judge", "kernel", "lessons", "report", "sandbox"])
def test_a_package_begins_with_a_map_of_its_files(package):
    folder = paths.ROOT / "grader" / package
    drawn = (folder / "__init__.py").read_text(encoding="utf-8")
    assert [path.name for path in folder.glob("*.py") if path.stem != "__init__" and path.name not in drawn] == []
