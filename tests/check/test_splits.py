"""Oracles on splitting and scaling: honest splits in every form, and what leaks, is lost, or only looks right."""

from collections import namedtuple

import numpy as np
import pytest

from grader import check
from tests.elsewhere import elsewhere
from tests.observed import failed

FRACTIONS = (0.6, 0.2, 0.2)
Part = namedtuple("Part", "X y")


def split(seed=0, cuts=(0.6, 0.8), statistics=lambda train, x: train, ddof=0):
    """(X, y) and a split of it whose parts are scaled by what `statistics` picks from (training part, all rows)."""
    x, y = check.named_rows(150, 4, "tests")
    order = np.random.default_rng(seed).permutation(150)
    parts = np.split(order, [int(cut * 150) for cut in cuts])
    of = statistics(x[parts[0]], x)
    scaled = [((x[rows] - of.mean(axis=0)) / of.std(axis=0, ddof=ddof), y[rows]) for rows in parts]
    return x, y, scaled


def judged(parts, x, y) -> list[str]:
    return failed(
        check.three_parts(parts), check.disjoint_parts(parts, y, FRACTIONS), check.shuffled(parts, y),
        check.scaled_by_training(parts, x, y),
    )  # fmt: skip


class Sly(tuple):
    """Three parts, it says; equal to everything."""

    def __len__(self):
        return 3

    def __iter__(self):
        return iter([(np.zeros((1, 4)), np.zeros(1))] * 3)

    def __eq__(self, other):
        return True

    __hash__ = tuple.__hash__


class Agreeing(np.ndarray):
    """An array that equals whatever it is compared with."""

    def __eq__(self, other):
        return np.ones(self.shape, bool)

    __hash__ = None


# ---- honest splits


@pytest.mark.parametrize("ddof", [0, 1])
@pytest.mark.parametrize("seed", range(3))
def test_an_honest_split_passes(seed, ddof):
    x, y, parts = split(seed, ddof=ddof)
    assert judged(parts, x, y) == []


def as_tensors(parts):
    import keras

    return tuple(tuple(keras.ops.convert_to_tensor(data.astype("float32")) for data in pair) for pair in parts)


FORMS = {
    "tuples": lambda parts: tuple(parts),
    "lists of lists": lambda parts: [[rows.tolist(), targets.tolist()] for rows, targets in parts],
    "named": lambda parts: tuple(Part(*pair) for pair in parts),
    "single precision": lambda parts: [(rows.astype("float32"), targets) for rows, targets in parts],
    "tensors": as_tensors,
    "targets as a column": lambda parts: [(rows, targets[:, None]) for rows, targets in parts],
    "arrays of one's own class": lambda parts: [tuple(data.view(Agreeing) for data in pair) for pair in parts],
}


@pytest.mark.parametrize("form", FORMS)
def test_the_form_does_not_matter(form):
    x, y, parts = split()
    assert judged(FORMS[form](parts), x, y) == []


# ---- no three parts


