"""Optional downloads: models of `keras.applications` with ImageNet weights, and ImageNet's class names.

A lab uses them only if its set-up cell says `FULL_DATA = True`. Offline, the error says what is missing.
"""

import json
from pathlib import Path
from typing import Any

NAMES = "imagenet_class_index.json"
NAMES_AT = f"https://storage.googleapis.com/download.tensorflow.org/data/{NAMES}"


class Unavailable(OSError):
    """A download failed. The message says what is missing, and how to get it."""


def application(name: str, **arguments: Any):
    """`keras.applications.<name>` with ImageNet weights, e.g. `application("ResNet50", include_top=False)`.

    Raises Unavailable if the weights are not in Keras's cache and can't be downloaded, ValueError for an unknown name.
    """
    import keras

    build = getattr(keras.applications, name, None)
    if not isinstance(build, type(application)):
        raise ValueError(f"keras.applications has no {name!r}. Try 'ResNet50' or 'MobileNetV2'.")
    try:
        return build(weights="imagenet", **arguments)
    except Exception as error:  # Keras raises a plain Exception if a download fails
        if isinstance(error, TypeError | ValueError):
            raise
        raise Unavailable(_words(f"The ImageNet weights of {name}", str(error), "models")) from None


def class_names() -> list[str]:
    """ImageNet's 1000 class names, by index: "tench" first. Raises Unavailable."""
    import keras

    try:
        path = keras.utils.get_file(NAMES, NAMES_AT, cache_subdir="models")
        found = json.loads(Path(path).read_text())
    except Exception as error:
        raise Unavailable(_words("ImageNet's class names", str(error), "models")) from None
    return [found[str(place)][1] for place in range(len(found))]


def _words(what: str, said: str, folder: str) -> str:
    address = next((word for word in said.split() if word.startswith("http")), "").rstrip(".:,")
    lines = [f"{what} are not on this computer, and could not be downloaded."]
    if address:
        lines.append(f"Missing: {address}")
    lines += [
        "With a network, run the cell again: Keras fetches them once and keeps them.",
        f"Without one, fetch the file on another computer and put it into ~/.keras/{folder}/ on this one.",
        "Or leave FULL_DATA = False: every exercise works without.",
    ]
    return "\n".join(lines)
