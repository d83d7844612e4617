"""Oracles on models written as classes: right and wrong ones, live and elsewhere."""

import keras
import numpy as np
import pytest

from grader import check, verdict
from tests.observed import failed

ROWS = check.normal((8, 4), "subclassing")
FIT = "inside `fit`"


def wrong(oracle):
    return [observation for observation in oracle if not observation.ok]


class Net(keras.Model):
    """dense, relu → inner → dense; `how` is what the inner layer is told."""

    def __init__(self, inner, how="handed on"):
        super().__init__()
        self.hidden, self.inner, self.head = keras.layers.Dense(5, "relu"), inner, keras.layers.Dense(1)
        self.how = how

    def call(self, inputs, training=None):
        told = {"always": True, "never": False, "other": not training}.get(self.how, training)
        return self.head(self.inner(self.hidden(inputs), training=told))


class Untold(Net):
    def call(self, inputs):
        return self.head(self.inner(self.hidden(inputs)))


class InCall(keras.Model):
    def __init__(self, kept):
        super().__init__()
        self.kept = kept

    def call(self, inputs):
        if self.kept:
            self.layer = keras.layers.Dense(2)
            return self.layer(inputs)
        return keras.layers.Dense(2)(inputs)


def test_layers_that_stay_are_made_once(seat):
    assert failed(check.layers_made_once(seat(Net(keras.layers.Identity())), ROWS)) == []


@pytest.mark.parametrize("kept", [True, False])
def test_layers_made_in_call_are_seen(seat, kept):
    assert failed(check.layers_made_once(seat(InCall(kept)), ROWS)) == ["layers created once"]


def test_fit_tells_a_model_with_the_argument(seat):
    assert failed(check.told_in_fit(seat(Net), ROWS)) == []
    assert failed(check.told_in_fit(seat(lambda spy: keras.Sequential([spy, keras.layers.Dense(1)])), ROWS)) == []


def test_fit_does_not_tell_a_model_without_it(seat):
    assert failed(check.told_in_fit(seat(Untold), ROWS)) == [FIT]
    assert failed(check.passes_training(seat(Untold), ROWS)) == []  # by hand Keras tells the layers inside


@pytest.mark.parametrize(
    ("how", "about"), [("always", ["inside `evaluate`"]), ("never", [FIT]), ("other", [FIT, "inside `evaluate`"])]
)
def test_what_the_inner_layer_is_told_is_seen(seat, how, about):
    assert failed(check.told_in_fit(seat(lambda spy, how: Net(spy, how)), ROWS, {"how": how})) == about


def test_a_layer_that_is_not_called_is_told_nothing(seat):
    build = seat(lambda spy: keras.Sequential([keras.layers.Dense(1)]))
    assert failed(check.told_in_fit(build, ROWS)) == [FIT, "inside `evaluate`"]


# ---- train_step


class Step(keras.Model):
    """Clips by the common norm, with a slip to choose."""

    def __init__(self, limit, slip=""):
        super().__init__()
        self.net = keras.Sequential([keras.layers.Dense(5, "tanh", kernel_regularizer="l2"), keras.layers.Dense(1)])
        self.limit, self.slip = limit, slip

    def call(self, inputs, training=None):
        return self.net(inputs, training=training)

    def train_step(self, data):
        import tensorflow as tf

        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
            if self.slip == "penalties twice":
                loss = loss + sum(self.losses)
        gradients = tape.gradient(loss, self.trainable_variables)
        if self.slip == "python if":
            norm = tf.linalg.global_norm(gradients)
            gradients = [g * self.limit / norm for g in gradients] if norm > self.limit else gradients
        elif self.slip == "always scaled":
            gradients = [g * self.limit / tf.linalg.global_norm(gradients) for g in gradients]
        elif self.slip == "optimizer":
            self.optimizer.global_clipnorm = self.limit
        elif self.slip != "not clipped":
            gradients, _ = tf.clip_by_global_norm(gradients, self.limit)
        self.optimizer.apply(gradients, self.trainable_variables)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            elif self.slip != "no metrics":
                metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}


X, Y = check.measurements(16, 4, "steps")


def stepping(seat, slip, limit=0.4):
    model = seat(Step(limit, slip))
    check.compile_with(model, learning_rate=0.2, metrics=["mae"])
    return model


@pytest.mark.parametrize("slip", ["", "optimizer", "python if"])
def test_clipped_steps_are_recognised(seat, slip):
    assert failed(check.steps_clipped(stepping(seat, slip), X, 4 * Y, 0.2, 0.4)) == []


@pytest.mark.parametrize("slip", ["not clipped", "penalties twice"])
def test_other_steps_are_refused(seat, slip):
    assert failed(check.steps_clipped(stepping(seat, slip), X, 4 * Y, 0.2, 0.4)) == ["weights after training"]


def test_a_large_limit_changes_nothing(seat):
    assert failed(check.steps_clipped(stepping(seat, "", 1e4), X, Y, 0.2, None)) == []


def test_the_history_holds_loss_and_metrics(seat):
    assert failed(check.fit_reports(stepping(seat, ""), X, 4 * Y, ["loss", "mae"], 0.2, 0.4)) == []


def test_a_metric_that_is_not_updated_is_seen(seat):
    found = wrong(check.fit_reports(stepping(seat, "no metrics"), X, 4 * Y, ["loss", "mae"], 0.2, 0.4))
    assert [o.about for o in found] == [FIT] and "never updated" in found[0].next


