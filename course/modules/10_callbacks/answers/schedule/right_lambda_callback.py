"""A LambdaCallback; the model is reached through it."""


def warm_up_cosine(peak, warm_up, total):
    callback = keras.callbacks.LambdaCallback()

    def begin(epoch, logs=None):
        climbing = epoch < warm_up
        share = (epoch + 1) / warm_up if climbing else (epoch - warm_up) / (total - warm_up)
        callback.model.optimizer.learning_rate = peak * (share if climbing else (1 + np.cos(np.pi * share)) / 2)

    callback.on_epoch_begin = begin
    return callback
