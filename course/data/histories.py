"""Made-up training histories with six different problems, drawn so that each clearly shows its own sign and no other.

`SIGNS` says how to recognize each problem. With s the loss at the start (0.9 to 2.5), and noise of half a percent on
every curve:

- *dead*: both curves stay at s;
- *underfitting*: both fall to between 0.70 and 0.85 s within a few epochs and stay there, close together;
- *learning rate too high*: the training loss jumps by at least 30% every other epoch, and the validation loss with it;
- *noisy validation*: the training loss falls to under a third of s, smoothly; the validation loss jumps around it;
- *overfitting*: the training loss falls to under a seventh of s; the validation loss turns, and ends 50 to 120% above
  its lowest value;
- *leak*: the training loss falls to under half of s; the validation loss is 0.15 to 0.35 of it from the first epoch on.
"""

import numpy as np

KINDS = ("dead", "underfitting", "learning rate too high", "noisy validation", "overfitting", "leak")
SIGNS = {
    "dead": "The training loss stays within 3% of its initial value.",
    "underfitting": "The training loss falls by less than a third, then stays there, close to the validation loss.",
    "learning rate too high": "The training loss jumps by more than a quarter within an epoch, again and again.",
    "noisy validation": "The training loss is smooth; the validation loss jumps by over a quarter, again and again.",
    "overfitting": "The validation loss turns and ends over 40% above its minimum; the training loss keeps falling.",
    "leak": "The validation loss is less than half of the training loss, from the first epoch to the last.",
}
"""What each history shows and no other does."""


def load(seed: int = 0, n: int = 6, epochs: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """`n` histories, shuffled with `seed`, in which the six problems are about equally frequent: `(curves, kinds)`.

    curves: float64 (n, 2, epochs), the training loss and the validation loss of each history.
    kinds: str (n,), the problem that each history shows, one of KINDS.

    Raises ValueError if `epochs` is below 20: a curve that turns needs enough of them.
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
    """A curve from 1 to nearly `to`, two thirds of the way down after `within` epochs."""
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
