"""Runs an answer bank in both worlds, live and with the judge in a process of its own, and compares how cells end.

`python tests/judged.py 01 [--only EXERCISE] [--match TEXT] [--limit N]`
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grader.audit import trial, warm
from grader.audit.bank import Answer, answers, exercises
from grader.lessons.lesson import Cell, Kind, Lesson
from grader.lessons.regions import solved

SEED = 1
LIMITS = {"cell": 90.0, "call": 60.0}


@dataclass(frozen=True)
class Pair:
    """How a test cell ended live and before the judge; `said` is what the judge's failing check said first."""

    cell: str
    live: str
    judged: str
    said: str = ""
    seconds: tuple[float, float] = (0.0, 0.0)


def live(lesson: Lesson, answer: Answer, seed: int = SEED) -> list[tuple[str, str]]:
    """(test cell, status) with test and answer in one process."""
    try:
        parts = trial.run_parts(lesson, answer, answer.exercise, seed, thorough=False)
        return [(part.name, part.status) for part in parts]
    except trial.NotDefined:
        return [("definition", "crashed")]


def notebook(lesson: Lesson, answer: Answer) -> dict[str, Any]:
    """The namespace of a notebook that holds the answer and is solved for the rest."""
    found: dict[str, Any] = {"__name__": "answer"}
    sources = [("<setup>", lesson.setup.source)]
    for cell in lesson.of(Kind.EXERCISE):
        sources.append((cell.id, answer.source if cell.id == answer.exercise else solved(cell.source)))
    for name, source in sources:
        exec(compile(source, answer.path if name == answer.exercise else name, "exec"), found)
    return found


def cells(lesson: Lesson, exercise: str) -> list[Cell]:
    return [cell for cell in lesson.of(Kind.TEST) if cell.id == exercise]


def name_of(cell: Cell) -> str:
    return f"{cell.id}/{cell.part}" if cell.part else cell.id


def judged(lesson: Lesson, answer: Answer, seed: int = SEED) -> list[tuple[str, str, str]]:
    """(test cell, status, what was said) with the answer in a child process and the judge in this one."""
    from grader.judge.session import JudgeLimits, Session

    session, found = Session(lesson.setup.source), []
    control, theirs = socket.socketpair()
    child = os.fork()
    if not child:
        control.close()
        _student(lesson, answer, theirs)
    theirs.close()
    try:
        for cell in cells(lesson, answer.exercise):
            ours, other = socket.socketpair()
            socket.send_fds(control, [b"C"], [other.fileno()])
            other.close()
            outcome = session.judge(cell.source, name_of(cell), ours, seed, JudgeLimits(**LIMITS))
            found.append((name_of(cell), outcome["status"], _first(outcome)))
    finally:
        control.close()
        os.waitpid(child, 0)
    return found


def _first(outcome: dict[str, Any]) -> str:
    failed = [o for verdict in outcome["verdicts"] for o in verdict["observations"] if not o["ok"]]
    return outcome["fault"] or (f"{failed[0]['about']}: {failed[0]['seen']}" if failed else "")


def _student(lesson: Lesson, answer: Answer, control: socket.socket) -> None:
    """The student's process: defines the answer, then serves each connection that it is handed."""
    from grader.judge.agent import answer_all

    try:
        namespace = notebook(lesson, answer)
        while True:
            mark, received, _, _ = socket.recv_fds(control, 1, 1)
            if not mark:
                break
            with socket.socket(fileno=received[0]) as connection:
                answer_all(connection, namespace.__getitem__)
    finally:
        os._exit(0)


def compare(job: tuple[Lesson, Answer]) -> list[Pair]:
    """Both worlds, each in a process of its own: what an answer leaves behind is not to count for the other."""
    lesson, answer = job
    apart = {name: _in_child(run, lesson, answer) for name, run in (("live", live), ("judged", judged))}
    told = {cell: (status, said) for cell, status, said in apart["judged"]}
    names = dict.fromkeys([cell for cell, _ in apart["live"]] + list(told))
    statuses = dict(apart["live"])
    return [Pair(cell, statuses.get(cell, "-"), *told.get(cell, ("-", ""))) for cell in names]


def _in_child(run: Any, lesson: Lesson, answer: Answer) -> Any:
    for _, result, why in warm.run_jobs([answer], lambda one: run(lesson, one), 1, 400):
        if why:
            return [("died", why[-300:], why[-300:])[: 2 if run is live else 3]]
        return result


def main(arguments: Sequence[str] | None = None) -> int:
    from grader.lessons.lesson import parse
    from grader.paths import find_lesson

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lesson")
    parser.add_argument("--only")
    parser.add_argument("--match", default="")
    parser.add_argument("--answer", action="append", default=[], help="EXERCISE/NAME, for these alone")
    parser.add_argument("--limit", type=int)
    given = parser.parse_args(arguments)
    warm.warm_up()
    lesson = parse(find_lesson(given.lesson))
    bank = [a for exercise in exercises(lesson, given.only) for a in answers(lesson, exercise)]
    bank = [answer for answer in bank if given.match in answer.name][: given.limit]
    if given.answer:
        bank = [answer for answer in bank if f"{answer.exercise}/{answer.name}" in given.answer]
    differ = seen = 0
    with warm.scratch():
        for answer in bank:
            for pair in compare((lesson, answer)):
                seen += 1
                if pair.live != pair.judged:
                    differ += 1
                    print(f"{answer.exercise}/{answer.name} {pair.cell}: {pair.live} → {pair.judged}  {pair.said}")
                    sys.stdout.flush()
    print(f"{seen} cells of {len(bank)} answers, {differ} differ")
    return 0 if not differ else 1


if __name__ == "__main__":
    sys.exit(main())
