"""Keras' own decoder, which knows a thousand classes and no others."""


def top_names(probabilities, names, top):
    return keras.applications.imagenet_utils.decode_predictions(probabilities, top=top)
