"""Classes of the student's registered under names and modules of Keras' own, with a `from_config` that acts."""

CELLS = {
    "build": """
import json

at = json.load(open("targets.json"))


class Dense(keras.layers.Dense):
    @classmethod
    def from_config(cls, config):
        open(at["folder"] + "/by_config", "w").close()
        return cls(**config)

    def get_config(self):
        return super().get_config() | {"units": 4, "module": "keras.layers", "registered_name": "Dense"}


Dense.__module__ = "keras.src.layers.core.dense"
keras.saving.get_custom_objects()["Dense"] = Dense
keras.saving.register_keras_serializable("keras.layers", "Dense")(Dense)


def build(inputs, units):
    return keras.Sequential([keras.Input((inputs,)), Dense(units)])
"""
}
STATUS = {"build": ("wrong", "crashed")}
