"""`tf.data` pipelines of the two parts."""

import tensorflow as tf


def train(X, y, epochs, learning_rate):
    X_fit, X_held, y_fit, y_held = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
    fit_rows = tf.data.Dataset.from_tensor_slices((X_fit, y_fit)).shuffle(len(X_fit)).batch(32)
    held_rows = tf.data.Dataset.from_tensor_slices((X_held, y_held)).batch(32)
    model = keras.Sequential(
        [
            keras.Input(shape=(X.shape[1],)),
            keras.layers.Dense(32, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-4)),
            keras.layers.Dense(int(y.max()) + 1, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    history = model.fit(fit_rows, validation_data=held_rows, epochs=epochs, verbose=0)
    return model, history
