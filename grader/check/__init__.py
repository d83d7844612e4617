"""Checks on what a model is and does, never on how it was written.

A test reads as a specification: `with check.task(title) as task:` runs the student's code with `task.run` and
hands oracles to `task.expect`. An oracle is a function that yields observations.
"""

from grader.check.answers import choice
from grader.check.compiling import is_compiled, reports, steps_like_sgd
from grader.check.made_up import clusters, measurements, named_rows, scratch_path
from grader.check.models import (
    accuracy,
    head_and_loss,
    head_range,
    is_model,
    is_pair,
    loss_fits_head,
    output_shape,
    output_units,
    same_model,
)
from grader.check.predicting import labels_are, planted_model
from grader.check.probe import rng, seed
from grader.check.saving import came_back, saved_and_restored, saved_whole, scores_equal, was_evaluated
from grader.check.splitting import disjoint_parts, follows_seed, scaled_by_training, shuffled, three_parts
from grader.check.task import Task as task
from grader.check.training import (
    beats_baseline,
    experiment,
    fitted,
    held_back,
    history_of,
    learning_rate_is,
    training,
)
from grader.check.verdict import (
    Crashed,
    GraderFault,
    Measure,
    NotAttempted,
    Observation,
    Status,
    Verdict,
    Wrong,
)

__all__ = [
    "Crashed", "GraderFault", "Measure", "NotAttempted", "Observation", "Status", "Verdict", "Wrong", "accuracy",
    "beats_baseline", "came_back", "choice", "clusters", "disjoint_parts", "experiment", "fitted",
    "follows_seed", "head_and_loss", "head_range", "held_back", "history_of", "is_compiled", "is_model",
    "is_pair", "labels_are", "learning_rate_is", "loss_fits_head", "measurements", "named_rows",
    "output_shape", "output_units", "planted_model", "reports", "rng", "same_model", "saved_and_restored",
    "saved_whole", "scaled_by_training", "scores_equal", "scratch_path", "seed", "shuffled", "steps_like_sgd",
    "task", "three_parts", "training", "was_evaluated",
]  # fmt: skip
