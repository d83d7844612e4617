"""A student's page of feedback: what it says, and what it must never hold."""

import base64
import re
import shutil
from html.parser import HTMLParser

import nbformat
import pytest

from grader.errors import UserError
from grader.grade import batch
from grader.grade import outcome as o
from grader.grade.gradebook import Course
from grader.grade.run import RunLimits
from grader.report.clean import REMOVED, Scrubber, clean_html
from grader.report.command import feedback_lab
from grader.report.feedback import drawn, page, render
from grader.report.notebook import shown_cells
from grader.verdict import Observation, Status, Verdict
from tests.submissions import tiny_class
from tests.submissions import tiny_lab as tiny
from tests.submissions.graded import grade_class, grades

STUDENTS = ("full", "wrong", "crashing", "looping_early", "evil", "copied", "broken")
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n0000").decode()


class Tags(HTMLParser):
    """Every tag and attribute of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A small class, graded."""
    course = Course.open(tmp_path_factory.mktemp("class"))
    hand_in = tiny_class.hand_in(tmp_path_factory.mktemp("in"))
    for student in STUDENTS:
        shutil.copytree(hand_in / student, course.submitted / student)
    (course.submission("full", tiny.NAME) / "timestamp.txt").write_text("2026-01-02 12:00:00 UTC")
    settings = batch.Settings(RunLimits(cell_seconds=3, notebook_seconds=60), seed=7)
    list(grade_class(course, tiny.lab(), STUDENTS, settings))
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade("reflection", tiny.NAME, tiny.NAME, "full")
        grade.manual_score, grade.needs_manual_grade = 2, False
        for cell, words in (("reflection", "Well thought, <b>Ada</b>!"), ("double", "Neat.")):
            gradebook.find_comment(cell, tiny.NAME, tiny.NAME, "full").manual_comment = words
        gradebook.update_or_create_student("full", first_name="Ada & <Co>", last_name="Lovelace")
    return course


@pytest.fixture(scope="module")
def pages(course):
    """The text of each student's page, by student, from the place where nbgrader looks for it."""
    written = feedback_lab(tiny.lab(), course.root)
    assert {p.relative_to(course.root).as_posix() for p in written} == {
        f"feedback/{student}/{tiny.NAME}/{tiny.NAME}.html" for student in STUDENTS
    }
    return {path.parents[1].name: path.read_text(encoding="utf-8") for path in written}


