"""Oracles on work with pretrained models: prepared photos, the most probable classes, features computed once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.check.core import guarded, numbers
from grader.check.core.register import Observations, oracle
from grader.check.remote import compiled_models
from grader.check.remote.fits import run_on_features
from grader.check.remote.queries import kind_of, members
from grader.verdict import Observation

APPLICATIONS = {
    "ResNet50": (224, "caffe"),
    "VGG16": (224, "caffe"),
    "MobileNetV2": (224, "tf"),
    "InceptionV3": (299, "tf"),
    "Xception": (299, "tf"),
    "DenseNet121": (224, "torch"),
    "EfficientNetB0": (224, "unchanged"),
}
"""The height and width of the photos that each application takes, and the contract for their pixels."""

MEANS = np.array([103.939, 116.779, 123.68])  # of ImageNet's blue, green and red (Simonyan and Zisserman 2014)

MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])  # of its red, green and blue / 255

CONTRACTS = {
    "unchanged": lambda rgb: rgb,
    "tf": lambda rgb: rgb / 127.5 - 1,
    "caffe": lambda rgb: rgb[..., ::-1] - MEANS,
    "torch": lambda rgb: (rgb / 255 - MEAN) / DEVIATION,
}

WORDS = {
    "unchanged": "pixels from 0 to 255, unchanged (the model scales them itself)",
    "tf": "pixels from -1 to 1",
    "caffe": "pixels with blue first, minus each color's mean",
    "torch": "pixels from 0 to 1, minus each color's mean and divided by its standard deviation",
}

OTHERS = {
    "pixels from 0 to 1": lambda rgb: rgb / 255,
    "pixels from 0 to 255, blue first": lambda rgb: rgb[..., ::-1],
    "pixels with red first, minus blue's mean": lambda rgb: rgb - MEANS,
    "integers that overflowed: values below 0 wrap around to 255": lambda rgb: np.floor(
        (rgb[..., ::-1] - np.floor(MEANS)) % 256
    ),
    "pixels from -1 to 1, blue first": lambda rgb: rgb[..., ::-1] / 127.5 - 1,
    "pixels prepared twice, because the first call changed the array in place": lambda rgb: rgb[..., ::-1] - 2 * MEANS,
}
"""Common mistakes, so that a message can name the one that was made."""


BLACK = "pixels with zeros for green and blue"


@oracle
def prepared(found: Any, photos: np.ndarray, application: str) -> Observations:
    """`found` are the `photos` (of `patchwork`) as the application expects them: size, channels, range and order."""
    side, contract = APPLICATIONS[application]
    wanted = (len(photos), side, side, 3)
    try:
        seen = guarded.array(found)
    except TypeError:
        seen = None
    problem = kind_of(found) if seen is None else "" if seen.shape == wanted else f"shape {seen.shape}"
    yield Observation(
        about=f"{application}: size and channels",
        ok=not problem,
        seen=problem or f"shape {wanted}",
        expected=f"shape {wanted}: {numbers.counted(len(photos), 'photo')} of {side} × {side} pixels in 3 colors",
        why="The layers were trained on images of this size with three colors; they fail or predict poorly on others.",
        next=_shape_advice(seen, photos, side),
        stop=True,
    )
    yield Observation(
        about=f"{application}: dtype",
        ok=seen.dtype.kind == "f",
        seen=str(seen.dtype),
        expected="floating-point numbers",
        why="Integers can't hold fractions, and unsigned integers can't hold negative values.",
        next="Convert the photos to `float32` before any computation.",
    )
    rgb = photos.astype("float64") if photos.shape[-1] == 3 else np.repeat(photos.astype("float64"), 3, axis=-1)
    middles, expected = _middles(seen), CONTRACTS[contract](_middles(rgb))
    ok = _same(middles, expected)
    what = WORDS[contract] if ok else _what_they_are(middles, rgb, contract)
    yield Observation(
        about=f"{application}: pixels",
        ok=ok,
        seen=what,
        expected=f"{WORDS[contract]}; one of the patches is {_numbers(expected[0, 0, 0])}",
        why="A model accepts pixels in a different range or order without an error, and predicts poorly.",
        next="Resize the whole photo, without cropping, rotating or flipping it."
        if _misplaced(middles, expected)
        else "Repeat the gray channel, so that red, green and blue are equal and none is zero."
        if photos.shape[-1] == 1 and what == BLACK
        else "Call the `preprocess_input` of the application's own module, once, on floats from 0 to 255, red first.",
    )


def _middles(photos: np.ndarray) -> np.ndarray:
    """The colors of the patches: (n, 3, 4, channels)."""
    height, width = photos.shape[1:3]
    rows, columns = ((2 * np.arange(3) + 1) * height // 6, (2 * np.arange(4) + 1) * width // 8)
    return photos[:, rows][:, :, columns].astype("float64")


def _same(seen: np.ndarray, expected: np.ndarray) -> bool:
    """Whether they are equal up to rounding and half a pixel step, because interpolation may round."""
    spread = max(np.ptp(expected), 1e-6)
    return bool(np.max(np.abs(seen - expected)) <= max(numbers.tolerance(), 0.51 / 255) * spread)


def _misplaced(middles: np.ndarray, expected: np.ndarray) -> bool:
    """Whether the patches have the right colors in the wrong places."""
    flat = [part.reshape(len(part), -1, 3) for part in (middles, expected)]
    apart = np.abs(flat[0][:, :, None] - flat[1][:, None]).max(axis=-1).min(axis=-1)
    return not _same(middles, expected) and bool(apart.max() <= 0.51 / 255 * max(np.ptp(expected), 1e-6))


def _what_they_are(middles: np.ndarray, rgb: np.ndarray, contract: str) -> str:
    candidates = {f"pixels prepared for other applications: {WORDS[name]}": CONTRACTS[name] for name in CONTRACTS}
    candidates = {words: f for words, f in candidates.items() if WORDS[contract] not in words} | OTHERS
    twice = CONTRACTS[contract]
    candidates |= {
        "pixels prepared twice": lambda pixels: twice(twice(pixels)),
        "pixels divided by 255, and then prepared": lambda pixels: twice(pixels / 255),
        "pixels converted to gray, and then prepared": lambda pixels: twice(
            np.repeat(pixels.mean(axis=-1, keepdims=True), 3, axis=-1)
        ),
        BLACK: lambda pixels: twice(pixels * np.array([1, 0, 0])),
    }
    for words, function in candidates.items():
        if _same(middles, function(_middles(rgb))):
            return words
    if _misplaced(middles, CONTRACTS[contract](_middles(rgb))):
        return "the right colors in the wrong places"
    return f"different values: that patch is {_numbers(middles[0, 0, 0])}"


def _numbers(values: np.ndarray) -> str:
    return "(" + ", ".join(f"{value:.2f}" for value in values) + ")"


def _shape_advice(seen: np.ndarray | None, photos: np.ndarray, side: int) -> str:
    if seen is None:
        return "Return the prepared photos as an array or a tensor."
    if seen.ndim == 4 and seen.shape[-1] == 1:
        return "Repeat the single channel of a gray scan, so that red, green and blue are equal."
    if seen.ndim == 4 and seen.shape[1:3] == photos.shape[1:3]:
        return f"Resize them to {side} × {side}: `keras.ops.image.resize(photos, (side, side))`, not `np.resize`."
    if seen.ndim == 4 and seen.shape[1] == seen.shape[2]:
        return f"Look up the size of each application in the table: here it is {side}."
    return "Arrange the axes as photos, height, width and color."


@oracle
def top_classes(found: Any, probabilities: np.ndarray, names: Sequence[str], top: int, about: str = "") -> Observations:
    """For each row of probabilities, `found` lists the `top` most probable classes as pairs (name, probability).

    The most probable class comes first; equally probable ones keep their order in `names`.
    """
    before = f"{about}: " if about else ""
    rows = members(found)
    pairs = None if rows is None else [_pairs(row) for row in rows]
    problem = _form(found, rows, pairs, len(probabilities), top)
    yield Observation(
        about=f"{before}form of the result",
        ok=not problem,
        seen=problem or "a list of pairs for each row",
        expected=f"{numbers.counted(len(probabilities), 'list')}, one for each row, "
        f"each with {top} pairs (name, probability)",
        why="With names in the result, the code that displays it doesn't need the numbers of the classes.",
        next=_form_advice(rows, pairs, len(probabilities), top),
        stop=True,
    )
    order = [np.argsort(-row, kind="stable")[:top] for row in probabilities]
    wrong = next((i for i, places in enumerate(order) if not _agree(pairs[i], probabilities[i], names, places)), None)
    row = 0 if wrong is None else wrong
    expected = [(names[place], float(probabilities[row][place])) for place in order[row]]
    yield Observation(
        about=f"{before}the {top} most probable",
        ok=wrong is None,
        seen="right in every row" if wrong is None else f"row {row}: {_listed(pairs[row])}",
        expected=f"row {row}: {_listed(expected)}",
        why="The first name is the model's prediction; the other names show the next most probable classes.",
        next="" if wrong is None else _order_advice(pairs[row], expected, probabilities[row], names),
    )


def _pairs(row: Any) -> list[tuple[Any, Any]] | None:
    """The pairs of a row, or None if they aren't pairs of a name and a number."""
    entries = members(row)
    pairs = None if entries is None else [members(entry) for entry in entries]
    if pairs is None or any(pair is None or len(pair) != 2 for pair in pairs):
        return None
    made = []
    for name, value in pairs:
        try:
            number = guarded.array(value)
        except TypeError:
            return None
        if number.ndim or not isinstance(name, str):
            return None
        made.append((str(name), float(number)))
    return made


