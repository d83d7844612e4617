"""A subclass of Keras' callback with another default."""


class Keeps(keras.callbacks.EarlyStopping):
    def __init__(self, **settings):
        super().__init__(restore_best_weights=True, **settings)


def stop_in_time(monitor, mode, patience):
    return Keeps(monitor=monitor, mode=mode, patience=patience)
