"""A list with one callback, which `callbacks=[…]` takes as well."""


def stop_in_time(monitor, mode, patience):
    settings = dict(monitor=monitor, mode=mode, patience=patience, restore_best_weights=True)
    return [keras.callbacks.EarlyStopping(**settings)]
