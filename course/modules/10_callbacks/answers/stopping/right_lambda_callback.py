"""Functions and a dict for its memory, made a callback by LambdaCallback."""


def stop_in_time(monitor, mode, patience):
    seen = {"best": None, "epoch": 0, "weights": None}
    callback = keras.callbacks.LambdaCallback()

    def after(epoch, logs):
        value = logs[monitor]
        better = seen["best"] is None or (value < seen["best"] if mode == "min" else value > seen["best"])
        if better:
            seen.update(best=value, epoch=epoch, weights=callback.model.get_weights())
        elif epoch - seen["epoch"] >= patience:
            callback.model.stop_training = True

    def at_the_end(logs):
        callback.model.set_weights(seen["weights"])

    callback.on_epoch_end = after
    callback.on_train_end = at_the_end
    return callback
