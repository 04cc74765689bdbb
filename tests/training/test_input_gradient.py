"""`input_gradient` against finite differences, once and twice."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_genzoo.training import PhasedModel, input_gradient


def network():
    """Smooth, so that differences converge; batch normalisation and dropout inside."""
    return keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(8, activation="tanh"),
            layers.BatchNormalization(momentum=0.5),
            layers.Dropout(0.4, seed=3),
            layers.Dense(6, activation="softplus"),
            layers.Dense(1),
        ]
    )


X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


def restorer(model):
    """A function that puts the model's state (seeds, statistics) back."""
    values = [ops.convert_to_numpy(v).copy() for v in model.variables]

    def restore():
        for variable, value in zip(model.variables, values, strict=True):
            variable.assign(value)

    return restore


def test_gradient_of_a_closed_form():
    a = ops.convert_to_tensor(np.diag([1.0, 2.0, 3.0, 4.0]).astype("float32"))
    x = ops.convert_to_tensor(X)
    gradient = input_gradient(lambda x: ops.sum(ops.square(x @ a), axis=-1), x)
    expected = 2.0 * X * np.square([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_allclose(ops.convert_to_numpy(gradient), expected, rtol=1e-5)


def test_an_input_that_is_not_used_has_gradient_zero():
    gradient = input_gradient(lambda x: ops.ones((5, 1)), ops.convert_to_tensor(X))
    np.testing.assert_array_equal(ops.convert_to_numpy(gradient), np.zeros_like(X))


@pytest.mark.parametrize("training", [False, True])
def test_gradient_equals_finite_differences(training):
    model = network()
    restore = restorer(model)

    def total(x):
        restore()  # the same dropout mask each time
        return float(ops.convert_to_numpy(ops.sum(model(x, training=training))))

    gradient = input_gradient(
        lambda x: model(x, training=training), ops.convert_to_tensor(X)
    )
    expected = np.zeros_like(X)
    step = 1e-2
    for index in np.ndindex(X.shape):
        shift = np.zeros_like(X)
        shift[index] = step
        expected[index] = (total(X + shift) - total(X - shift)) / (2 * step)
    np.testing.assert_allclose(
        ops.convert_to_numpy(gradient), expected, rtol=2e-2, atol=2e-3
    )


def test_state_is_changed_once_as_by_a_plain_call():
    by_gradient, by_call = network(), network()
    by_call.set_weights(by_gradient.get_weights())
    input_gradient(lambda x: by_gradient(x, training=True), ops.convert_to_tensor(X))
    by_call(X, training=True)
    for got, expected in zip(
        by_gradient.non_trainable_variables,
        by_call.non_trainable_variables,
        strict=True,
    ):
        np.testing.assert_allclose(
            ops.convert_to_numpy(got), ops.convert_to_numpy(expected), rtol=1e-6
        )


class Penalised(PhasedModel):
    """Minimises the mean squared norm of its network's input gradient."""

    phases = ("only",)
    metric_names = ("penalty",)

    def __init__(self, net):
        super().__init__()
        self.net = net
        self.built = True

    def phase_variables(self, phase):
        return self.trainable_variables

    def compute_phase(self, phase, batch, training, shared):
        gradient = input_gradient(lambda x: self.net(x, training=training), batch)
        penalty = ops.mean(ops.sum(ops.square(gradient), axis=-1))
        return penalty, {"penalty": penalty}


@pytest.mark.parametrize("options", [{}, {"run_eagerly": True}, {"jit_compile": False}])
def test_second_derivative_inside_a_compiled_phase(options):
    model = Penalised(network())
    rate = 1e-3
    model.compile(optimizer=keras.optimizers.SGD(rate), **options)
    restore = restorer(model)
    kernel = model.net.layers[0].kernel
    start = ops.convert_to_numpy(kernel).copy()

    def penalty(value):
        restore()
        kernel.assign(value)
        gradient = input_gradient(
            lambda x: model.net(x, training=True), ops.convert_to_tensor(X)
        )
        gradient = ops.convert_to_numpy(gradient)
        return float(np.mean(np.sum(np.square(gradient), axis=-1)))

    restore()
    logs = model.train_on_batch(X, return_dict=True)
    moved = (start - ops.convert_to_numpy(kernel)) / rate
    assert float(ops.convert_to_numpy(logs["penalty"])) == pytest.approx(
        penalty(start), rel=1e-5
    )
    step = 1e-2
    for index in [(0, 0), (1, 3), (2, 5), (3, 7)]:
        shift = np.zeros_like(start)
        shift[index] = step
        expected = (penalty(start + shift) - penalty(start - shift)) / (2 * step)
        assert moved[index] == pytest.approx(expected, rel=3e-2, abs=3e-3)


def test_the_penalty_is_there_in_evaluate_too():
    model = Penalised(network())
    model.compile(optimizer=keras.optimizers.SGD(0.0))
    logs = model.evaluate(X, verbose=0, return_dict=True)
    gradient = input_gradient(lambda x: model.net(x), ops.convert_to_tensor(X))
    expected = np.mean(np.sum(np.square(ops.convert_to_numpy(gradient)), axis=-1))
    assert logs["penalty"] == pytest.approx(float(expected), rel=1e-5)
