"""A layer whose `call`, `build` and `get_config` write files, kill processes and print, each time the judge asks."""

CELLS = {
    "layer": """
import json, os

at = json.load(open("targets.json"))


class Shifted(keras.layers.Layer):
    def build(self, shape):
        self.shift = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, inputs):
        for way in (lambda: open(at["secret"], "a").write("x"), lambda: os.kill(os.getppid(), 9)):
            try:
                way()
            except OSError:
                pass
        return inputs + self.shift
"""
}
EARNS = {"layer": (0, 2)}
