"""Counts batches for epochs."""


def warm_up_cosine(peak, warm_up, total):
    class Plan(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.step = 0

        def on_train_batch_begin(self, batch, logs=None):
            e, self.step = self.step, self.step + 1
            climb = peak * (e + 1) / warm_up
            fall = 0.5 * peak * (1 + np.cos(np.pi * (e - warm_up) / (total - warm_up)))
            self.model.optimizer.learning_rate = climb if e < warm_up else fall

    return Plan()
