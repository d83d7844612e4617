"""How oracles measure: they know what is right. `retraining` and `reference_loop` also hold remote calls of their own.

perturbing.py       changed inputs and weights, and which outputs move
head_outputs.py     what a head can put out: probabilities, logits or neither
graph_trials.py     two models run against each other
retraining.py       a model trained afresh from seeded weights, several times at once
reference_loop.py   what `fit` would have done, and how a student's steps compare with it
training_events.py  a training run's events, sent to a callback
"""
