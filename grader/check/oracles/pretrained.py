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
    "EfficientNetB0": (224, "as they are"),
}
"""The side of the photos that each application takes, and what it makes of their pixels."""

MEANS = np.array([103.939, 116.779, 123.68])  # of ImageNet's blue, green and red (Simonyan and Zisserman 2014)

MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])  # of its red, green and blue / 255

CONTRACTS = {
    "as they are": lambda rgb: rgb,
    "tf": lambda rgb: rgb / 127.5 - 1,
    "caffe": lambda rgb: rgb[..., ::-1] - MEANS,
    "torch": lambda rgb: (rgb / 255 - MEAN) / DEVIATION,
}

WORDS = {
    "as they are": "0 to 255, as they are (the scaling is inside the model)",
    "tf": "-1 to 1",
    "caffe": "blue first, and each colour's mean taken away",
    "torch": "0 to 1, then each colour's mean taken away and divided by its deviation",
}

OTHERS = {
    "pixels from 0 to 1": lambda rgb: rgb / 255,
    "pixels from 0 to 255, blue first": lambda rgb: rgb[..., ::-1],
    "red first, with blue's mean taken away from it": lambda rgb: rgb - MEANS,
    "whole numbers that ran over: what is below 0 begins again at 255": lambda rgb: np.floor(
        (rgb[..., ::-1] - np.floor(MEANS)) % 256
    ),
    "the contract of the -1 to 1 models, blue first": lambda rgb: rgb[..., ::-1] / 127.5 - 1,
    "prepared twice: the first call wrote into the array": lambda rgb: rgb[..., ::-1] - 2 * MEANS,
}
"""What goes wrong often, to be told from one another in a message."""


@oracle
def prepared(found: Any, photos: np.ndarray, application: str) -> Observations:
    """`found` are the `photos` (of `patchwork`) as the application wants them: side, channels, range and order."""
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
        expected=f"{numbers.counted(len(photos), 'photo')} of {side} × {side} pixels in 3 colours, shape {wanted}",
        why="The layers were trained on this size and three colours; another shape fails, or is read badly.",
        next=_shape_advice(seen, photos, side),
        stop=True,
    )
    yield Observation(
        about=f"{application}: dtype",
        ok=seen.dtype.kind == "f",
        seen=str(seen.dtype),
        expected="floating-point numbers",
        why="Whole numbers can hold neither halves nor, when they have no sign, anything below 0.",
        next="Make them `float32` before anything is computed.",
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
        why="A model reads numbers of another range or order without a murmur, and sees something else in them.",
        next="The whole photo has to be in there, the right way up: squeeze it, and cut nothing off."
        if _misplaced(middles, expected)
        else "Repeat the grey channel: red, green and blue are equal, none is zero."
        if photos.shape[-1] == 1 and what == "prepared with black for green and blue"
        else "Take the `preprocess_input` of the application's own module, once, on floats from 0 to 255, red first.",
    )


