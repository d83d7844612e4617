"""course/README.md describes the labs as they are: the syllabus, the table of topics, the glossary."""

import re

import pytest

from grader import paths
from grader.lessons import read_lesson
from grader.lessons.lesson import Kind

TEXT = (paths.ROOT / "course" / "README.md").read_text(encoding="utf-8")
LESSONS = {path.name[:2]: read_lesson(path) for path in sorted((paths.ROOT / "course" / "modules").glob("[0-9]*"))}
TERMS = [
    "build",
    "call",
    "custom layer",
    "eager execution",
    "init",
    "input layer",
    "Keras",
    "functional API",
    "sequential API",
    "ReLU",
    "shared layer",
    "softmax",
    "tensor",
    "layer",
    "head",
    "loss",
    "metric",
    "optimizer",
    "epoch",
    "batch",
    "callback",
    "gradient",
    "tape",
    "tracing",
    "backbone",
    "fine-tuning",
    "freezing",
    "overfitting",
    "regularizer",
    "subclassing",
    "logits",
    "weights",
]


def section(title: str) -> str:
    return TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    lines = [line for line in section(title).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_the_syllabus_holds_every_lab_and_no_other():
    numbers = [re.match(r"\[(\d\d)\]", row[0])[1] for row in rows("Syllabus")]
    assert numbers == list(LESSONS)


@pytest.mark.parametrize("row", rows("Syllabus"), ids=lambda row: row[0][1:3])
def test_a_row_of_the_syllabus_is_true(row):
    link, _, exercises, minutes = row
    lesson = LESSONS[link[1:3]]
    assert lesson.title.split(":")[0] in link
    assert int(exercises) == len(list(lesson.of(Kind.EXERCISE)))
    assert int(minutes) == lesson.minutes


def test_every_topic_is_taught_in_a_lab_that_exists():
    for topic, labs, _ in rows("What older tutorials teach, and where to find it"):
        numbers = re.findall(r"\b\d\d\b", labs)
        assert numbers and set(numbers) <= set(LESSONS), topic


@pytest.mark.parametrize("term", TERMS)
def test_the_glossary_tells(term):
    assert f"**{term.lower()}**" in section("Glossary").lower().replace("** (`__init__`)", "**")


def test_the_glossary_is_in_order_and_names_labs_that_exist():
    terms = re.findall(r"\*\*(.+?)\*\*", section("Glossary"))
    assert terms == sorted(terms, key=str.lower)
    assert set(re.findall(r"\b\d\d\b", section("Glossary"))) <= set(LESSONS)


def test_links_lead_somewhere():
    for link in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (paths.ROOT / "course" / link).exists(), link
