"""A LambdaCallback with a list for its memory."""


def keep_best(path, monitor, mode):
    best = []
    callback = keras.callbacks.LambdaCallback()

    def keep(epoch, logs):
        value = logs[monitor] if mode == "max" else -logs[monitor]
        if not best or value > max(best):
            best.append(value)
            callback.model.save(path)

    callback.on_epoch_end = keep
    return callback
