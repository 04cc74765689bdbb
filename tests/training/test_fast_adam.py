"""The backends' own Adam kernels against Adam written in NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo.training import PhasedModel
from tests.training.two_players import Sharing

SCHEDULE = keras.optimizers.schedules.ExponentialDecay(0.05, 1, 0.8)


def adam_by_hand(gradients, start, rates, beta_1, beta_2, epsilon):
    x, m, v = start.astype("float64"), 0.0, 0.0
    for t, (gradient, rate) in enumerate(zip(gradients, rates, strict=True), 1):
        g = gradient(x)
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g * g
        alpha = rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        x = x - alpha * m / (np.sqrt(v) + epsilon)
    return x


@pytest.mark.parametrize("rate", [0.05, SCHEDULE])
@pytest.mark.parametrize("epsilon", [1e-7, 1e-2])
def test_adam(rate, epsilon):
    model = Sharing()
    model.compile(
        first_optimizer=keras.optimizers.Adam(
            rate, beta_1=0.5, beta_2=0.9, epsilon=epsilon
        ),
        second_optimizer=keras.optimizers.SGD(0.0),
    )
    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    steps = 6
    for _ in range(steps):
        model.train_on_batch(x)
    y = np.tanh(x.astype("float64"))
    rates = [0.05 * (0.8**t if rate is SCHEDULE else 1.0) for t in range(steps)]
    expected = adam_by_hand(
        [lambda v: (2.0 * (v - y)).sum(0) / 12] * steps,
        np.zeros(3),
        rates,
        0.5,
        0.9,
        epsilon,
    )
    np.testing.assert_allclose(ops.convert_to_numpy(model.v), expected, rtol=1e-4)
    assert int(ops.convert_to_numpy(model.optimizer["first"].iterations)) == steps


@pytest.mark.parametrize(
    "extra",
    [
        {"clipvalue": 1e-3},
        {"weight_decay": 0.5},
        {"use_ema": True},
        {"amsgrad": True},
        {"gradient_accumulation_steps": 2},
    ],
)
def test_what_is_more_than_adam_is_left_to_keras(extra):
    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    model = Sharing()
    model.compile(
        first_optimizer=keras.optimizers.Adam(0.05, **extra),
        second_optimizer=keras.optimizers.SGD(0.0),
    )
    plain = keras.optimizers.Adam(0.05, **extra)
    variable = keras.Variable(np.zeros(3, "float32"))
    plain.build([variable])
    y = np.tanh(x)
    for _ in range(4):
        model.train_on_batch(x)
        value = ops.convert_to_numpy(variable)
        plain.apply(
            [ops.convert_to_tensor((2.0 * (value - y)).sum(0) / 12)], [variable]
        )
    np.testing.assert_allclose(
        ops.convert_to_numpy(model.v), ops.convert_to_numpy(variable), rtol=1e-4
    )


class Fit(PhasedModel):
    """Fits a kernel to given targets, entry by entry."""

    phases = ("only",)

    def __init__(self, target):
        super().__init__()
        self.target = target
        self.kernel = self.add_weight(
            shape=target.shape,
            initializer=keras.initializers.Orthogonal(seed=0),
            name="kernel",
        )
        self.built = True

    def phase_variables(self, phase):
        return [self.kernel]

    def compute_phase(self, phase, batch, training, shared):
        return 0.5 * ops.sum(ops.square(self.kernel - self.target)), {}


def test_adam_of_a_kernel_that_was_made_as_a_transpose():
    """As orthogonal initialisers do where there are more rows than columns."""
    target = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    model = Fit(target)
    model.compile(keras.optimizers.Adam(0.05, beta_1=0.5, beta_2=0.9))
    start = ops.convert_to_numpy(model.kernel).copy()
    steps = 4
    for _ in range(steps):
        model.train_on_batch(np.zeros((1, 1), "float32"))
    gradients = [lambda x: x - target] * steps
    expected = adam_by_hand(gradients, start, [0.05] * steps, 0.5, 0.9, 1e-7)
    np.testing.assert_allclose(ops.convert_to_numpy(model.kernel), expected, rtol=1e-4)
