"""Measurements that oracles use. `retraining` and `reference_loop` also define remote calls.

perturbing.py       changed inputs and weights, and which outputs change
head_outputs.py     the possible outputs of a head: probabilities, logits or neither
graph_trials.py     two models compared by their outputs
retraining.py       a model trained from seeded weights, several times in one call
reference_loop.py   the result of a plain training loop, and how a student's steps compare with it
training_events.py  a training run's events, sent to a callback
"""
