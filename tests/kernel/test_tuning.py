"""Processes that compute little: TensorFlow compiles less in them, and computes the same."""

import os
import subprocess
import sys

import pytest

from grader.compat.tensorflow import BINDINGS
from grader.kernel import tuning

PROGRAM = """
import course, keras, numpy as np, tensorflow as tf
from grader.kernel import tuning
{before}
tuning.reduce_compilation()
try:
    tf.matmul(tf.ones((2, 3)), tf.ones((2, 3)))
except tf.errors.InvalidArgumentError as error:
    print("__wrapped__" in str(error), tf.config.optimizer.get_experimental_options()["disable_meta_optimizer"])
keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)])
model.compile("adam", "mse")
x = np.random.default_rng(1).normal(size=(64, 3)).astype("float32")
model.fit(x, x[:, :1], epochs=2, verbose=0)
print(model(x[:4]).numpy().tobytes().hex())
"""


def runs(asked_for: bool, before: str = "") -> tuple[list[str], str]:
    """Whether an operation becomes a function, and whether graphs are left as traced; what a model predicts."""
    environment = {name: value for name, value in os.environ.items() if name not in tuning.VARIABLES}
    variables = tuning.VARIABLES if asked_for else dict.fromkeys(tuning.THREADS, "1")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(before=before)],
        env=environment | variables,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    flags, predicted = done.stdout.splitlines()
    return flags.split(), predicted


@pytest.fixture(scope="module")
def ordinary():
    return runs(asked_for=False)


def test_only_who_asks_for_it_gets_it(ordinary):
    assert ordinary[0] == ["True", "False"]
    flags, predicted = runs(asked_for=True)
    assert flags == ["False", "True"] and predicted == ordinary[1]


def test_where_the_option_is_called_otherwise_all_runs_as_before(ordinary):
    flags, predicted = runs(True, f"import sys; del sys.modules[{BINDINGS!r}]")
    assert flags == ["True", "True"] and predicted == ordinary[1]