def text_of(markup):
    """What a reader sees."""
    body = markup.split("<body>")[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", body))


@pytest.mark.parametrize("student", STUDENTS)
def test_no_page_holds_a_line_of_a_hidden_test(pages, student):
    shown = text_of(pages[student])
    for marker in ("hidden_marker", "math.floor", "HIDDEN TESTS"):
        assert marker not in pages[student] and marker not in shown


@pytest.mark.parametrize("student", STUDENTS)
def test_every_page_is_complete_in_itself_and_without_script(pages, student):
    tags = Tags(pages[student])
    assert not tags.tags & {"script", "iframe", "object", "embed", "form", "link", "base", "svg", "input"}
    assert not [name for name, _ in tags.attributes if name.startswith("on") or name == "style"]
    assert all(value.startswith("data:image/png") for name, value in tags.attributes if name == "src")
    assert "default-src &#39;none&#39;" in pages[student] or "default-src 'none'" in pages[student]


def test_it_shows_code_observations_and_points(pages):
    shown = text_of(pages["wrong"])
    assert "1 of 8 points" in shown
    assert "return x + 2" in shown
    assert "✗ wrong · 0 / 2" in shown
    assert "<dt>expected</dt><dd>3.142</dd>" in pages["wrong"]
    for words in ("why of area(1)", "next of area(1)", "Area of nothing"):
        assert words in shown
    assert "does not yet do what the task asks for" in shown


def test_it_shows_a_persons_grade_and_comments_escaped(pages):
    shown = text_of(pages["full"])
    assert "7 of 8 points" in shown
    assert "graded by hand · 2 / 3" in shown
    assert "Well thought, &lt;b&gt;Ada&lt;/b&gt;!" in shown
    assert "Neat." in shown
    assert "Ada &amp; &lt;Co&gt; Lovelace" in shown


def test_a_crash_shows_the_students_own_lines_and_no_frame_of_ours(pages):
    shown = text_of(pages["crashing"])
    assert "Your code stopped with an error" in shown
    assert "ZeroDivisionError: division by zero" in shown
    assert "area = 1 / 0" in shown
    for ours in ("grader/check", "ipykernel", "site-packages"):
        assert ours not in shown


def test_a_timeout_says_so(pages):
    assert "stopped after 3 seconds" in text_of(pages["looping_early"])


def test_notes_and_an_unreadable_file_are_told(pages):
    assert "<code>test_double</code> was in your notebook more than once" in pages["copied"]
    assert "could not be read as a notebook" in text_of(pages["broken"])
    assert "✗" not in text_of(pages["broken"])


def test_script_in_outputs_is_gone_and_harmless_markup_stays(pages):
    assert "alert(3)" not in re.sub(r'<pre class="(code|text)">.*?</pre>', "", pages["evil"], flags=re.DOTALL)
    assert "<b>bold</b>" in pages["evil"]


def test_nbgrader_can_release_it(course, pages):
    folder = course.feedback("full", tiny.NAME).parent
    assert (folder / "timestamp.txt").read_text() == "2026-01-02 12:00:00 UTC"


def test_without_grades_or_notebook_the_page_is_still_made(course):
    lab = tiny.lab()
    outcome = o.read(course.outcome("wrong", tiny.NAME))
    assert "1</strong> of 8" in render(page(lab, outcome, None, None))
    fault = outcome.model_copy(update={"status": o.Submission.FAULT})
    assert "no fault of yours" in render(page(lab, fault, None, None))


def test_nothing_graded_is_said(tmp_path):
    with pytest.raises(UserError, match="Nothing has been graded"):
        feedback_lab(tiny.lab(), tmp_path)


@pytest.mark.parametrize(
    "markup",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<img src='http://x.org/a.png'>",
        "<img src='data:image/svg+xml;base64,AAAA'>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<iframe src=http://x.org></iframe>",
        "<style>body{background:url(http://x.org)}</style>",
        "<p style='position:fixed;background:url(http://x.org)'>x</p>",
        "<form action=http://x.org><input name=a></form>",
        "<svg><script>alert(1)</script></svg>",
        "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
        "<meta http-equiv=refresh content='0;url=http://x.org'>",
        "<link rel=stylesheet href=http://x.org/a.css>",
        "<base href=http://x.org>",
    ],
)
def test_dangerous_markup_is_taken_out(markup):
    cleaned = clean_html(markup)
    tags = Tags(cleaned)
    assert not tags.tags & {"script", "iframe", "style", "form", "input", "svg", "math", "meta", "link", "base"}
    assert not [pair for pair in tags.attributes if pair[0] in ("src", "href", "style") or pair[0].startswith("on")]


def test_tables_links_and_figures_stay():
    kept = f'<table><tr><td colspan="2">1</td></tr></table><img src="data:image/png;base64,{PNG}">'
    assert clean_html(kept).count("colspan") == 1
    assert PNG in clean_html(kept)
    assert 'href="https://keras.io"' in clean_html('<a href="https://keras.io">Keras</a>')


def test_the_scrubber_sees_through_quoting_and_leaves_the_students_own_lines():
    lab = tiny.lab()
    line = "hidden_marker_double = 21"
    scrub = Scrubber(lab)
    for leak in (line, f"   {line}", repr([f"x\n{line}\ny"]), line.replace(" ", ""), f"\x1b[31m{line}\x1b[0m"):
        assert line not in scrub.text(f"before\n{leak}\nafter")
        assert "before" in scrub.text(f"before\n{leak}\nafter")
    assert scrub.html("<p><b>hidden_marker</b>_double = 21</p>") == REMOVED
    assert scrub.text("t.expect('double(2)', t.run(student.double, 2), 4)") != REMOVED  # visible to students
    assert Scrubber(lab, [line]).text(line) == line


