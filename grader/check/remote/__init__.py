"""Remote calls and spies: what runs where the student's object lives.

queries.py          any object: its kind, signature, configuration, outputs, weights, state
answers.py          what a model, layer or function answers: to other inputs, under other weights, in either mode
compiled_models.py  a compiled model: losses, gradients, scores, optimizer
gradients.py        derivatives with respect to inputs and weights, and what a penalty adds
fits.py             a few steps of training: what moved, which mode was announced, what `fit` reported
steps.py            a student's training step, loop or evaluation, run on models made from plain data
callback_runs.py    callbacks, driven with made-up logs
round_trips.py      copies through a configuration or a file
graphs.py  tracing.py  figures.py    a model's graph; traces of a `tf.function`; the data of a figure
fit_spy.py  data_spy.py  layer_spy.py   what `fit` was given; which rows were scored; which flags reach a layer
"""