def _middles(photos: np.ndarray) -> np.ndarray:
    """The colours of the patches: (n, 3, 4, channels)."""
    height, width = photos.shape[1:3]
    rows, columns = ((2 * np.arange(3) + 1) * height // 6, (2 * np.arange(4) + 1) * width // 8)
    return photos[:, rows][:, :, columns].astype("float64")


def _same(seen: np.ndarray, expected: np.ndarray) -> bool:
    """Up to rounding, and half of what one step of a pixel makes out: interpolation may round."""
    spread = max(np.ptp(expected), 1e-6)
    return bool(np.max(np.abs(seen - expected)) <= max(numbers.tolerance(), 0.51 / 255) * spread)


def _misplaced(middles: np.ndarray, expected: np.ndarray) -> bool:
    """Whether the patches have the right colours, in the wrong places."""
    flat = [part.reshape(len(part), -1, 3) for part in (middles, expected)]
    apart = np.abs(flat[0][:, :, None] - flat[1][:, None]).max(axis=-1).min(axis=-1)
    return not _same(middles, expected) and bool(apart.max() <= 0.51 / 255 * max(np.ptp(expected), 1e-6))


def _what_they_are(middles: np.ndarray, rgb: np.ndarray, contract: str) -> str:
    candidates = {f"what other applications want: {WORDS[name]}": CONTRACTS[name] for name in CONTRACTS}
    candidates = {words: f for words, f in candidates.items() if WORDS[contract] not in words} | OTHERS
    twice = CONTRACTS[contract]
    candidates |= {
        "prepared twice": lambda pixels: twice(twice(pixels)),
        "divided by 255, and then prepared": lambda pixels: twice(pixels / 255),
        "made grey, and then prepared": lambda pixels: twice(
            np.repeat(pixels.mean(axis=-1, keepdims=True), 3, axis=-1)
        ),
        "prepared with black for green and blue": lambda pixels: twice(pixels * np.array([1, 0, 0])),
    }
    for words, function in candidates.items():
        if _same(middles, function(_middles(rgb))):
            return words
    if _misplaced(middles, CONTRACTS[contract](_middles(rgb))):
        return "the right colours in other places"
    return f"other numbers: that patch is {_numbers(middles[0, 0, 0])}"


def _numbers(values: np.ndarray) -> str:
    return "(" + ", ".join(f"{value:.2f}" for value in values) + ")"


def _shape_advice(seen: np.ndarray | None, photos: np.ndarray, side: int) -> str:
    if seen is None:
        return "Return the prepared photos, an array or a tensor."
    if seen.ndim == 4 and seen.shape[-1] == 1:
        return "A grey scan has one channel: repeat it, so that red, green and blue are equal."
    if seen.ndim == 4 and seen.shape[1:3] == photos.shape[1:3]:
        return f"Resize them to {side} × {side}: `keras.ops.image.resize(photos, (side, side))`, not `np.resize`."
    if seen.ndim == 4 and seen.shape[1] == seen.shape[2]:
        return f"Each application has its own side; look it up in the table: here it is {side}."
    return "One axis for the photos, then height, width and colour."


@oracle
def top_classes(found: Any, probabilities: np.ndarray, names: Sequence[str], top: int, about: str = "") -> Observations:
    """For each row of probabilities, `found` lists the `top` most probable classes as pairs (name, probability), the
    most probable first, and of equal ones that which comes first in `names`."""
    before = f"{about}: " if about else ""
    rows = members(found)
    pairs = None if rows is None else [_pairs(row) for row in rows]
    problem = _form(found, rows, pairs, len(probabilities), top)
    yield Observation(
        about=f"{before}what is returned",
        ok=not problem,
        seen=problem or "a list for each row, of pairs",
        expected=f"{numbers.counted(len(probabilities), 'list')}, one for each row, "
        f"each of {top} pairs (name, probability)",
        why="Whoever shows the answers shouldn't have to know how the classes are numbered.",
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
        why="The first name is the model's answer; the others tell what it took it for otherwise.",
        next="" if wrong is None else _order_advice(pairs[row], expected, probabilities[row], names),
    )


def _pairs(row: Any) -> list[tuple[Any, Any]] | None:
    """The pairs of a row; None where they aren't pairs of a name and a number."""
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
        return "Build a list: one entry for each row of `probabilities`."
    if len(rows) != n:
        return "Go over the rows of `probabilities`; a single row makes a list of one list."
    if any(row is None for row in pairs):
        return "Each entry is a list of pairs `(names[k], probability)`: the name as text, the probability as a number."
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
            "Two of them are equally probable: the one that comes first in `names` goes first. A sort that is "
            'turned round turns ties round as well; sort `-row` with `kind="stable"`.'
        )
    shares = [value / own[name] for name, value in pairs if own.get(name)]
    if len(shares) == len(pairs) and np.ptp(shares) < 1e-3 and abs(shares[0] - 1) > 1e-3:
        return "The probabilities themselves, between 0 and 1, as they stand in the row."
    if any(abs(own.get(name, -1) - value) > 1e-6 for name, value in pairs):
        return "Names and probabilities don't belong together: take `names[k]` and `row[k]` by the same `k`."
    if values == sorted(values) and len(values) > 1:
        return "`argsort` begins with the smallest."
    return "Sort the whole row by probability, the largest first, and cut off afterwards."


