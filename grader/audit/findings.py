"""What an audit says about a lesson: the rates by exercise, and whatever else should be fixed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from grader.audit.bank import Label
from grader.audit.mutants import Equivalents, MutantResult
from grader.audit.trial import FAULT, PASSED, Part, Trial
from grader.fingerprint import Fingerprint

ENOUGH = 0.95
"""The smallest share of an exercise's mutants, except those listed as equivalent, that its tests must kill."""
ALL = "all"


@dataclass(frozen=True)
class Rates:
    """Counts for one exercise, or for a whole lesson."""

    exercise: str
    right: int
    wrong: int
    false_rejects: int
    false_accepts: int
    flaky: int
    faults: int
    mutants: int = 0
    equivalent: int = 0
    killed: int = 0

    @property
    def score(self) -> float | None:
        """Of the mutants that should lose points, the share that does; None if there are no such mutants."""
        deserving = self.mutants - self.equivalent
        return self.killed / deserving if deserving else None


@dataclass(frozen=True)
class Audit:
    """Everything that was found out about one lesson.

    `elsewhere` says which parts of other exercises false accepts lose, `stale` names what is listed as equivalent
    although there is no such mutant. `fingerprints` holds what the rates of each exercise rest on, if all of the
    exercise was audited.
    """

    lab: str
    seeds: int
    trials: Sequence[Trial]
    results: Sequence[MutantResult] = ()
    listed: Equivalents = field(default_factory=dict)
    stale: Sequence[tuple[str, str]] = ()
    elsewhere: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    part_of: float = 1.0
    quick: bool = False
    fingerprints: Mapping[str, Fingerprint] = field(default_factory=dict)

    @property
    def exercises(self) -> list[str]:
        return list(dict.fromkeys(trial.answer.exercise for trial in self.trials))

    def is_listed(self, result: MutantResult) -> bool:
        return result.mutant.what in self.listed.get(result.mutant.exercise, {})

    def rates(self, exercise: str = ALL) -> Rates:
        trials = [t for t in self.trials if exercise in (ALL, t.answer.exercise)]
        results = [f for f in self.results if exercise in (ALL, f.mutant.exercise)]
        return Rates(
            exercise,
            right=sum(t.answer.deserves is Label.RIGHT for t in trials),
            wrong=sum(t.answer.deserves is Label.WRONG for t in trials),
            false_rejects=sum(t.false_reject for t in trials),
            false_accepts=sum(t.false_accept for t in trials),
            flaky=sum(t.flaky for t in trials),
            faults=sum(t.fault or bool(t.died) for t in trials) + sum(f.fault for f in results),
            mutants=len(results),
            equivalent=sum(self.is_listed(f) for f in results),
            killed=sum(f.killed and not self.is_listed(f) for f in results),
        )

    @property
    def survivors(self) -> list[MutantResult]:
        """Mutants that kept all points and are not listed as equivalent."""
        return [f for f in self.results if not f.killed and not f.fault and not self.is_listed(f)]

    @property
    def killed_although_listed(self) -> list[MutantResult]:
        return [f for f in self.results if f.killed and self.is_listed(f)]

    @property
    def vacuous(self) -> list[str]:
        """Test cells, or their hidden halves, that pass on the untouched stub."""
        found = []
        for trial in self.trials:
            if trial.answer.name == "stub":
                for part in _parts(trial):
                    found += [part.name] * part.passed
                    found += [f"{part.name} (hidden)"] * (part.hidden == PASSED and not part.passed)
        return list(dict.fromkeys(found))

    @property
    def caught_by_visible_alone(self) -> list[Trial]:
        """Wrong answers that fail a visible test but no hidden one: with different data they would have passed."""
        wrong = [t for t in self.trials if t.answer.deserves is Label.WRONG and t.runs]
        return [trial for trial in wrong if _only_visible(trial.runs[0].parts)]

    @property
    def hidden_never_deciding(self) -> list[str]:
        """Hidden halves that no wrong answer or mutant fails after passing the visible half."""
        if self.quick:
            return []
        parts = [p for t in self.trials for p in _parts(t)]
        tried = [p for t in self.trials if t.answer.deserves is Label.WRONG for p in _parts(t)]
        tried += [p for result in self.results if result.run for p in result.run.parts]
        deciding = {p.name for p in tried if p.visible == PASSED and p.hidden not in ("", PASSED, FAULT)}
        return [name for name in dict.fromkeys(p.name for p in parts if p.hidden) if name not in deciding]

    @property
    def erring(self) -> list[Trial]:
        return [t for t in self.trials if t.false_reject or t.false_accept or t.flaky or t.fault or t.died]

    @property
    def failed(self) -> bool:
        """Whether anything was found that must be fixed."""
        faults = any(result.fault for result in self.results)
        return bool(self.erring or self.vacuous or self.survivors or self.killed_although_listed) or bool(
            self.stale or faults or any(_too_low(self.rates(exercise)) for exercise in self.exercises)
        )


def _too_low(rates: Rates) -> bool:
    return rates.score is not None and rates.score < ENOUGH


def _parts(trial: Trial) -> Iterator[Part]:
    return (part for run in trial.runs for part in run.parts)


def _only_visible(parts: Sequence[Part]) -> bool:
    lost = [part for part in parts if part.visible not in ("", PASSED)]
    return bool(lost) and all(part.hidden in ("", PASSED) for part in parts) and any(p.hidden for p in lost)
