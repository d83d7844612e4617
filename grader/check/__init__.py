"""Checks on what a model is and does, never on how it was written.

A test reads as a specification: `with check.task(title) as task:` runs the student's code with `task.run` and
hands oracles to `task.expect`. An oracle is a function that yields observations. `course/README.md` lists them by
what they ask.
"""

from grader.check.answers import choice
from grader.check.blocks import bottleneck, composed, residual, skips, symmetric
from grader.check.callbacks import (
    drive,
    event_values,
    learning_rate_trace,
    leaves_training_alone,
    logs,
    restores_best,
    stops_at,
    writes_best,
    writes_events,
)
from grader.check.compiling import is_compiled, reports, steps_like_sgd
from grader.check.gradients import attacks, gradients_reach, input_gradient_is
from grader.check.graphs import same_graph
from grader.check.interface import any_batch, has_inputs, has_outputs
from grader.check.layers import (
    drops_in_training_only,
    equals,
    inverse,
    rows_sum_to_one,
    statistics_move_in_training_only,
    tracks,
    works_in_a_graph,
)
from grader.check.learning import finite, learns, memorises
from grader.check.made_up import clusters, measurements, named_rows, normal, scratch_path, sizes
from grader.check.models import (
    accuracy,
    all_can_learn,
    head_and_loss,
    head_range,
    is_model,
    is_pair,
    loss_fits_head,
    output_shape,
    output_units,
    same_model,
)
from grader.check.moving import leaves_weights, only_moves
from grader.check.nonlinearity import depth, nonlinear
from grader.check.numbers import equal, gradient_is, numerical_gradient, relative_error, tolerance
from grader.check.predicting import labels_are, planted_model
from grader.check.probe import rng, seed
from grader.check.round_trips import round_trip
from grader.check.saving import came_back, saved_and_restored, saved_whole, scores_equal, was_evaluated
from grader.check.sealed import epochs_run, look_on, scored_once
from grader.check.sequences import any_length, causal, ignores_padding, permutation_equivariant, permutation_invariant
from grader.check.splitting import disjoint_parts, follows_seed, scaled_by_training, shuffled, three_parts
from grader.check.spy_layer import calls_layer, passes_training
from grader.check.stepping import adds_to_loss, steps_like_fit, trains_like_fit
from grader.check.structure import depends, every_weight_counts, frozen, parameters, shares
from grader.check.task import Task as task
from grader.check.tracing import traces_at_most
from grader.check.training import beats_baseline, experiment, fitted, held_back, history_of, learning_rate_is, training
from grader.check.verdict import Crashed, GraderFault, Measure, NotAttempted, Observation, Status, Verdict, Wrong

__all__ = [
    "Crashed", "GraderFault", "Measure", "NotAttempted", "Observation", "Status", "Verdict", "Wrong",
    "accuracy", "adds_to_loss", "all_can_learn", "any_batch", "any_length", "attacks", "beats_baseline",
    "bottleneck", "calls_layer", "came_back", "causal", "choice", "clusters", "composed", "depends", "depth",
    "disjoint_parts", "drive", "drops_in_training_only", "epochs_run", "equal", "equals", "event_values",
    "every_weight_counts", "experiment", "finite", "fitted", "follows_seed", "frozen", "gradient_is",
    "gradients_reach", "has_inputs", "has_outputs", "head_and_loss", "head_range", "held_back", "history_of",
    "ignores_padding", "input_gradient_is", "inverse", "is_compiled", "is_model", "is_pair", "labels_are",
    "learning_rate_is", "learning_rate_trace", "learns", "leaves_training_alone", "leaves_weights", "logs",
    "look_on", "loss_fits_head", "measurements", "memorises", "named_rows", "nonlinear", "normal",
    "numerical_gradient", "only_moves", "output_shape", "output_units", "parameters", "passes_training",
    "permutation_equivariant", "permutation_invariant", "planted_model", "relative_error", "reports",
    "residual", "restores_best", "rng", "round_trip", "rows_sum_to_one", "same_graph", "same_model",
    "saved_and_restored", "saved_whole", "scaled_by_training", "scored_once", "scores_equal", "scratch_path",
    "seed", "shares", "shuffled", "sizes", "skips", "statistics_move_in_training_only", "steps_like_fit",
    "steps_like_sgd", "stops_at", "symmetric", "task", "three_parts", "tolerance", "traces_at_most", "tracks",
    "training", "trains_like_fit", "was_evaluated", "works_in_a_graph", "writes_best", "writes_events",
]  # fmt: skip
