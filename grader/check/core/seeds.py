"""Random numbers that depend on GRADER_SEED and on what they are for, so that a check can be repeated."""

from __future__ import annotations

import hashlib
import os
import sys
import zlib

import numpy as np

from grader.check.core.register import export


@export
def seed(*salt: object) -> int:
    """A seed from the environment's GRADER_SEED (0 without one), different for each `salt`.

    A number of more than 31 bits is taken for a secret, as it is when a class is graded: seeds are handed to verbs, and
    no other can be worked out from one of them.
    """
    base = int(os.environ.get("GRADER_SEED", "0"))
    if base >= 2**31:
        return int.from_bytes(hashlib.sha256(f"{base} {salt!r}".encode()).digest()[:4]) >> 1
    return (base * 1_000_003 + zlib.crc32(repr(salt).encode())) % 2**31


@export
def rng(*salt: object) -> np.random.Generator:
    """A generator of fresh data: the same for one GRADER_SEED and `salt`, another for every other."""
    return np.random.default_rng(seed(*salt))


def seed_everything(*salt: object) -> None:
    """Seed Python, NumPy and Keras for what follows; does nothing before Keras was imported."""
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(seed(*salt))
