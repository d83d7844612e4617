"""Data that checks make up: repeatable, fresh for each seed, and as they are described."""

import numpy as np
import pytest

from grader import check


def test_data_follow_the_seed(monkeypatch):
    first = check.clusters(30, 3, 3)
    monkeypatch.setenv("GRADER_SEED", "7")
    other = check.clusters(30, 3, 3)
    again = check.clusters(30, 3, 3)
    assert not np.array_equal(first[0], other[0]) and np.array_equal(other[0], again[0])
    assert np.array_equal(
        np.sort(check.clusters(31, 3, 3, by_class=True)[1]), check.clusters(31, 3, 3, by_class=True)[1]
    )


@pytest.mark.parametrize("seed", range(5))
def test_clusters_are_standardised_and_of_equal_size(seed, monkeypatch):
    monkeypatch.setenv("GRADER_SEED", str(seed))
    rows, labels = check.clusters(90, 4, 3)
    assert rows.shape == (90, 4) and rows.dtype == "float32" and np.array_equal(np.bincount(labels), [30, 30, 30])
    assert np.allclose(rows.mean(axis=0), 0, atol=1e-5) and np.allclose(rows.std(axis=0), 1, atol=1e-5)


def test_named_rows_have_names_of_their_own():
    rows, names = check.named_rows(50, 3)
    assert rows.shape == (50, 3) and len(np.unique(names)) == 50 and np.all(np.diff(names) > 0)


def test_scratch_folders_are_empty_and_different(tmp_path):
    import os

    first, second = check.scratch_path("a.keras"), check.scratch_path("a.keras")
    assert first != second and not os.path.exists(first) and os.path.isdir(os.path.dirname(first))


def test_sizes_differ_and_leave_out_what_is_visible(monkeypatch):
    for seed in range(40):
        monkeypatch.setenv("GRADER_SEED", str(seed))
        found = check.sizes(3, 2, 7, "salt", without=(3, 5))
        assert len(set(found)) == 3 and set(found) <= {2, 4, 6, 7}
    with pytest.raises(ValueError):
        check.sizes(3, 2, 4, without=(3,))
