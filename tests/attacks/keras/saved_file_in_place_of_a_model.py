"""Paths, archives, bytes and open files where a model is asked for: nothing of the student's is ever loaded."""

CELLS = {
    "build": """
import io, pickle


def build(inputs, units):
    model = keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(4, "relu"), keras.layers.Dense(units)])
    model.save("model.keras")
    return "model.keras"
"""
}
STATUS = {"build": ("wrong", "crashed")}
