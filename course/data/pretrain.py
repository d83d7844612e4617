"""Trains the course's pretrained model: `python -m course.data.pretrain` writes backbone.keras and backbone.json.

It is trained on drawn letters and evaluated on different drawn letters. The same command gives the same network, up to
rounding: machines add numbers in different orders.
"""

import json

import numpy as np

from course.data import glyphs
from course.data.backbone import FILE, RECORD, build, preprocess_input

SEED, FRESH = 13, 14  # of the letters for training, and of those for evaluation
LETTERS, EPOCHS = 13_000, 8
MEASURED_ON = 2600


def train(letters: int = LETTERS, epochs: int = EPOCHS):
    """The network trained on this number of drawn letters. Takes about two minutes on two CPU cores."""
    import keras

    keras.utils.set_random_seed(SEED)
    X, y = glyphs.load(SEED, letters)
    model, batch = build(), 64
    rate = keras.optimizers.schedules.CosineDecay(0.003, epochs * -(-letters // batch))
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(preprocess_input(X), y, batch_size=batch, epochs=epochs, verbose=2)
    return model


def accuracy(model, seed: int = FRESH, n: int = MEASURED_ON) -> float:
    """The share of `n` letters, sampled with `seed`, that the model classifies correctly."""
    X, y = glyphs.load(seed, n)
    return float(np.mean(model.predict(preprocess_input(X), verbose=0).argmax(axis=1) == y))


def main() -> None:
    """Train the network, evaluate it, and write both files."""
    trained = train()
    plain = build()  # without the optimizer's state, which is twice the size of the weights
    plain.set_weights(trained.get_weights())
    plain.save(FILE)
    record = {
        "seed": SEED,
        "letters": LETTERS,
        "epochs": EPOCHS,
        "fresh_seed": FRESH,
        "fresh_letters": MEASURED_ON,
        "accuracy": round(accuracy(plain), 4),
        "parameters": plain.count_params(),
    }
    RECORD.write_text(json.dumps(record, indent=1) + "\n")
    print(f"{FILE} ({FILE.stat().st_size / 1e6:.2f} MB): {record['accuracy']:.2%} of fresh letters right")


if __name__ == "__main__":
    main()
