"""soft_bound against its definition, its slope and what it is for."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo.layers import soft_bound
from keras_genzoo.training import input_gradient

LOW, HIGH = -2.0, 3.0
# Inside, both ends, just outside, far outside.
X = np.array(
    [-2.0, -1.99, -1.0, 0.0, 0.5, 2.99, 3.0, -2.5, 3.5, -60.0, 200.0, 1e15, -1e15],
    "float32",
)


def definition(x):
    nearest = np.clip(x, LOW, HIGH)
    excess = x - nearest
    return nearest + np.arcsinh(excess)


def bound(x):
    return soft_bound(x, LOW, HIGH)


def slope(x):
    return 1.0 / np.sqrt(1.0 + np.square(x - np.clip(x, LOW, HIGH)))


def linear(excess):
    # exp(arcsinh(e)): 1 at the bound, 2 e far out.
    return excess + np.sqrt(1.0 + np.square(excess))


def gradient(layer, x):
    return ops.convert_to_numpy(input_gradient(layer, ops.convert_to_tensor(x)))


def test_equals_the_definition():
    got = ops.convert_to_numpy(bound(ops.convert_to_tensor(X)))
    np.testing.assert_allclose(got, definition(X.astype("float64")), rtol=1e-6)
    inside = (X >= LOW) & (X <= HIGH)
    assert inside.sum() == 7
    np.testing.assert_array_equal(got[inside], X[inside])


def test_the_slope_is_one_inside_and_never_zero():
    got = gradient(bound, X)
    np.testing.assert_allclose(got, slope(X.astype("float64")), rtol=1e-5)
    np.testing.assert_allclose(got[(X >= LOW) & (X <= HIGH)], 1.0, rtol=1e-6)
    assert np.all(got > 0)


def test_the_slope_is_that_of_the_values():
    x = np.random.default_rng(0).uniform(-8, 8, 200).astype("float32")
    step = 1e-5
    wide = x.astype("float64")
    differences = (definition(wide + step) - definition(wide - step)) / (2 * step)
    np.testing.assert_allclose(gradient(bound, x), differences, atol=1e-4)


def test_its_exponential_grows_linearly():
    x = np.array([[7.0, 100.0, 1e4, 1e12]], "float32")
    tensor = ops.convert_to_tensor(x)
    got = ops.convert_to_numpy(ops.exp(soft_bound(tensor)))
    excess = x.astype("float64") - 6.0
    np.testing.assert_allclose(got, np.exp(6.0) * linear(excess), rtol=1e-4)
    with np.errstate(over="ignore"):
        assert np.isinf(np.exp(x)).sum() == 3
    got = ops.convert_to_numpy(ops.exp(-soft_bound(-tensor)))
    excess = x.astype("float64") - 16.0
    expected = np.exp(16.0) * linear(excess)
    np.testing.assert_allclose(got[0, 1:], expected[0, 1:], rtol=1e-4)


def test_a_value_far_out_finds_its_way_back():
    # A log-variance's part of the KL divergence, least at 0. Gradient descent starts
    # where exp(x) has no float32.
    def loss(x):
        return ops.exp(soft_bound(x)) - soft_bound(x)

    x = np.array([150.0], "float32")
    # Outside, the slopes of the exponential and of the logarithm cancel.
    assert gradient(loss, x)[0] == pytest.approx(2 * np.exp(6), rel=1e-3)
    for _ in range(30):
        x = x - 0.01 * gradient(loss, x)
    assert -2.0 < x[0] < 5.0


def test_saved_as_an_activation():
    dense = keras.layers.Dense(2, activation=soft_bound, kernel_initializer="identity")
    model = keras.Sequential([keras.Input((2,)), dense])
    again = keras.Sequential.from_config(model.get_config())
    x = np.array([[8.5, -18.0]], "float32")
    expected = [[6.0 + np.arcsinh(2.5), -16.0 - np.arcsinh(2.0)]]
    np.testing.assert_allclose(ops.convert_to_numpy(again(x)), expected, rtol=1e-6)
