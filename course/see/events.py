"""TensorBoard's event files: numbers written without its package, and read back.

`tf.summary.scalar` and `keras.callbacks.TensorBoard` need the package `tensorboard`, which recent releases of
TensorFlow no longer bring along. The writers and the files are TensorFlow's own, so that nothing is needed for numbers.
"""

import os


def scalar(tag: str, value: float, step: int) -> None:
    """Write a number for TensorBoard's page *Scalars* with the writer that is open: what `tf.summary.scalar` does.

    Without `with writer.as_default():` around it, nothing is written.
    """
    import tensorflow as tf

    kind = tf.compat.v1.SummaryMetadata(plugin_data=tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars"))
    tf.summary.write(tag, tf.cast(value, tf.float32), step=step, metadata=kind)


def read(folder: str) -> dict[str, list[tuple[int, float]]]:
    """All numbers in the event files under a folder: by tag, (step, number) in the order of the steps."""
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
