"""A student's feedback: turns outcome, gradebook and executed notebook into one self-contained page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import escape, unescape
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from nbformat import NotebookNode

from grader.grade.gradebook import Grades
from grader.grade.judged import KERNEL_DIED, NOTEBOOK_TIMEOUT
from grader.grade.lab import Lab, grade_id, is_solution, is_test, nbgrader_of
from grader.grade.outcome import Outcome, Submission, TaskOutcome
from grader.grade.table import number
from grader.report.clean import Scrubber
from grader.report.notebook import Shown, highlight, markdown, shown_cells
from grader.verdict import Observation, Status

GRADED = "graded by hand"
MARKS = {
    Status.PASSED: ("✓", "good"),
    Status.PARTLY: ("◐", "part"),
    Status.WRONG: ("✗", "bad"),
    Status.CRASHED: ("!", "bad"),
    Status.TIMED_OUT: ("…", "bad"),
    Status.NOT_ATTEMPTED: ("○", "none"),
    Status.TO_GRADE: ("✎", "none"),
    Status.FAULT: ("⚠", "fault"),
    GRADED: ("✎", "good"),
}
SENTENCES = {
    Status.PASSED: "Everything that was checked is right.",
    Status.PARTLY: "Part of your answer is right. See below for what to change.",
    Status.WRONG: "Your code ran, but it does not yet do what the task asks for.",
    Status.CRASHED: "Your code stopped with an error.",
    Status.NOT_ATTEMPTED: "There is no answer here yet.",
    Status.TO_GRADE: "A person will grade this answer; it has no points yet.",
    Status.FAULT: "Our check failed, not your answer. It costs you no points: your answer will be graded again.",
    GRADED: "A person has graded this answer.",
}
KERNEL_ENDED = (
    "Python itself ended while this ran: it ran out of memory, or the code ended it (`exit`, `os._exit`). "
    "Answers before this one keep their points."
)
MOST_FIGURES = 20
"""The most figures on one page, because drawing takes time."""
TOO_LATE = "The notebook used up its time before this cell was reached."
WHOLE = {
    Submission.UNREADABLE: "Your file could not be read as a notebook, so it was graded as an empty lab.",
    Submission.NO_NOTEBOOK: "There was no notebook among the files that you handed in, so there is nothing to grade.",
    Submission.FAULT: "Grading failed through no fault of yours. Your work will be graded again.",
}


@dataclass(frozen=True)
class Seen:
    """An observation, for the page."""

    ok: bool
    about: str
    seen: str
    expected: str
    why: str
    next: str
    figure: Markup


@dataclass(frozen=True)
class TaskSection:
    """The section of the page about one task. `answer` and `problem` are the student's own code and its error."""

    id: str
    title: str
    points: str
    max: str
    status: str
    mark: str
    kind: str
    sentence: str
    observations: tuple[tuple[str, tuple[Seen, ...]], ...]
    answer: Markup
    problem: str
    comments: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    title: str
    student: str
    total: str
    max: str
    penalty: str
    whole: str
    notes: tuple[str, ...]
    tasks: tuple[TaskSection, ...]
    cells: tuple[Shown, ...]
    made_with: str


def page(lab: Lab, outcome: Outcome, grades: Grades | None, notebook: NotebookNode | None) -> Page:
    """The contents of the page. Without grades from the gradebook, the outcome's points count."""
    cells = notebook.cells if notebook else []
    room = iter(range(MOST_FIGURES))
    scrub = Scrubber(lab, [cell.source for cell in cells if not is_test(cell)])
    answers = {name: cell for cell in cells if is_solution(cell) and (name := grade_id(cell))}
    points = _points(outcome, grades)
    penalty = grades.penalty if grades else 0
    made = outcome.versions
    return Page(
        title=lab.title,
        student=(grades.name if grades else "") or outcome.student,
        total=number(max(0, sum(points.values()) - penalty)),
        max=number(outcome.max_score),
        penalty=number(penalty) if penalty else "",
        whole=WHOLE.get(outcome.status, ""),
        notes=outcome.notes,
        tasks=tuple(_task(task, points[task.id], grades, answers, outcome, scrub, room) for task in outcome.tasks),
        cells=tuple(shown_cells(lab, notebook, scrub)) if notebook else (),
        made_with=f"keras-course {made.engine} · nbgrader {made.nbgrader} · Keras {made.keras} · seed {made.seed}",
    )


