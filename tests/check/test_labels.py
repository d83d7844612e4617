"""Oracles on predicted labels, and the models with planted answers that they are asked about."""

import keras
import numpy as np
import pytest

from grader import check
from tests.elsewhere import elsewhere
from tests.observed import failed

HEADS = ["sigmoid", "flat sigmoid", "one logit", "softmax", "logits"]


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("seed", range(3))
def test_planted_answers_are_the_models_own(head, seed):
    model, x, labels = check.planted_model(head, 3, seed)
    outputs = np.asarray(model(x))
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        found = outputs.argmax(axis=1)
    else:
        found = (outputs.ravel() > (0 if head == "one logit" else 0.5)).astype(int)
    assert failed(check.labels_are(found, labels, head)) == []
    assert len(np.unique(labels)) == (3 if head in ("softmax", "logits") else 2)


class Agreeing(np.ndarray):
    """An array that equals whatever it is compared with."""

    def __eq__(self, other):
        return np.ones(self.shape, bool)

    def __ne__(self, other):
        return np.zeros(self.shape, bool)

    __hash__ = None


class AgreeingList(list):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = None


class Claims:
    """No array, but says it is one, of the right size and equal to any other."""

    shape, dtype, ndim, size = (40,), np.dtype("int64"), 1, 40

    def __eq__(self, other):
        return True

    def __len__(self):
        return 40


class Explodes:
    def __array__(self, *_, **__):
        raise RuntimeError("boom")


class Trap:
    """Raises whatever it is asked for."""

    def __getattr__(self, name):
        raise ZeroDivisionError(name)


LABELS = check.planted_model("softmax", 3, 0)[2]


@pytest.mark.parametrize(
    "found",
    [
        LABELS,
        LABELS.astype("int32"),
        LABELS.astype("uint8"),
        LABELS.tolist(),
        tuple(LABELS),
        keras.ops.convert_to_tensor(LABELS),
        LABELS.view(Agreeing),
    ],
    ids=["int64", "int32", "uint8", "list", "tuple", "tensor", "an array of one's own class"],
)
def test_whole_numbers_in_any_container_are_right(found):
    assert failed(check.labels_are(found, LABELS, "softmax")) == []


WRONG = {
    "a column": LABELS[:, None],
    "floats": LABELS.astype(float),
    "one-hot": np.eye(3)[LABELS],
    "one too few": LABELS[:-1],
    "others": 1 - LABELS,
    "zeros": np.zeros_like(LABELS),
    "booleans": LABELS == 1,
    "words": ["a"] * 40,
    "none": None,
    "dots": ...,
    "ragged": [[1, 2], [3]],
    "empty": [],
    "a number": 2,
    "an array that agrees": (LABELS + 1).view(Agreeing),
    "a list that agrees": AgreeingList((LABELS + 1).tolist()),
    "no array that says it is one": Claims(),
    "explodes": Explodes(),
    "trap": Trap(),
    "elsewhere": elsewhere(LABELS),
    "a symbolic tensor": keras.Input((3,)),
}


@pytest.mark.parametrize("name", WRONG)
def test_labels_in_another_form_or_wrong_are_refused(name):
    (observation,) = check.labels_are(WRONG[name], LABELS, "softmax")
    assert not observation.ok and observation.seen and observation.next


@pytest.mark.parametrize(
    ("found", "head", "advice"),
    [
        (np.zeros(40, int), "sigmoid", "All labels are 0"),
        (np.full(40, 0.3), "sigmoid", "into labels"),
        (np.zeros((40, 3)), "softmax", "argmax"),
        (np.zeros((40, 1), int), "sigmoid", "last axis"),
        (np.ones(40, int), "one logit", "with 0"),
    ],
)
def test_the_likely_mistake_is_named(found, head, advice):
    (observation,) = check.labels_are(found, check.planted_model(head, 3, 0)[2], head)
    assert advice in observation.next
