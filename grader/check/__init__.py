"""Checks on what a model is and does, never on how it was written.

A test reads as a specification: `with check.task(title) as task:` runs the student's code with `task.run` and
hands oracles to `task.expect`. An oracle is a function that yields observations. `course/README.md` lists them by
what they ask.
"""

from grader.check.answers import choice
from grader.check.blocks import bottleneck, composed, reaches_and_skips, reads_through, residual, sees, skips, symmetric
from grader.check.callbacks import (
    drive,
    event_values,
    holds,
    is_callback,
    learning_rate_trace,
    leaves_training_alone,
    logs,
    restores_best,
    restores_start,
    stops_at,
    writes_best,
    writes_events,
)
from grader.check.compiling import is_compiled, reports, reports_each, steps_like_sgd, weighs_losses
from grader.check.descent import linear_descent
from grader.check.desks import desk, desk_rows, ticket_rows
from grader.check.gradients import attacks, gradients_reach, input_gradient_is
from grader.check.graphs import same_graph
from grader.check.interface import answers_as, any_batch, has_inputs, has_outputs, outputs_are_probabilities
from grader.check.layers import (
    drops_in_training_only,
    drops_inverted,
    equals,
    inverse,
    remembers,
    rows_sum_to_one,
    starts_random,
    statistics_move_in_training_only,
    tells_apart,
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
from grader.check.moving import adds_loss, leaves_weights, moves_in_fit, only_moves
from grader.check.naming import names
from grader.check.nonlinearity import activated, depth, nonlinear
from grader.check.numbers import equal, gradient_is, numerical_gradient, relative_error, tolerance
from grader.check.plots import draws_history
from grader.check.predicting import labels_are, planted_model
from grader.check.pretrained import (
    compiled_again,
    made_up_base,
    parts,
    patchwork,
    prepared,
    top_classes,
    trains_on_features,
    with_trained_head,
)
from grader.check.probe import rng, seed
from grader.check.round_trips import keeps_settings, round_trip
from grader.check.saving import came_back, saved_and_restored, saved_whole, scores_equal, was_evaluated
from grader.check.sealed import epochs_run, look_on, scored_once
from grader.check.sequences import any_length, causal, ignores_padding, permutation_equivariant, permutation_invariant
from grader.check.splitting import disjoint_parts, follows_seed, scaled_by_training, shuffled, three_parts
from grader.check.spy_layer import calls_layer, passes_training
from grader.check.stepping import adds_to_loss, mean_loss_is, steps_like_fit, trains_like_fit
from grader.check.structure import depends, every_weight_counts, frozen, has_layers, parameters, shares
from grader.check.subclassing import (
    compile_with,
    drops_in_fit,
    exits_early,
    fit_reports,
    layers_made_once,
    steps_clipped,
    told_in_fit,
    two_dense,
    works_in_fit,
    wraps,
)
from grader.check.task import Task as task
from grader.check.tracing import traces_at_most
from grader.check.training import beats_baseline, experiment, fitted, held_back, history_of, learning_rate_is, training
from grader.verdict import Crashed, GraderFault, Measure, NotAttempted, Observation, Status, Verdict, Wrong

__all__ = [
    "Crashed", "GraderFault", "Measure", "NotAttempted", "Observation", "Status", "Verdict", "Wrong",
    "accuracy", "activated", "adds_loss", "adds_to_loss", "all_can_learn", "answers_as", "any_batch", "any_length",
    "attacks", "beats_baseline", "bottleneck", "calls_layer", "came_back", "causal", "choice", "clusters",
    "compile_with", "compiled_again", "composed", "depends", "depth", "desk", "desk_rows", "disjoint_parts",
    "draws_history", "drive", "drops_in_fit", "drops_in_training_only", "drops_inverted", "epochs_run", "equal",
    "equals", "event_values", "every_weight_counts", "exits_early", "experiment", "finite", "fit_reports", "fitted",
    "follows_seed", "frozen", "gradient_is", "gradients_reach", "has_inputs", "has_layers", "has_outputs",
    "head_and_loss", "head_range", "held_back", "history_of", "holds", "ignores_padding", "input_gradient_is",
    "inverse", "is_callback", "is_compiled", "is_model", "is_pair", "keeps_settings", "labels_are",
    "layers_made_once", "learning_rate_is", "learning_rate_trace", "learns", "leaves_training_alone",
    "leaves_weights", "linear_descent", "logs", "look_on", "loss_fits_head", "made_up_base", "mean_loss_is",
    "measurements", "memorises", "moves_in_fit", "named_rows", "names", "nonlinear", "normal",
    "numerical_gradient", "only_moves", "output_shape", "output_units", "outputs_are_probabilities", "parameters",
    "parts", "passes_training", "patchwork", "permutation_equivariant", "permutation_invariant", "planted_model",
    "prepared", "reaches_and_skips", "reads_through", "relative_error", "remembers", "reports", "reports_each",
    "residual", "restores_best", "restores_start", "rng", "round_trip", "rows_sum_to_one", "same_graph",
    "same_model", "saved_and_restored", "saved_whole", "scaled_by_training", "scored_once", "scores_equal",
    "scratch_path", "seed", "sees", "shares", "shuffled", "sizes", "skips", "starts_random",
    "statistics_move_in_training_only", "steps_clipped", "steps_like_fit", "steps_like_sgd", "stops_at",
    "symmetric", "task", "tells_apart", "three_parts", "ticket_rows", "told_in_fit", "tolerance", "top_classes",
    "traces_at_most", "tracks", "training", "trains_like_fit", "trains_on_features", "two_dense", "was_evaluated",
    "weighs_losses", "with_trained_head", "works_in_a_graph", "works_in_fit", "wraps", "writes_best",
    "writes_events",
]  # fmt: skip
