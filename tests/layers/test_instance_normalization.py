"""Instance normalisation against NumPy in float64."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo.layers import InstanceNormalization
from keras_genzoo.training import input_gradient
from keras_genzoo.training.compiled import compiled


def normalized(x):
    centred = x - x.mean(axis=(1, 2), keepdims=True)
    variance = (centred**2).mean(axis=(1, 2), keepdims=True)
    return centred / np.sqrt(variance + 1e-5)


# Nearly flat maps far from 0: `E[x^2] - E[x]^2` in float32 would be noise.
@pytest.mark.parametrize(("spread", "tolerance"), [(2.0, 1e-5), (0.01, 5e-3)])
def test_it_is_numpys(spread, tolerance):
    noise = np.random.default_rng(0).normal(size=(2, 6, 5, 3))
    x = (np.array([50.0, -20.0, 0.1]) * (spread < 1) + spread * noise).astype("float32")
    got = ops.convert_to_numpy(InstanceNormalization()(x))
    np.testing.assert_allclose(got, normalized(x.astype("float64")), atol=tolerance)


def slope(fn, x):
    """The gradient of a function of an array, by central differences."""
    steps = 1e-5 * np.eye(x.size).reshape(x.size, *x.shape)
    slopes = [(fn(x + step) - fn(x - step)) / 2e-5 for step in steps]
    return np.reshape(slopes, x.shape)


@pytest.mark.parametrize("run", [compiled, lambda fn, variables: fn])
def test_first_and_second_derivative(run):
    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=(2, 2, 3, 3, 2)).astype("float32")
    layer, factors = InstanceNormalization(), ops.convert_to_tensor(weights)

    def gradient(x):
        return input_gradient(lambda x: ops.sum(layer(x) * factors), x)

    def penalty(x):
        return ops.sum(ops.square(gradient(x)))

    def exact(x):
        return np.sum(normalized(x) * weights)

    given = ops.convert_to_tensor(x)
    x = x.astype("float64")
    got = ops.convert_to_numpy(run(gradient, [])(given))
    np.testing.assert_allclose(got, slope(exact, x), atol=1e-5)
    got = run(lambda x: input_gradient(penalty, x), [])(given)
    expected = slope(lambda x: np.sum(slope(exact, x) ** 2), x)
    np.testing.assert_allclose(ops.convert_to_numpy(got), expected, atol=1e-3)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_halves_are_normalised_in_float32(dtype):
    noise = np.random.default_rng(0).normal(size=(2, 6, 5, 3))
    x = ops.cast(ops.convert_to_tensor((50.0 + 3.0 * noise).astype("float32")), dtype)
    y = InstanceNormalization(dtype=f"mixed_{dtype}")(x)
    assert keras.backend.standardize_dtype(y.dtype) == dtype
    seen = ops.convert_to_numpy(ops.cast(x, "float32")).astype("float64")
    np.testing.assert_allclose(
        ops.convert_to_numpy(ops.cast(y, "float32")),
        normalized(seen),
        rtol=5e-3,
        atol=1e-4,
    )
