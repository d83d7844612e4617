"""The support tickets: documented shapes, words that can be read, and targets that follow from what stands in them."""

import numpy as np
import pytest

from course.data import tickets


@pytest.fixture(scope="module")
def loaded():
    return tickets.load(seed=1)


def test_inputs_and_targets_are_the_documented_ones(loaded):
    inputs, targets = loaded
    seen = {name: (array.shape, array.dtype.name) for name, array in (inputs | targets).items()}
    assert seen == {
        "title": ((2400, 8), "int32"),
        "text_body": ((2400, 48), "int32"),
        "tags": ((2400, 12), "float32"),
        "priority": ((2400,), "float32"),
        "department": ((2400,), "int64"),
        "difficulty": ((2400,), "int64"),
    }
    assert set(np.unique(inputs["tags"])) == {0, 1}
    assert targets["priority"].min() >= 0 and targets["priority"].max() <= 1
    assert np.allclose(np.bincount(targets["department"]) / 2400, [0.3, 0.25, 0.25, 0.2], atol=0.03)
    assert np.allclose(np.bincount(targets["difficulty"]) / 2400, 1 / 3, atol=0.06)


def test_the_seed_decides_the_tickets():
    (first, first_targets), (again, again_targets) = tickets.load(seed=3, n=40), tickets.load(seed=3, n=40)
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert all(np.array_equal(first_targets[name], again_targets[name]) for name in first_targets)
    assert not np.array_equal(first["text_body"], tickets.load(seed=4, n=40)[0]["text_body"])
    assert not set(map(bytes, first["text_body"])) & set(map(bytes, tickets.load(seed=4, n=40)[0]["text_body"]))


def test_tokens_are_words_and_the_rest_is_padding(loaded):
    inputs, _ = loaded
    assert len(tickets.VOCABULARY) == len(set(tickets.VOCABULARY)) == inputs["text_body"].max() + 1
    assert tickets.VOCABULARY[:2] == ("", ".")
    for name in ("title", "text_body"):
        assert not ((np.diff(inputs[name], axis=1) != 0) & (inputs[name][:, :-1] == tickets.PAD)).any()
    assert tickets.words(np.array([*map(tickets.VOCABULARY.index, ("please", "help", ".", "refund")), 0, 0])) == (
        "please help. refund"
    )
    assert all(tickets.words(row) for row in inputs["title"][:50])


def test_tags_are_named():
    inputs, _ = tickets.load(seed=2, n=1)
    assert [tag in tickets.tags_of(inputs["tags"][0]) for tag in tickets.TAGS] == list(inputs["tags"][0] > 0)


def test_the_targets_follow_from_the_ticket(loaded):
    """As the process says: linear models on counted words get most of it, from text and tags."""
    from sklearn.linear_model import LogisticRegression, Ridge

    inputs, targets = loaded
    counts = {
        name: np.stack([np.bincount(row, minlength=len(tickets.VOCABULARY)) for row in inputs[name]])[:, 2:]
        for name in ("title", "text_body")
    }
    X = np.hstack([counts["title"], counts["text_body"], inputs["tags"]])
    cut = slice(0, 1900), slice(1900, None)
    department = LogisticRegression(C=0.1, max_iter=500).fit(X[cut[0]], targets["department"][cut[0]])
    assert 0.92 < department.score(X[cut[1]], targets["department"][cut[1]]) < 0.985
    tags_alone = LogisticRegression().fit(inputs["tags"][cut[0]], targets["department"][cut[0]])
    assert 0.5 < tags_alone.score(inputs["tags"][cut[1]], targets["department"][cut[1]]) < 0.85
    priority = Ridge(10).fit(X[cut[0]], targets["priority"][cut[0]])
    off = np.abs(priority.predict(X[cut[1]]) - targets["priority"][cut[1]]).mean()
    without_tags = Ridge(10).fit(X[cut[0], :-12], targets["priority"][cut[0]])
    off_without = np.abs(without_tags.predict(X[cut[1], :-12]) - targets["priority"][cut[1]]).mean()
    assert off < 0.105 < 0.11 < off_without
    difficulty = LogisticRegression(C=0.1, max_iter=500).fit(X[cut[0]], targets["difficulty"][cut[0]])
    assert difficulty.score(X[cut[1]], targets["difficulty"][cut[1]]) > 0.52


def test_pairs_are_titles_of_one_department_or_of_two():
    inputs, y = tickets.pairs(seed=5, n=60)
    assert {name: (part.shape, part.dtype.name) for name, part in inputs.items()} == {
        "first": ((60, 8), "int32"),
        "second": ((60, 8), "int32"),
    }
    assert y.dtype == np.float32 and y.sum() == 30
    again, _ = tickets.pairs(seed=5, n=60)
    assert np.array_equal(inputs["second"], again["second"])
    invoices = [["invoice" in tickets.words(row) for row in inputs[name]] for name in ("first", "second")]
    both = np.logical_and(*invoices)
    assert y[both].mean() > 0.9 or not both.any()


def test_no_tickets_are_refused():
    with pytest.raises(ValueError, match="Ask for n=1"):
        tickets.load(n=0)
