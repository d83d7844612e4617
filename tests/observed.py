"""What oracles observed, as the tests of oracles read it."""

from __future__ import annotations

from collections.abc import Iterable

from grader.verdict import Observation


def failed(*oracles: Iterable[Observation]) -> list[str]:
    """What wasn't right, by its name; like a task, looks no further after what stops the check.

    An observation that isn't right says what was seen and what was expected.
    """
    found = []
    for oracle in oracles:
        for observation in oracle:
            if not observation.ok:
                assert observation.seen and observation.expected, observation
                found.append(observation.about)
                if observation.stop:
                    return found
    return found
