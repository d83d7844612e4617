"""Made-up training histories of six diseases, drawn so that each shows its own sign, and only that, beyond doubt.

`SIGNS` says by what each is told. With s the loss at the start (0.9 to 2.5), and every curve shaken by half a percent:

- *dead*: both curves stay at s;
- *underfitting*: both fall to between 0.70 and 0.85 s within a few epochs and stay there, side by side;
- *learning rate too high*: the training loss leaps up by at least 30 % every other epoch, the validation loss with it;
- *noisy validation*: the training loss falls to under a third of s, smoothly; the validation loss leaps around it;
- *overfitting*: the training loss falls to under a seventh of s; the validation loss turns, and ends 50 to 120 % above
  its lowest;
- *leak*: the training loss falls to under a half of s; the validation loss is 0.15 to 0.35 of it, from the first epoch.
"""

import numpy as np

KINDS = ("dead", "underfitting", "learning rate too high", "noisy validation", "overfitting", "leak")
SIGNS = {
    "dead": "The training loss stays within 3 % of where it began.",
    "underfitting": "The training loss falls by less than a third, then stays; the validation loss stays beside it.",
    "learning rate too high": "The training loss leaps up by more than a quarter within an epoch, again and again.",
    "noisy validation": "The training loss is smooth; the validation loss leaps up by over a quarter, again and again.",
    "overfitting": "The validation loss turns and ends over 40 % above its lowest; the training loss goes on falling.",
    "leak": "The validation loss is less than half of the training loss, from the first epoch to the last.",
}
"""What each history shows, and none of the others."""


def load(seed: int = 0, n: int = 6, epochs: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """(curves, kinds): float64 (n, 2, epochs), the training and the validation loss of n histories; str (n,), their
    diseases. The six take turns and are shuffled by `seed`. `epochs` is 20 or more.

    Raises ValueError for fewer epochs: a curve that turns needs room.
    """
    if epochs < 20:
        raise ValueError(f"epochs={epochs}: ask for 20 or more.")
    rng = np.random.default_rng(seed)
    kinds = rng.permutation(np.array(KINDS)[np.arange(n) % len(KINDS)])
    return np.array([_curves(kind, epochs, rng) for kind in kinds]).reshape(n, 2, epochs), kinds


def _curves(kind: str, epochs: int, rng: np.random.Generator) -> np.ndarray:
    start, t = rng.uniform(0.9, 2.5), np.arange(epochs)
    shaken = 1 + np.clip(rng.normal(0, 0.005, (2, epochs)), -0.01, 0.01)
    return start * np.array(_PROCESSES[kind](t, rng)) * shaken


def _falling(t: np.ndarray, to: float, within: float) -> np.ndarray:
    """From 1 to nearly `to`; two thirds of the way lie behind it after `within` epochs."""
    return to + (1 - to) * np.exp(-t / within)


def _dead(t, rng):
    return np.ones(len(t)), np.full(len(t), rng.uniform(0.97, 1.03))


def _underfitting(t, rng):
    loss = _falling(t, rng.uniform(0.7, 0.85), rng.uniform(0.8, 1.5))
    return loss, loss * rng.uniform(1.0, 1.05)


def _too_high(t, rng):
    low, high = rng.uniform(0.6, 1.0, len(t)), rng.uniform(1.35, 2.2, len(t))
    loss = np.where((t + rng.integers(2)) % 2, low, high)
    return loss, loss * rng.uniform(0.9, 1.1, len(t))


def _noisy(t, rng):
    loss = _falling(t, rng.uniform(0.1, 0.25), rng.uniform(4, 6))
    sides = np.where((t + rng.integers(2)) % 2, 1, -1)
    return loss, loss * np.exp(sides * rng.uniform(0.25, 0.5, len(t)))


def _overfitting(t, rng):
    loss = _falling(t, rng.uniform(0.02, 0.08), len(t) / 8)
    turn = int(rng.uniform(0.25, 0.4) * len(t))
    validation = 1.05 * _falling(t, 0.3, turn / 2.5)
    rise = np.maximum(t - turn, 0) / (len(t) - 1 - turn)
    lowest = validation[turn]
    return loss, np.where(t <= turn, validation, lowest * (1 + rng.uniform(0.5, 1.2) * rise))


def _leak(t, rng):
    loss = _falling(t, rng.uniform(0.2, 0.4), rng.uniform(4, 6))
    return loss, loss * rng.uniform(0.15, 0.35)


_PROCESSES = dict(zip(KINDS, (_dead, _underfitting, _too_high, _noisy, _overfitting, _leak), strict=True))
