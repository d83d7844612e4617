"""How often a right answer would fail a threshold, estimated from some tens of runs.

The runs are few and the question is about one run in a thousand, so something has to be assumed. Two estimates
are made on a scale that suits the numbers (`Scale`), and the more careful one is kept:

- *Normal tail, spread unknown.* A further value falls below t with probability T((t − mean) / (s·√(1 + 1/n))),
  where T is Student's distribution with n − 1 degrees of freedom: the usual prediction of one more value (Hahn &
  Meeker, *Statistical Intervals*, 1991, ch. 4). With `MANY` values, s is no less than the root mean square of the
  lower half about the median, so that a longer tail on the side that matters isn't averaged away by a shorter one.
- *Exponential tail*, with `MANY` values. Far enough down, excesses are nearly exponential, for the normal
  distribution and for heavier ones of its kind (Balkema & de Haan 1974; Pickands 1975). With the k = n/5 lowest
  values below u, together by S, P(value < u − e) = k/n · (1 + e/S)^−k: the rate of the exponential isn't known,
  and has the posterior Gamma(k, S) under Jeffreys' prior.

A right answer of the bank is run with few seeds, on the same data as the reference. Its tail is then the reference's,
shifted and stretched by what the shared seeds show (`alongside`): most of what makes a seed a bad one is its data.
In addition, there is a bound that assumes nothing (Clopper & Pearson 1934): with no failure in n runs, at least
0.05^(1/n) ≈ 1 − 3/n pass, in 95 cases of 100. It would take 2995 runs to show 99.9 % that way.

Shares are looked at as angles, arcsin √share, on which the noise of counting is everywhere the same (Anscombe 1948).
Log-odds were tried and rejected: near 1 they set 499 and 500 of 500 as far apart as 70 and 82 %, so that chance in
the best runs would decide the estimate for the worst.

Tested on training runs like those of lab 01, simulated in NumPy with thousands of seeds (`bench/tails.py`): estimated
from 60 runs, the value that all but one in a thousand reach was on the careful side in 84 to 100 of 100 cases, and no
more than 0.06 % of all runs fell below it. From 8 runs, together with 60 of the reference, it was on the careful side
in 84 to 100, and up to 0.3 % fell below it: enough to see which right answers are weak. Those are then run as often as
the reference.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

REQUIRED = 0.999
"""The estimated pass rate required of the reference and, where possible, of every right answer."""
FEWEST = 3
"""With fewer values, nothing is estimated."""
MANY = 30
"""From this number on, the lower half and the lowest fifth have enough values to be used by themselves."""
CONFIDENCE = 0.95
MARGIN = 1.0
"""A threshold stays this many spreads beyond the worst value that a right answer reached."""


@dataclass(frozen=True)
class Scale:
    """A scale on which more is better: angles of shares, logarithms of positive numbers, or the plain numbers.

    `count` is the smallest difference that one row makes to a share.
    """

    kind: str
    at_least: bool = True
    count: float = 0.01

    def up(self, values: Sequence[float] | float) -> np.ndarray:
        x = np.asarray(values, float)
        if self.kind == "angle":
            x = np.arcsin(np.sqrt(np.clip(x, 0, 1)))
        elif self.kind == "logarithm":
            x = np.log(x)
        return x if self.at_least else -x

    def back(self, z: float) -> float:
        z = z if self.at_least else -z
        if self.kind == "angle":
            return math.sin(min(max(z, 0.0), math.pi / 2)) ** 2
        return math.exp(min(z, 700.0)) if self.kind == "logarithm" else float(z)

    def least_spread(self, typical: float) -> float:
        """How far one count more or less shifts a typical value: equal values don't prove that the next is equal."""
        step = self.count if self.kind == "angle" else 0.01 * abs(typical) or 1e-9
        return float(np.abs(np.diff(self.up([typical - step, typical, typical + step]))).max())


def scale_of(values: Sequence[float], threshold: float, at_least: bool) -> Scale:
    """The scale for finite `values` held against `threshold`. One count is the smallest difference between them, or
    a hundredth where that is less."""
    numbers = np.array([*values, threshold], float)
    if numbers.min() >= 0 and numbers.max() <= 1:
        steps = np.diff(np.unique([0.0, 1.0, *values]))
        return Scale("angle", at_least, min(0.01, float(steps.min())))
    return Scale("logarithm" if numbers.min() > 0 else "plain", at_least)