def _form(found: Any, rows: list | None, pairs: list | None, n: int, top: int) -> str:
    if rows is None:
        return kind_of(found)
    if len(rows) != n:
        return f"{len(rows)} entries"
    if any(row is None for row in pairs):
        return "entries that aren't lists of pairs (name, probability)"
    wrong = next((len(row) for row in pairs if len(row) != top), None)
    return "" if wrong is None else f"a row of {wrong} pairs"


def _form_advice(rows: list | None, pairs: list | None, n: int, top: int) -> str:
    if rows is None:
        return "Build a list with one entry for each row of `probabilities`."
    if len(rows) != n:
        return "Loop over the rows of `probabilities`; for a single row, return a list that holds one list."
    if any(row is None for row in pairs):
        return (
            "Make each entry a list of pairs `(names[k], probability)`: the name as text, the probability as a number."
        )
    return f"Keep the first `top`, here {top}, of the sorted classes."


def _agree(pairs: list[tuple[str, float]], row: np.ndarray, names: Sequence[str], places: np.ndarray) -> bool:
    wanted = [(names[place], float(row[place])) for place in places]
    return all(a == b and abs(p - q) <= numbers.tolerance() for (a, p), (b, q) in zip(pairs, wanted, strict=True))


def _listed(pairs: Sequence[tuple[str, float]]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in pairs)


