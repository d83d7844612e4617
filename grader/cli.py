"""The command line, `grader …`. Each command is thin, and imports what it needs when it runs."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from grader import paths
from grader.errors import UserError

app = typer.Typer(
    help="Build, check and grade the labs of the course.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

Labs = Annotated[
    list[str] | None, typer.Argument(metavar="[LAB]…", help="Names, numbers or topics of labs. Default: all labs.")
]

CourseDir = Annotated[Path, typer.Option(help="The folder of the class: submissions, gradebook, feedback.")]
Database = Annotated[str | None, typer.Option(help="The gradebook's URL. Default: SQLite in the course directory.")]
Only = Annotated[
    list[str] | None, typer.Option(metavar="STUDENT", help="Only this student. Repeat the option for more.")
]


@app.callback()
def _grader() -> None:
    """Makes `grader` a group of commands, even if it has only one."""


@app.command()
def build(
    labs: Labs = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if a notebook is stale.")] = False,
    execute: Annotated[bool, typer.Option(help="Execute the solutions whose code has changed.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Execute all solutions, changed or not.")] = False,
) -> None:
    """Build labs/ and solutions/ from the lessons."""
    folders = _folders(labs)
    stale = [folder for folder in folders if not (_is_fresh(folder) if check else _built(folder, execute, force))]
    if check and stale:
        raise typer.Exit(1)


Changed = Annotated[bool, typer.Option("--changed", help="Only what has changed since it last passed.")]
Sample = Annotated[
    float, typer.Option(min=0, max=1, help="With --changed: also this random share of what has not changed.")
]
Draw = Annotated[int | None, typer.Option(min=0, help="The number that selects this share; random by default.")]


@app.command()
def new(name: Annotated[str, typer.Argument(metavar="NN_topic", help="Number and topic of the new lab.")]) -> None:
    """Start a lesson: course/modules/NN_topic/ with one exercise, its tests and its answer bank."""
    from grader.lessons.new import TODO, create

    written = create(name)
    number, count = name[:2], len(written) - 1
    console.print(f"[bold]{written[0]}[/]  and {count} answers to its exercise, in {written[0].parent / 'answers'}")
    console.print(
        f"Next: complete every line that says {TODO}, and replace the exercise and its answers by your own.\n"
        f"  grader build {number}              build the lab and run its solution\n"
        f"  grader audit {number} --seeds 5    run the answer bank and the mutants through the checks\n"
        f"  grader calibrate {number}          measure what the thresholds rest on\n"
        "Then add a row to the syllabus in course/README.md. course/authoring.md explains each step.",
        markup=False,
    )


@app.command()
def validate(
    labs: Labs = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Notebooks to replay at a time; one per core by default.")
    ] = None,
    tolerance: Annotated[
        float, typer.Option(min=0, help="Relative difference allowed between decimal numbers.")
    ] = 0.001,
    changed: Changed = False,
    sample: Sample = 0.0,
    draw: Draw = None,
    record: Annotated[
        bool, typer.Option("--record", help="Save the fingerprints of the solutions, for --changed to compare with.")
    ] = False,
) -> None:
    """Replay solutions/ with nbval and compare every output."""
    from grader import validate as replay

    folders = _folders(labs)
    if changed:
        folders = replay.due(folders, sample, _draw(draw), console)
    notebooks = [paths.solution_path(folder) for folder in folders]
    result = replay.replay(notebooks, jobs or os.cpu_count() or 1, tolerance, record)
    console.print(result.summary, markup=False, style="green" if result.ok else "red")
    if not result.ok:
        raise typer.Exit(1)


@app.command()
def grade(
    lab: Annotated[str, typer.Argument(metavar="LAB", help="The lab's name, number or topic.")],
    submissions: Annotated[
        Path | None,
        typer.Option(help="A folder or zip to import. Default: the submissions already in the course directory."),
    ] = None,
    course_dir: CourseDir = Path("classroom"),
    db: Database = None,
    timeout: Annotated[
        float | None, typer.Option(min=1, help="Time limit for a cell, in seconds. Default: the lesson's.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="The random seed of the checks' data. Default: a random one.")
    ] = None,
    only: Only = None,
    regrade: Annotated[bool, typer.Option("--regrade", help="Grade unchanged submissions again, too.")] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Submissions graded at a time. Default: as many as CPUs and memory allow.")
    ] = None,
    allow_unsandboxed: Annotated[
        bool,
        typer.Option("--allow-unsandboxed", help="Grade even if no sandbox holds here. Each grade records this."),
    ] = False,
    cluster: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Grade on the Dask cluster with this scheduler.")
    ] = "",
) -> None:
    """Grade a class's submissions into nbgrader's gradebook.

    Each submission runs in a sandbox and is judged from outside it. `grader doctor` shows which sandboxes hold here.

    Grades are kept until the submission or the lesson changes. After an interruption, run the same command again to
    resume the batch; it uses the same seed unless you give a different one.
    """
    from grader.grade.command import Options
    from grader.grade.command import grade as run

    options = Options(workers, cluster, regrade, allow_unsandboxed)
    raise typer.Exit(run(lab, submissions, course_dir, db, timeout, seed, only, console, options))


@app.command()
def show(
    student: Annotated[str, typer.Argument(metavar="STUDENT")],
    lab: Annotated[str, typer.Argument(metavar="LAB", help="The lab's name, number or topic.")],
    course_dir: CourseDir = Path("classroom"),
    db: Database = None,
) -> None:
    """Show one student's results, and the version, seed, limits and sandbox that they were graded with."""
    from grader.grade.show import show as run

    raise typer.Exit(run(student, lab, course_dir, db, console))


