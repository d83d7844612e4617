"""A Lambda layer with code of the student's, which would run where the model is made again."""

CELLS = {
    "build": """
import json

at = json.load(open("targets.json"))


def evil(x, place=at["folder"]):
    try:
        open(place + "/by_lambda", "w").close()
    except OSError:
        pass
    return x


def build(inputs, units):
    layers = keras.layers
    keras.config.enable_unsafe_deserialization()
    return keras.Sequential([keras.Input((inputs,)), layers.Lambda(evil), layers.Dense(units)])
"""
}
STATUS = {"build": ("wrong", "crashed")}