@oracle
def trains_on_features(
    function: Any, base: Any, head: Any, x: np.ndarray, y: np.ndarray, new: np.ndarray, epochs: int
) -> Observations:
    """The student's `function(base, head, x, y, epochs)` trains the head on features that the base computed once, and
    returns a model that takes images.

    `base` and `head` are models of built-in layers. Beside the function both are made anew, the head compiled.
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
        about="the backbone",
        ok=not found["base"],
        seen="its weights and statistics changed" if found["base"] else "as it was, to the last bit",
        expected="as it was, to the last bit",
        why="Features are worth keeping only as long as what computes them stays as it is.",
        next="Use `backbone.predict(X)`, or call it with `training=False`: in training mode its statistics move.",
    )
    yield from _trained(found, epochs)
    yield Observation(
        about="what is returned",
        ok=found["model"],
        seen="a model" if found["model"] else f"a `{found['returned']}`",
        expected="a `keras.Model`",
        why="Whoever uses it has images, and wants an answer.",
        next="`fit` returns a History. Put backbone and head into one model, and return that.",
        stop=True,
    )
    outputs = found["outputs"]
    ok = isinstance(outputs, np.ndarray) and numbers.close(outputs, found["expected"])
    yield Observation(
        about="from image to answer",
        ok=ok,
        seen="the head's answer to the backbone's features"
        if ok
        else "it takes no images"
        if outputs is None
        else "other numbers than the trained head's",
        expected="for new images, what the trained head makes of the backbone's features",
        why="The head alone takes features, and nobody but the backbone has those.",
        next="`keras.Sequential([backbone, head])`: both as they are, not made anew.",
    )


def _passed_once(rows: int, n: int, epochs: int) -> Observation:
    ok = n <= rows < 1.5 * n
    return Observation(
        about="images through the backbone",
        ok=ok,
        seen=f"{rows} for {n} images" + (f" and {epochs} epochs" if rows > n else ""),
        expected=f"{n}: each image once",
        why="The backbone is frozen, so it gives the same features every time. It is the slow part: to call it in each "
        "epoch is to pay for the same numbers again and again.",
        next="Compute the features before training, `features = backbone.predict(X)`, and fit the head on them."
        if rows >= n
        else "All images have to go through it: which did you leave out?",
    )


def _trained(found: dict[str, Any], epochs: int) -> Observations:
    width = found["features"].reshape(len(found["features"]), -1).shape[1]
    own = [fit for fit in found["fits"] if fit["head"] or (fit["rows"] is not None and fit["rows"].shape[1] == width)]
    ran = sum(fit["epochs"] for fit in own) if own else epochs if (found["steps"] or 0) >= epochs else 0
    yield Observation(
        about="training of the head",
        ok=found["head"] and ran == epochs,
        seen="it was never trained"
        if not found["head"]
        else numbers.counted(ran, "epoch")
        if own
        else f"{found['steps']} steps",
        expected=f"{epochs} epochs, as many as were asked for",
        why="The head is the only part that learns here.",
        next="`head.fit(features, y, epochs=epochs, verbose=0)`; it comes compiled.",
    )
    given = [fit["rows"] for fit in own if fit["rows"] is not None]
    flat = found["features"].reshape(len(found["features"]), -1)
    right = all(_same_rows(rows, flat) for rows in given)
    if found["head"]:
        yield Observation(
            about="what the head was trained on",
            ok=right,
            seen="the backbone's features" if right else _other_rows(given, flat),
            expected="the features of all the images, as the backbone gives them at inference",
            why="In use the head gets the features of inference. On others it learns another task.",
            next="`backbone.predict(X)`, or `backbone(X, training=False)`, and every row of it.",
        )
        fell = found["losses"][1] < found["losses"][0]
        yield Observation(
            about="the head has learned",
            ok=fell,
            seen=f"its loss went from {found['losses'][0]:.2f} to {found['losses'][1]:.2f}",
            expected="a smaller loss on the features of these images, with these labels",
            why="What doesn't learn on its training rows learns nothing.",
            next="Do the labels still belong to the rows?",
        )


def _same_rows(rows: np.ndarray, features: np.ndarray) -> bool:
    """Whether both are the same rows, in any order; those of a data set are noted in each epoch anew."""
    if rows.shape[1] != features.shape[1]:
        return False
    apart = np.abs(rows[:, None].astype("float64") - features[None]).max(axis=-1)
    near = apart <= max(numbers.tolerance(), numbers.tolerance("float16")) * max(np.abs(features).max(), 1e-6)
    return bool(near.any(axis=0).all() and near.any(axis=1).all())


def _other_rows(given: list[np.ndarray], features: np.ndarray) -> str:
    rows = next(rows for rows in given if not _same_rows(rows, features))
    if rows.shape[1] != features.shape[1]:
        return f"{len(rows)} rows of {rows.shape[1]} numbers, where a feature row has {features.shape[1]}"
    return f"{len(rows)} of {len(features)} rows" if len(rows) < len(features) else "other numbers"


@oracle
def compiled_again(model: Any) -> Observations:
    """The model has an optimizer that hasn't made a step: it was compiled since it was last trained."""
    steps = compiled_models.optimizer_steps(model)
    yield Observation(
        about="compiled again",
        ok=steps == 0,
        seen="a new optimizer, which has made no step"
        if steps == 0
        else "no optimizer"
        if steps is None
        else f"the optimizer that trained the head, {steps} steps old",
        expected="a new optimizer, and no training yet",
        why="A model that was fitted keeps the training step that it compiled then. It knows nothing of weights that "
        "were thawed since.",
        next="Call `model.compile(…)` after the last change of `trainable`; `fit` is not asked for here.",
        stop=True,
    )