def _order_advice(
    pairs: list[tuple[str, float]], expected: list[tuple[str, float]], row: np.ndarray, names: Sequence[str]
) -> str:
    values, wanted = [value for _, value in pairs], [value for _, value in expected]
    own = {name: float(value) for name, value in zip(names, row, strict=True)}
    if (
        len(wanted) > 1
        and np.allclose(values, wanted, atol=1e-6)
        and all(abs(own.get(name, -1) - value) < 1e-6 for name, value in pairs)
    ):
        return (
            "List equally probable classes in the order of `names`. Reversing a sorted list reverses ties as well; "
            'sort `-row` with `kind="stable"`.'
        )
    shares = [value / own[name] for name, value in pairs if own.get(name)]
    if len(shares) == len(pairs) and np.ptp(shares) < 1e-3 and abs(shares[0] - 1) > 1e-3:
        return "Return the probabilities of the row unchanged, between 0 and 1."
    if any(abs(own.get(name, -1) - value) > 1e-6 for name, value in pairs):
        return "Use the same `k` for `names[k]` and `row[k]`: the names and probabilities don't match."
    if values == sorted(values) and len(values) > 1:
        return "Put the largest first: `argsort` starts with the smallest."
    return "Sort the whole row by probability, largest first, and then keep the first `top`."


@oracle
def trains_on_features(
    function: Any, base: Any, head: Any, x: np.ndarray, y: np.ndarray, new: np.ndarray, epochs: int
) -> Observations:
    """The student's `function(base, head, x, y, epochs)` trains the head on features that the base computes once, and
    returns a model that takes images.

    `base` and `head` are models of built-in layers. The function runs on copies of both, with the head compiled.
    """
    import keras

    setting = {
        "base": keras.saving.serialize_keras_object(base),
        "base_weights": base.get_weights(),
        "head": keras.saving.serialize_keras_object(head),
        "head_weights": head.get_weights(),
        **{"x": x, "y": y, "new": new, "epochs": epochs},
    }
    for part in ("base", "head"):
        setting[part].pop("compile_config", None)
    found = run_on_features(function, setting)
    yield _passed_once(found["rows"], len(x), epochs)
    yield Observation(
        about="weights of the backbone",
        ok=not found["base"],
        seen="changed weights or statistics" if found["base"] else "exactly the same weights and statistics",
        expected="exactly the same weights and statistics",
        why="Stored features are valid only as long as the backbone that computed them stays the same.",
        next="Use `backbone.predict(X)` or `backbone(X, training=False)`: training mode updates its statistics.",
    )
    yield from _trained(found, epochs)
    yield Observation(
        about="returned value",
        ok=found["model"],
        seen="a model" if found["model"] else f"a `{found['returned']}`",
        expected="a `keras.Model`",
        why="In use, the model gets images and must return predictions.",
        next="Combine the backbone and the head in one model, and return it; `fit` returns a History.",
        stop=True,
    )
    outputs = found["outputs"]
    ok = isinstance(outputs, np.ndarray) and numbers.close(outputs, found["expected"])
    yield Observation(
        about="outputs for new images",
        ok=ok,
        seen="the trained head's outputs for the backbone's features"
        if ok
        else "a model that doesn't accept images"
        if outputs is None
        else "values that differ from the trained head's outputs",
        expected="the trained head's outputs for the backbone's features",
        why="The head alone takes features, which only the backbone computes.",
        next="Return `keras.Sequential([backbone, head])`, with the given backbone and the trained head.",
    )