def _points(outcome: Outcome, grades: Grades | None) -> dict[str, float]:
    """Each task's points: those in the gradebook, which a person may have changed, otherwise the outcome's."""
    if not grades or not all(part.id in grades.cells for task in outcome.tasks for part in task.parts):
        return {task.id: task.points for task in outcome.tasks}
    return {
        task.id: sum(grades.cells[part.id].score for part in task.parts) if task.parts else task.points
        for task in outcome.tasks
    }


def _task(
    task: TaskOutcome,
    points: float,
    grades: Grades | None,
    answers: dict[str, NotebookNode],
    outcome: Outcome,
    scrub: Scrubber,
    room: Iterator[int],
) -> TaskSection:
    by_hand = grades is not None and any(p.id in grades.cells and grades.cells[p.id].manual for p in task.parts)
    status = GRADED if by_hand and task.status in (Status.TO_GRADE, Status.NOT_ATTEMPTED) else task.status
    mark, kind = MARKS[status]
    names = [task.id, *(part.id for part in task.parts)]
    comments = {name: grades.comments[name] for name in names if grades and name in grades.comments}
    return TaskSection(
        id=task.id,
        title=task.title,
        points=number(points),
        max=number(task.max),
        status=str(status),
        mark=mark,
        kind=kind,
        sentence=_sentence(task, status, outcome),
        observations=tuple((v.title, tuple(_seen(o, scrub, room) for o in v.observations)) for v in task.verdicts),
        answer=Markup("") if status == Status.NOT_ATTEMPTED else _answer(answers.get(task.id)),
        problem=scrub.text(task.problem),
        comments=tuple(comments.values()),
    )


def _sentence(task: TaskOutcome, status: str, outcome: Outcome) -> str:
    causes = {part.cause for part in task.parts}
    if status == Status.TIMED_OUT:
        if causes == {NOTEBOOK_TIMEOUT}:
            return TOO_LATE
        seconds = number(outcome.versions.timeout)
        return f"Your code was stopped after {seconds} seconds. Check for an endless loop or unnecessary work."
    if status == Status.CRASHED and KERNEL_DIED in causes:
        return KERNEL_ENDED
    return SENTENCES[status]


def _seen(observation: Observation, scrub: Scrubber, room: Iterator[int]) -> Seen:
    words = {key: scrub.text(getattr(observation, key)) for key in ("about", "seen", "expected", "why", "next")}
    data = None if observation.ok else observation.figure
    svg = Markup("") if data is None or next(room, None) is None else drawn(data, scrub)
    return Seen(ok=observation.ok, **words, figure=svg)


def drawn(data: Any, scrub: Scrubber) -> Markup:
    """A figure, drawn here from data; empty if the data does not describe a figure.

    The names in a figure are the student's: a figure that contains a line of a hidden test is left out.
    """
    from course.see import diagram  # few pages have a figure, and this brings matplotlib's colours along

    try:
        svg = diagram.drawn(data).svg
    except ValueError:
        return Markup("")
    return Markup("") if scrub.holds(unescape(re.sub(r"<[^>]*>", "", svg))) else Markup(svg)


def _answer(cell: NotebookNode | None) -> Markup:
    if cell is None or not cell.source.strip():
        return Markup("")
    if cell.cell_type == "markdown" and nbgrader_of(cell):
        return Markup(f'<div class="written">{markdown(cell.source)}</div>')
    return Markup(highlight(cell.source))


def render(view: Page) -> str:
    """The page as self-contained HTML."""
    return _environment().get_template("feedback.html.j2").render(page=view, colours=Markup(_colours()))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("grader.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["words"] = words
    return environment


def words(text: str) -> Markup:
    """Text in which `code` in backticks becomes HTML code."""
    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", escape(text, quote=False)))


@cache
def _colours() -> str:
    """Style sheets for highlighted code, light and dark."""
    from pygments.formatters import HtmlFormatter

    day = HtmlFormatter(style="default").get_style_defs("pre.code")
    night = HtmlFormatter(style="github-dark").get_style_defs("pre.code")
    return (
        f"{day}\n@media screen and (prefers-color-scheme: dark) {{\n{night}\n}}\npre.code {{ background: var(--box); }}"
    )
