"""A model of 10¹² weights that was never built, a Dense of 10⁹ units, an Embedding as large, an image of 10⁵ by 10⁵: no
byte of it is allocated where the judge is."""

CELLS = {
    "build": """
def build(inputs, units):
    layers = keras.layers
    return keras.Sequential([
        layers.Dense(1_000_000_000),
        layers.Embedding(2_000_000_000, 1_000_000),
        layers.Reshape((100_000, 100_000)),
        layers.Dense(units),
    ])
"""
}
STATUS = {"build": ("wrong", "crashed")}
