"""Tensors without an end, which TensorFlow's own allocator takes: bounded like any memory."""

SLOW = True
CELLS = {
    "build": """
def build(inputs, units):
    held = []
    while True:
        held.append(keras.ops.ones((64, 1024, 1024)))
"""
}
STATUS = {"build": "crashed"}
EARNS = {"build": 0, "layer": 2, "train": 3}