@pytest.mark.parametrize(
    "value",
    [
        None,
        (1, 2),
        ((1, 2), (3, 4)),
        "abc",
        [([1], [1, 2])] * 3,
        [(5, 5)] * 3,
        [(np.zeros((3, 2)), np.zeros((3, 2)))] * 3,
        [(np.zeros((3, 2)), ["a", "b", "c"])] * 3,
        [(np.zeros(3), np.zeros((3, 2)))] * 3,
        [{"X": 1, "y": 2}] * 3,
        Sly([(np.zeros((1, 4)), np.zeros(1))] * 6),
        elsewhere(split()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_three_parts_is_refused(value):
    (observation,) = check.three_parts(value)
    assert not observation.ok and observation.stop and observation.seen


# ---- rows


def test_sizes_that_were_not_asked_for_are_refused():
    _, y, parts = split(cuts=(0.5, 0.75))
    assert failed(check.disjoint_parts(parts, y, FRACTIONS)) == ["sizes"]
    _, y, parts = split()
    assert failed(check.disjoint_parts([parts[1], parts[0], parts[2]], y, FRACTIONS)) == ["sizes"]


def test_shared_lost_and_unshuffled_rows_are_refused():
    _, y, parts = split()
    shared = check.disjoint_parts([parts[0], parts[2], parts[2]], y, FRACTIONS)
    assert failed(shared) == ["rows in two parts", "lost rows"]
    lost = check.disjoint_parts([parts[0], parts[1], (parts[2][0][:-4], parts[2][1][:-4])], y, FRACTIONS)
    assert failed(lost) == ["lost rows"]
    in_order = [(np.zeros((len(part), 4)), part) for part in np.split(y, [90, 120])]
    assert failed(check.shuffled(in_order, y)) == ["shuffled"]
    empty = [parts[0], (parts[1][0][:0], parts[1][1][:0]), parts[2]]
    assert failed(check.shuffled(empty, y)) == ["shuffled"]


def test_targets_that_were_touched_are_refused():
    _, y, parts = split()
    for touch in (lambda t: t / 10, lambda t: (t - t.mean()) / t.std(), lambda t: t.astype(int) + 0.25):
        touched = [(rows, touch(targets)) for rows, targets in parts]
        assert failed(check.disjoint_parts(touched, y, FRACTIONS)) == ["targets"]


def test_an_array_that_agrees_with_everything_decides_nothing():
    x, y, parts = split(statistics=lambda train, all_rows: all_rows)
    lying = [tuple(data.view(Agreeing) for data in pair) for pair in parts]
    assert failed(check.scaled_by_training(lying, x, y)) == ["scaling of the training part"]
    again = split(seed=1)[2]
    lying = [tuple(data.view(Agreeing) for data in pair) for pair in again]
    assert failed(check.follows_seed(parts, lying, lying)) == ["two splits with the same seed"]


# ---- scaling


def test_scaling_by_all_rows_is_refused():
    for seed in range(5):
        x, y, parts = split(seed, statistics=lambda train, all_rows: all_rows)
        assert failed(check.scaled_by_training(parts, x, y)) == ["scaling of the training part"]


def test_scaling_each_part_by_itself_is_refused_and_told():
    x, y, parts = split()
    parts[2] = ((parts[2][0] - parts[2][0].mean(0)) / parts[2][0].std(0), parts[2][1])
    wrong = [o for o in check.scaled_by_training(parts, x, y) if not o.ok]
    assert [o.about for o in wrong] == ["scaling of the test part"]
    assert "own mean and standard deviation" in wrong[0].seen


@pytest.mark.parametrize(
    ("spoil", "about"),
    [
        (lambda rows, part: rows[:, :-1], "columns"),
        (lambda rows, part: rows[:-1], "columns"),
        (lambda rows, part: rows[::-1], "rows and targets"),
        (lambda rows, part: rows * 2, "scaling of the training part"),
        (lambda rows, part: rows + (part == 1), "scaling of the validation part"),
        (lambda rows, part: rows * np.nan, "scaling of the training part"),
    ],
    ids=["a column less", "a row less", "turned round", "twice", "validation shifted", "not a number"],
)
def test_rows_that_were_spoilt_are_refused(spoil, about):
    x, y, parts = split()
    spoilt = [(spoil(rows, place), targets) for place, (rows, targets) in enumerate(parts)]
    assert failed(check.scaled_by_training(spoilt, x, y)) == [about]


def test_rows_as_they_came_are_told():
    x, y, parts = split()
    raw = [(x[[int((t - 20) * 2) for t in targets]], targets) for _, targets in parts]
    wrong = [o for o in check.scaled_by_training(raw, x, y) if not o.ok]
    assert [o.about for o in wrong[:1]] == ["scaling of the training part"] and "unchanged" in wrong[0].next


# ---- seeds


def test_the_seed_is_followed():
    first, again, other = (split(seed)[2] for seed in (1, 1, 2))
    assert failed(check.follows_seed(first, again, other)) == []
    assert failed(check.follows_seed(first, other, other)) == ["two splits with the same seed"]
    assert failed(check.follows_seed(first, again, again)) == ["two splits with different seeds"]