def test_figures_are_embedded_and_other_images_are_not():
    lab = tiny.lab()
    notebook = tiny.answered()
    outputs = [
        nbformat.v4.new_output("display_data", data={"image/png": PNG, "text/plain": "<Figure>"}),
        nbformat.v4.new_output("display_data", data={"image/png": '"><script>', "text/plain": "no figure"}),
        nbformat.v4.new_output("display_data", data={"image/svg+xml": "<svg onload=alert(1)>", "text/plain": "svg"}),
        nbformat.v4.new_output("stream", text="x" * 100_000),
    ]
    tiny.cell(notebook, "double").outputs = outputs
    cells = {cell.source: cell for cell in shown_cells(lab, notebook, Scrubber(lab))}
    shown = next(cell.outputs for cell in cells.values() if len(cell.outputs) == 4)
    assert PNG in shown[0]
    assert "no figure" in shown[1] and "script" not in shown[1]
    assert "svg" in shown[2] and "onload" not in shown[2]
    assert len(shown[3]) < 30_000


def figure(name="Dense 3", mark="missing"):
    """What a check puts into a verdict: the data of a picture, as they come out of a student's notebook."""
    node = {"kind": "Dense", "label": name, "parents": [[0]], "mark": mark}
    graph = {"nodes": [{"kind": "Input"}, node], "inputs": [["x", 0]], "outputs": [["", 1]]}
    return {"kind": "graph diff", "words": f"no `{name}`", "graph": graph}


def test_a_figure_is_drawn_by_us_from_data():
    svg = drawn(figure(), Scrubber(tiny.lab()))
    tags = Tags(svg)
    assert tags.tags <= {"svg", "title", "rect", "g", "text", "path"}
    assert "Dense 3" in svg and "missing" in svg
    assert not [name for name, _ in tags.attributes if name.startswith("on") or name in ("style", "href", "id", "src")]


@pytest.mark.parametrize(
    "data",
    [
        "<svg onload=alert(1)>",
        {"kind": "graph diff", "words": "", "graph": "<svg onload=alert(1)>"},
        {"kind": "<svg>", "words": "", "graph": figure()["graph"]},
        figure(mark="<script>"),
        figure(name="x" * 10_000),
        figure() | {"words": None},
        figure() | {"graph": {"nodes": [{"kind": "a", "svg": "<svg onload=alert(1)>"}], "inputs": [], "outputs": []}},
        [[[[]]]],
        7,
    ],
)
def test_data_that_are_no_figure_are_dropped_without_a_word(data):
    assert drawn(data, Scrubber(tiny.lab())) == ""


def test_names_in_a_figure_are_words_and_spell_no_hidden_test():
    scrub = Scrubber(tiny.lab())
    svg = drawn(figure(name="</text><script>alert(1)</script>"), scrub)
    assert "<script" not in svg and "&lt;script&gt;alert(1)" in svg
    assert drawn(figure(name="hidden_marker_double = 21"), scrub) == ""


def test_a_figure_goes_from_the_verdict_to_the_page(course):
    lab, outcome = tiny.lab(), o.read(course.outcome("wrong", tiny.NAME))
    verdict = Verdict("Double", Status.WRONG, (Observation("a graph", False, "no `Dense 3`", figure=figure()),))
    part = outcome.tasks[0].parts[0].model_copy(update={"verdicts": (verdict,)})
    task = outcome.tasks[0].model_copy(update={"parts": (part,)})
    read = o.Outcome.model_validate_json(outcome.model_copy(update={"tasks": (task,)}).model_dump_json())
    shown = render(page(lab, read, None, None))
    assert shown.count("<svg") == 1 and "– missing" in shown
    assert shown.index("no <code>Dense 3</code>") < shown.index("<svg")


def test_names_are_escaped_in_the_page(course):
    outcome = o.read(course.outcome("wrong", tiny.NAME)).model_copy(update={"student": "<script>x</script>"})
    assert "<script>" not in render(page(tiny.lab(), outcome, grades(course, tiny.NAME, "wrong"), None))