def _passed_once(rows: int, n: int, epochs: int) -> Observation:
    ok = n <= rows < 1.5 * n
    return Observation(
        about="images through the backbone",
        ok=ok,
        seen=f"{rows} for {n} images" + (f" and {epochs} epochs" if rows > n else ""),
        expected=f"{n}: each image once",
        why="The frozen backbone returns the same features every time, and it is the slow part: calling it in each "
        "epoch computes the same values again and again.",
        next="Compute the features before training, `features = backbone.predict(X)`, and fit the head on them."
        if rows >= n
        else "Pass all images through the backbone, and check which ones you leave out.",
    )


def _trained(found: dict[str, Any], epochs: int) -> Observations:
    width = found["features"].reshape(len(found["features"]), -1).shape[1]
    own = [fit for fit in found["fits"] if fit["head"] or (fit["rows"] is not None and fit["rows"].shape[1] == width)]
    ran = sum(fit["epochs"] for fit in own) if own else epochs if (found["steps"] or 0) >= epochs else 0
    yield Observation(
        about="training of the head",
        ok=found["head"] and ran == epochs,
        seen="no training"
        if not found["head"]
        else numbers.counted(ran, "epoch")
        if own
        else f"{found['steps']} steps",
        expected=f"{epochs} epochs, the given number",
        why="The head is the only part that is trained here.",
        next="Call `head.fit(features, y, epochs=epochs, verbose=0)`; the head is already compiled.",
    )
    given = [fit["rows"] for fit in own if fit["rows"] is not None]
    flat = found["features"].reshape(len(found["features"]), -1)
    right = all(_same_rows(rows, flat) for rows in given)
    if found["head"]:
        yield Observation(
            about="training data of the head",
            ok=right,
            seen="the backbone's features of all images, in inference mode" if right else _other_rows(given, flat),
            expected="the backbone's features of all images, in inference mode",
            why="In use, the head gets features from inference mode; with different ones it learns a different task.",
            next="Use every row of `backbone.predict(X)` or `backbone(X, training=False)`.",
        )
        fell = found["losses"][1] < found["losses"][0]
        yield Observation(
            about="loss of the head",
            ok=fell,
            seen=f"a loss of {found['losses'][1]:.2f} after training, {found['losses'][0]:.2f} before",
            expected="a smaller loss after training, on the features and labels of these images",
            why="A head that doesn't improve on its training rows has learned nothing.",
            next="Check whether each label still belongs to its row.",
        )


def _same_rows(rows: np.ndarray, features: np.ndarray) -> bool:
    """Whether both hold the same rows, in any order and number: a data set's rows are recorded in every epoch."""
    if rows.shape[1] != features.shape[1]:
        return False
    apart = np.abs(rows[:, None].astype("float64") - features[None]).max(axis=-1)
    near = apart <= max(numbers.tolerance(), numbers.tolerance("float16")) * max(np.abs(features).max(), 1e-6)
    return bool(near.any(axis=0).all() and near.any(axis=1).all())


def _other_rows(given: list[np.ndarray], features: np.ndarray) -> str:
    rows = next(rows for rows in given if not _same_rows(rows, features))
    if rows.shape[1] != features.shape[1]:
        return f"{len(rows)} rows of {rows.shape[1]} values, where a row of features has {features.shape[1]}"
    return (
        f"{len(rows)} of {len(features)} rows" if len(rows) < len(features) else "values that differ from the features"
    )


@oracle
def compiled_again(model: Any) -> Observations:
    """The model has an optimizer that has made no steps: it was compiled after it was last trained."""
    steps = compiled_models.optimizer_steps(model)
    yield Observation(
        about="compilation after the changes",
        ok=steps == 0,
        seen="a new optimizer, 0 steps so far"
        if steps == 0
        else "no optimizer"
        if steps is None
        else f"the old optimizer, {numbers.counted(steps, 'step')} so far",
        expected="a new optimizer, 0 steps so far",
        why="A fitted model keeps its compiled training step, which doesn't update weights that were unfrozen later.",
        next="Call `model.compile(…)` after the last change of `trainable`; don't call `fit` here.",
        stop=True,
    )
