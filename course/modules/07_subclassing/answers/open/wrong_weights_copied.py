"""A clone with the weights copied over."""


def as_functional(model, inputs):
    view = keras.Model(inputs, model.call(inputs))
    twin = keras.models.clone_model(view)
    twin.set_weights(view.get_weights())
    return twin


def output_of(model, inputs, name):
    opened = keras.Model(inputs, model.call(inputs))
    view = keras.Model(inputs, opened.get_layer(name).output)
    twin = keras.models.clone_model(view)
    twin.set_weights(view.get_weights())
    return twin
