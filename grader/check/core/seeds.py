"""Random numbers that depend on GRADER_SEED and on their purpose, so that a check can be repeated."""

from __future__ import annotations

import hashlib
import os
import sys
import zlib

import numpy as np

from grader.check.core.register import export


@export
def seed(*salt: object) -> int:
    """A seed from the environment variable GRADER_SEED (default 0), different for each `salt`.

    A number of more than 31 bits counts as a secret, as it is when a class is graded. Seeds are passed to remote
    calls, so none of them must reveal another.
    """
    base = int(os.environ.get("GRADER_SEED", "0"))
    if base >= 2**31:
        return int.from_bytes(hashlib.sha256(f"{base} {salt!r}".encode()).digest()[:4]) >> 1
    return (base * 1_000_003 + zlib.crc32(repr(salt).encode())) % 2**31


@export
def rng(*salt: object) -> np.random.Generator:
    """A generator of fresh data: equal for equal GRADER_SEED and `salt`, different otherwise."""
    return np.random.default_rng(seed(*salt))


def seed_everything(*salt: object) -> None:
    """Seed Python, NumPy and Keras; does nothing before Keras is imported."""
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(seed(*salt))
