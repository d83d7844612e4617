"""A tape that watches nothing by itself."""


def train(model, data, optimizer, loss, epochs):
    weights = model.trainable_variables
    curve = []
    for epoch in range(epochs):
        mean = keras.metrics.Mean(name=f"loss_{epoch}")
        for batch in data:
            inputs, targets = batch
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                for weight in weights:
                    tape.watch(weight.value)
                value = loss(targets, model(inputs, training=True))
            optimizer.apply(tape.gradient(value, weights), weights)
            mean(value, sample_weight=tf.cast(tf.shape(inputs)[0], "float32"))
        curve.append(mean.result())
    return {"loss": curve}
