"""A class around the class."""


def as_functional(model, inputs):
    class View(keras.Model):
        def call(self, x):
            return model(x)

    return View()


def output_of(model, inputs, name):
    opened = keras.Model(inputs, model.call(inputs))
    return keras.Model(inputs, opened.get_layer(name).output)