@app.command()
def feedback(
    lab: Annotated[str, typer.Argument(metavar="LAB", help="The lab's name, number or topic.")],
    course_dir: CourseDir = Path("classroom"),
    db: Database = None,
    only: Only = None,
) -> None:
    """Write a feedback page for each graded student."""
    from grader.report.command import feedback as run

    raise typer.Exit(run(lab, course_dir, db, only, console))


@app.command()
def audit(
    labs: Labs = None,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each answer, each on other fresh data.")] = 3,
    only: Annotated[str | None, typer.Option(metavar="EXERCISE", help="This exercise alone.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes at a time; cores and one more.")] = None,
    mutants: Annotated[bool, typer.Option(help="Run mutants of the solutions too.")] = True,
    share: Annotated[float, typer.Option(min=0.01, max=1, help="This share of answers and mutants.")] = 1.0,
    seed_offset: Annotated[int, typer.Option(min=0, help="The first seed; with --share, also which share.")] = 0,
    report: Annotated[Path | None, typer.Option(help="Write everything that was found there, as JSON.")] = None,
    publish: Annotated[bool, typer.Option("--publish", help="Write the rates to course/audit.md.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show what the checks said about every answer.")
    ] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A wrong answer only until it has lost a part.")] = False,
    changed: Changed = False,
    sample: Sample = 0.0,
    draw: Draw = None,
) -> None:
    """Run the bank of right and wrong answers through the checks: how often do they err?"""
    from grader.audit.command import Options
    from grader.audit.command import audit as run

    options = Options(seeds, only, workers, mutants, share, seed_offset, verbose, quick, changed, sample, _draw(draw))
    raise typer.Exit(run(_folders(labs), options, report, publish))


@app.command()
def test(
    labs: Labs = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes at a time; one per core by default.")] = None,
    draw: Draw = None,
    every: Annotated[bool, typer.Option("--every", help="Audit and replay also what has not changed.")] = False,
) -> None:
    """Run everything that CI runs, or all that concerns the named labs, and show where the time went."""
    from grader.testing import run

    names = [folder.name for folder in _folders(labs)] if labs else []
    raise typer.Exit(run(names, workers or os.cpu_count() or 1, _draw(draw), every, console))


@app.command()
def calibrate(
    labs: Labs = None,
    seeds: Annotated[int, typer.Option(min=3, help="Runs of the reference solution.")] = 60,
    answers_seeds: Annotated[int, typer.Option(min=3, help="Runs of each right answer of the bank.")] = 8,
    wrong: Annotated[int, typer.Option(min=0, help="Runs of each wrong answer, to see how near they come.")] = 0,
    only: Annotated[str | None, typer.Option(metavar="EXERCISE", help="This exercise alone.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes at a time; cores and one more.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Run nothing; fail when a calibration is stale.")] = False,
) -> None:
    """What do right answers reach over many seeds, and does every threshold leave them room?"""
    from grader.calibrate import command

    if check:
        raise typer.Exit(command.check(_folders(labs), only, console))
    raise typer.Exit(command.calibrate(_folders(labs), seeds, answers_seeds, wrong, workers, only, console))


@app.command()
def doctor(
    image: Annotated[str, typer.Option(help="A container image with the course installed, for Docker or Podman.")] = "",
    every: Annotated[bool, typer.Option("--every", help="Show every attempt, not only those that succeeded.")] = False,
) -> None:
    """Try to escape from each sandbox, and show which ones hold on this machine."""
    from grader.sandbox.command import doctor as run

    raise typer.Exit(run(image, every, console))


@app.command()
def demo(
    lab: Annotated[str, typer.Argument(metavar="LAB", help="The lab's name, number or topic.")] = "01_lifecycle",
    folder: Annotated[
        Path, typer.Option(help="The folder for the class and its grades. An existing one is replaced.")
    ] = Path("demo_class"),
    seed: Annotated[int, typer.Option(help="The random seed of the checks' data.")] = 1,
    timeout: Annotated[float, typer.Option(min=1, help="Time limit for a cell, in seconds.")] = 40,
) -> None:
    """Make a small class from the answer bank, grade it, and write its feedback pages."""
    from grader.demo import run

    raise typer.Exit(run(paths.find_lesson(lab), folder, seed, timeout))


def _draw(number: int | None) -> int:
    return random.randrange(100_000) if number is None else number


def _folders(labs: list[str] | None) -> list[Path]:
    folders = [paths.find_lesson(name) for name in labs] if labs else paths.lessons()
    if not folders:
        raise UserError("There are no lessons in course/modules/.", "Start one: `grader new NN_topic`.")
    return folders


def _built(folder: Path, execute: bool, force: bool) -> bool:
    from grader.lessons import publish

    with console.status(f"building {folder.name}"):
        done = publish.build(folder, run=execute, force=force)
    executed = ", executed" if done.executed else ""
    console.print(f"[bold]{folder.name}[/]  lab {done.lab} · solution {done.solution}{executed}")
    return done.solution is not publish.Written.LEFT


def _is_fresh(folder: Path) -> bool:
    from grader.lessons import publish

    found = publish.differences(folder)
    for text in found:
        console.print(text, markup=False)
    if found:
        cure = f"grader build {folder.name.split('_', 1)[0]}"
        console.print(f"[bold red]{folder.name} is stale[/]: {len(found)} differences. Run `{cure}` and commit.")
    else:
        console.print(f"[bold]{folder.name}[/]  lab and solution agree with lab.py")
    return not found


def main() -> None:
    """Runs a command. After an error that the user can fix, prints the cure and exits with code 2."""
    try:
        app()
    except UserError as error:
        errors.print("[bold red]What happened[/]")
        errors.print(error.message, markup=False)
        if error.cure:
            errors.print("[bold green]What to do[/]")
            errors.print(error.cure, markup=False)
        sys.exit(2)


if __name__ == "__main__":
    main()
