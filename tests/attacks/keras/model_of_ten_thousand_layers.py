"""Ten thousand layers, and models within models a hundred deep: too much to travel, too much to walk through."""

SLOW = True
CELLS = {
    "build": """
def build(inputs, units):
    model = keras.Sequential([keras.Input((inputs,))])
    for _ in range(150):
        model = keras.Sequential([model])
    return keras.Sequential([keras.Input((inputs,))] + [keras.layers.Activation("relu") for _ in range(2000)])
"""
}
STATUS = {"build": ("wrong", "crashed", "timed out")}
