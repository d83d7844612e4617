"""Writes and reads numbers in TensorBoard's event files without the `tensorboard` package.

`tf.summary.scalar` and `keras.callbacks.TensorBoard` need that package, which recent releases of TensorFlow do not
install. TensorFlow itself has the writers and the file format, and that is enough for numbers.
"""

import os


def scalar(tag: str, value: float, step: int) -> None:
    """Write a number for TensorBoard's *Scalars* page, as `tf.summary.scalar` does.

    Call it inside `with writer.as_default():`; outside, nothing is written.
    """
    import tensorflow as tf

    kind = tf.compat.v1.SummaryMetadata(plugin_data=tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars"))
    tf.summary.write(tag, tf.cast(value, tf.float32), step=step, metadata=kind)


def read(folder: str) -> dict[str, list[tuple[int, float]]]:
    """All numbers in the event files below a folder: for each tag, pairs (step, number) ordered by step."""
    import tensorflow as tf

    found: dict[str, list[tuple[int, float]]] = {}
    for path in _files(folder):
        for record in tf.data.TFRecordDataset(path):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                number = tf.make_ndarray(value.tensor) if value.HasField("tensor") else None
                if number is not None and number.size == 1 and number.dtype.kind in "fiu":
                    found.setdefault(value.tag, []).append((int(event.step), float(number.reshape(()))))
    return {tag: sorted(numbers) for tag, numbers in sorted(found.items())}


def _files(folder: str) -> list[str]:
    names = (os.path.join(at, name) for at, _, names in os.walk(folder) for name in names)
    return sorted(name for name in names if ".tfevents." in os.path.basename(name))