@dataclass(frozen=True)
class Tail:
    """Values on a scale, and their spread."""

    z: np.ndarray
    spread: float

    def pass_rate(self, threshold: float) -> float:
        """The share of further runs estimated to reach `threshold`, given on the scale; 0 where nothing is known."""
        if len(self.z) < FEWEST:
            return 0.0
        return float(1 - max(self._normal_below(threshold), self._exponential_below(threshold)))

    def quantile(self, share: float) -> float:
        """The value, on the scale, that all but `share` of further runs are estimated to reach."""
        if len(self.z) < FEWEST:
            return -math.inf
        from scipy import stats

        normal = self.z.mean() + self._predictive * stats.t.ppf(share, len(self.z) - 1)
        return float(min(normal, self._exponential_quantile(share)))

    @property
    def _predictive(self) -> float:
        return self.spread * math.sqrt(1 + 1 / len(self.z))

    def _normal_below(self, threshold: float) -> float:
        from scipy import stats

        return float(stats.t.cdf((threshold - self.z.mean()) / self._predictive, len(self.z) - 1))

    def _lowest(self) -> tuple[int, float, float]:
        """The number of lowest values, the value they are all below, and the sum of their distances to it."""
        k = len(self.z) // 5
        z = np.sort(self.z)
        return k, float(z[k]), float((z[k] - z[:k]).sum())

    def _exponential_below(self, threshold: float) -> float:
        k, limit, excess = self._lowest()
        if len(self.z) < MANY or excess == 0 or threshold >= limit:
            return 0.0  # no estimate here; the other one applies
        return k / len(self.z) * (1 + (limit - threshold) / excess) ** -k

    def _exponential_quantile(self, share: float) -> float:
        k, limit, excess = self._lowest()
        if len(self.z) < MANY or excess == 0:
            return math.inf
        return limit - excess * ((k / len(self.z) / share) ** (1 / k) - 1)


def tail(values: Sequence[float], scale: Scale) -> Tail:
    """The tail of finite `values`; its spread allows for equal values and for a long lower tail."""
    z = scale.up(values)
    spreads = [_spread(z, values, scale)]
    if len(z) >= MANY:
        below = np.median(z) - z
        spreads.append(math.sqrt(np.mean(below[below >= 0] ** 2)))
    return Tail(z, max(spreads))


def alongside(own: Mapping[int, float], reference: Mapping[int, float], scale: Scale) -> Tail:
    """The tail of an answer with few runs, `own` by seed, combined with the reference's many.

    The reference's values, moved by the mean difference on the seeds that both were run with, less what that may
    be off by (one-sided, `CONFIDENCE`), and stretched where the answer varies more on them than the reference does.
    """
    from scipy import stats

    both = sorted(own.keys() & reference.keys())
    if len(both) < FEWEST or len(own) >= MANY:
        return tail(list(own.values()), scale)
    ours, theirs = ([of[seed] for seed in both] for of in (own, reference))
    gap = scale.up(ours) - scale.up(theirs)
    doubt = stats.t.ppf(CONFIDENCE, len(both) - 1) * gap.std(ddof=1) / math.sqrt(len(both))
    stretch = max(1.0, _spread(scale.up(ours), ours, scale) / _spread(scale.up(theirs), theirs, scale))
    known = tail(list(reference.values()), scale)
    centre = known.z.mean()
    return Tail(centre + gap.mean() - doubt + stretch * (known.z - centre), stretch * known.spread)


def _spread(z: np.ndarray, values: Sequence[float], scale: Scale) -> float:
    """The standard deviation, no less than what one count makes."""
    if not len(z):
        return 0.0
    return max(scale.least_spread(float(np.median(values))), float(z.std(ddof=1)) if len(z) > 1 else 0.0)


def at_least_share(passed: int, n: int, confidence: float = CONFIDENCE) -> float:
    """Clopper and Pearson's one-sided lower bound for a share of which `passed` of `n` were seen; 0 for no runs."""
    from scipy import stats

    return float(stats.beta.ppf(1 - confidence, passed, n - passed + 1)) if passed else 0.0


def limit(known: Tail, worst: float) -> float:
    """The strictest threshold that an answer can meet, on the scale: all but one run in a thousand are estimated to
    reach it, and it is `MARGIN` spreads beyond the `worst` value seen."""
    return min(known.quantile(1 - REQUIRED), worst - MARGIN * known.spread)


def rounded(value: float, down: bool, decimals: int = 2) -> float:
    """`value` with two decimals, small ones with two digits; never on the other side of it."""
    if value and abs(value) < 0.1:
        decimals = 1 - math.floor(math.log10(abs(value)))
    factor = 10.0**decimals
    slack = -1e-9 if not down else 1e-9  # 0.29 · 100 is 28.999…96
    return (math.floor if down else math.ceil)(value * factor + slack) / factor
