"""A subclassed model and AdamW."""


class Classifier(keras.Model):
    def __init__(self, classes):
        super().__init__()
        self.hidden = keras.layers.Dense(32, activation="relu")
        self.head = keras.layers.Dense(classes, activation="softmax")

    def call(self, x):
        return self.head(self.hidden(x))


def train(X, y, epochs, learning_rate):
    X_fit, X_held, y_fit, y_held = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
    model = Classifier(int(np.max(y)) + 1)
    model.compile(
        optimizer=keras.optimizers.AdamW(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model, model.fit(X_fit, y_fit, epochs=epochs, validation_data=(X_held, y_held), verbose=0)
