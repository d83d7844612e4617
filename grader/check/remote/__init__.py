"""Remote calls and spies, which run in the process where the student's object lives.

queries.py          any object: its kind, signature, configuration, outputs, weights, state
answers.py          outputs of a model, layer or function: for new inputs, with new weights, in either mode
compiled_models.py  a compiled model: losses, gradients, scores, optimizer
gradients.py        derivatives with respect to inputs and weights, and the effect of a penalty
fits.py             a few training steps: changed weights, the mode, the reported losses
steps.py            a student's training step, loop or evaluation, run on models made from plain data
callback_runs.py    callbacks, called with made-up logs
round_trips.py      copies through a configuration or a file
graphs.py  tracing.py  figures.py    a model's graph; traces of a `tf.function`; the data of a figure
fit_spy.py  data_spy.py  layer_spy.py   arguments of `fit`; the rows that were scored; the flags that reach a layer
"""
