"""Fetches files that the student's code wrote for a check, without opening them on the judge's side.

A saved model is loaded in the student's process and sent as a model. The judge saves it again, so that its checks only
open files that it wrote itself. The bytes of the student's file show whether it contains these weights.
"""

from __future__ import annotations

import io
import os
import zipfile
from typing import Any

import numpy as np

from grader.judge.marshalling import path_in
from grader.judge.wire import Malformed

LARGEST, MANY = 32 << 20, 100
EMPTY_ARCHIVE = b"PK\x05\x06" + bytes(18)
WEIGHTS = "model.weights.h5"


def stamps(folder: str) -> dict[str, tuple[int, int]]:
    """The files in a folder, by relative path, with their times of modification and sizes."""
    found = {}
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            if os.path.isfile(path) and not os.path.islink(path):
                state = os.stat(path)
                found[os.path.relpath(path, folder)] = (state.st_mtime_ns, state.st_size)
    return dict(sorted(found.items())[:MANY])


def written(folder: str, before: dict[str, tuple[int, int]]) -> list[dict[str, Any]]:
    """The files that are new or changed: `{"name", "bytes", "model"}`; the model is None if Keras can't load one."""
    return [_read(folder, name) for name, stamp in stamps(folder).items() if before.get(name) != stamp]


def _read(folder: str, name: str) -> dict[str, Any]:
    path = os.path.join(folder, name)
    with open(path, "rb") as file:
        content = file.read(LARGEST)
    return {"name": name, "bytes": content, "model": _loaded(path) if name.endswith(".keras") else None}


def _loaded(path: str) -> Any:
    import keras

    try:
        return keras.saving.load_model(path)
    except Exception:  # not the file of a model
        return None


def place(folder: str, found: Any) -> None:
    """Write the judge's own copies of the files that were sent. Raises Malformed."""
    if type(found) is not list or len(found) > MANY:
        raise Malformed("no list of files")
    for file in found:
        if type(file) is not dict or type(file.get("bytes")) is not bytes or file.get("name") in (None, "."):
            raise Malformed("no file")
        path = path_in(folder, file["name"])
        if os.path.isdir(os.path.dirname(path)):  # otherwise no check knows the folder
            _place(path, file["bytes"], file.get("model"))


def _place(path: str, content: bytes, model: Any) -> None:
    import keras

    archive = content.startswith(b"PK")
    if isinstance(model, keras.Model) and archive and path.endswith(".keras") and holds(content, model):
        model.save(path)
        return
    with open(path, "wb") as file:
        file.write(EMPTY_ARCHIVE if archive else content)


def holds(content: bytes, model: Any) -> bool:
    """Whether the bytes of a `.keras` file contain all weights of the model, which Keras stores uncompressed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.getinfo(WEIGHTS).file_size > LARGEST:
                return False
            stored = archive.read(WEIGHTS)
    except Exception:  # zipfile raises various exceptions for other files
        return False
    return all(np.ascontiguousarray(w).tobytes() in stored for w in model.get_weights())