def test_a_history_of_steps_that_go_another_way_says_so(seat):
    found = wrong(check.fit_reports(stepping(seat, "not clipped"), X, 4 * Y, ["loss", "mae"], 0.2, 0.4))
    assert [o.about for o in found] == ["`loss` in the History", "`mae` in the History"]
    assert all("Fix the training step first" in o.next for o in found)


def test_a_limit_far_away_leaves_the_gradients(seat):
    (found,) = wrong(check.steps_clipped(stepping(seat, "always scaled", 1e4), X, Y, 0.2, None))
    assert "never more" in found.next


def test_a_step_that_cannot_be_traced_is_seen(seat):
    assert failed(check.fit_reports(stepping(seat, "python if"), X, 4 * Y, ["loss", "mae"], 0.2, 0.4)) == [FIT]


# ---- depth


class Exit(keras.Model):
    """A row goes on as long as the head is unsure; `slip` as in `subclassing.SLIPS`."""

    def __init__(self, most, limit, slip=""):
        super().__init__()
        self.block, self.head = keras.layers.Dense(5, "tanh"), keras.layers.Dense(3, "softmax")
        self.most, self.limit, self.slip = most, limit, slip

    def call(self, inputs):
        ops, h = keras.ops, keras.ops.convert_to_tensor(inputs)
        for _ in range(self.most - (self.slip == "fewer") + (self.slip == "more")):
            unsure = ops.max(self.head(h), axis=1, keepdims=True) < self.limit
            if self.slip == "while one is unsure":
                unsure = ops.any(unsure)
            elif self.slip == "the other way":
                unsure = ops.logical_not(unsure)
            elif self.slip == "all":
                unsure = ops.ones_like(unsure)
            elif self.slip == "python" and not bool(ops.any(unsure)):
                break
            h = ops.where(unsure, self.block(h), h)
        return self.head(h)


FIVE = check.normal((8, 5), "exit")


def exiting(seat, slip="", most=3, limit=0.7):
    model = seat(Exit(most, limit, slip))
    assert failed(check.layers_made_once(model, FIVE)) == []
    return model


def test_rows_that_leave_when_they_are_sure(seat):
    assert failed(check.exits_early(exiting(seat), 5, 3, 3, 0.7)) == []


@pytest.mark.parametrize("slip", ["while one is unsure", "the other way", "all", "fewer", "more"])
def test_slips_of_an_early_exit_are_told_apart(seat, slip):
    from grader.check.oracles import computation

    (found,) = wrong(check.exits_early(exiting(seat, slip), 5, 3, 3, 0.7))
    assert found.next == computation.SLIPS["all" if slip == "while one is unsure" else slip]


def test_weights_of_other_shapes_are_refused(seat):
    assert failed(check.exits_early(exiting(seat), 5, 4, 3, 0.7)) == ["its weights"]


def test_fit_runs_on_a_model_that_decides_in_the_graph(seat):
    assert failed(check.works_in_fit(exiting(seat, limit=0.99), FIVE, np.arange(8) % 3)) == []


def test_fit_does_not_run_on_a_python_if(seat):
    assert failed(check.works_in_fit(exiting(seat, "python"), FIVE, np.arange(8) % 3)) == [FIT]


def test_a_block_that_is_never_used_learns_nothing(seat):
    assert failed(check.works_in_fit(exiting(seat, limit=0.0), FIVE, np.arange(8) % 3)) == [FIT]


# ---- a functional model around one


def whole(model, inputs):
    return keras.Model(inputs, model(inputs))


def inside(model, inputs, name):
    return keras.Model(inputs, keras.Model(inputs, model.call(inputs)).get_layer(name).output)


def cloned(model, inputs):
    view = keras.Model(inputs, model.call(inputs))
    twin = keras.models.clone_model(view)
    twin.set_weights(view.get_weights())
    return twin


@pytest.mark.parametrize("plain", [True, False])
def test_views_of_a_subclassed_model(seat, plain):
    names = ("one", "two", "three")
    assert failed(check.wraps(seat(whole), plain, names)) == []
    for name in names:
        assert failed(check.wraps(seat(inside), plain, names, of=name)) == []


@pytest.mark.parametrize(
    ("function", "about"),
    [
        (lambda model, inputs: model, "a functional model"),
        (lambda model, inputs: None, "a functional model"),
        (lambda model, inputs: model(inputs), "a functional model"),
        (cloned, "the same weights"),
        (lambda model, inputs: keras.Model(inputs, 2 * model(inputs)), "its outputs"),
    ],
)
def test_what_is_no_view_of_it(seat, function, about):
    assert failed(check.wraps(seat(function))) == [about]


def boxed(model, inputs, name):
    return keras.Model(inputs, keras.Model(inputs, model(inputs)).get_layer(name).output)


def test_a_layer_inside_the_box_is_not_found(seat):
    with pytest.raises(verdict.StudentError) as raised:
        list(check.wraps(seat(boxed), of="trunk"))
    assert "model.call(inputs)" in raised.value.hint


def test_another_layer_than_the_one_asked_for(seat):
    fixed = seat(lambda model, inputs, name: inside(model, inputs, "middle"))
    assert failed(check.wraps(fixed, of="trunk")) == ["`.output`", "the output of `trunk`"]
