"""The whole model is made first; the head in it is the head that is trained."""


def train_on_features(base, head, X, y, epochs):
    model = keras.Sequential([base, head])
    features = model.layers[0].predict(X, verbose=0)
    model.layers[1].fit(features, y, epochs=epochs, verbose=0)
    return model
