"""Few weights, but each row of input becomes billions of numbers: repeated, padded, upsampled, tiled."""

SLOW = True
CELLS = {
    "build": """
def build(inputs, units):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((inputs,)),
        layers.RepeatVector(100_000),
        layers.UpSampling1D(100_000),
        layers.ZeroPadding1D(1_000_000_000),
        layers.GlobalAveragePooling1D(),
        layers.Dense(units),
    ])
"""
}
STATUS = {"build": ("wrong", "crashed", "timed out")}
