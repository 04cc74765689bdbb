"""The binomial filter against SciPy, and its derivatives against algebra."""

import numpy as np
import pytest
from keras import ops
from scipy import ndimage

from keras_genzoo.backends import input_gradient
from keras_genzoo.layers.binomial_resampling import (
    BinomialDownsampling2D,
    BinomialUpsampling2D,
)

X = np.random.default_rng(0).normal(size=(2, 6, 4, 3)).astype("float32")


def blurred(x):
    for axis in (1, 2):
        x = ndimage.convolve1d(x, [0.25, 0.5, 0.25], axis=axis, mode="constant")
    return x


def halved(x):
    x = blurred(x.astype("float64"))
    n, height, width, channels = x.shape
    return x.reshape(n, height // 2, 2, width // 2, 2, channels).mean((2, 4))


def doubled(x):
    return blurred(x.astype("float64").repeat(2, axis=1).repeat(2, axis=2))


def test_values_are_scipys():
    down, up = BinomialDownsampling2D()(X), BinomialUpsampling2D()(X)
    np.testing.assert_allclose(ops.convert_to_numpy(down), halved(X), atol=1e-6)
    np.testing.assert_allclose(ops.convert_to_numpy(up), doubled(X), atol=1e-6)


def test_derivatives_are_the_transpose_once_and_twice():
    down = BinomialDownsampling2D()

    def half_norm(x):
        return 0.5 * ops.sum(ops.square(down(x)))

    def penalty(x):
        return 0.5 * ops.sum(ops.square(input_gradient(half_norm, x)))

    x = ops.convert_to_tensor(X)

    def normal(x):  # D^T D, with D^T a quarter of doubling
        return doubled(halved(x)) / 4

    got = ops.convert_to_numpy(input_gradient(half_norm, x))
    np.testing.assert_allclose(got, normal(X), atol=1e-6)
    got = ops.convert_to_numpy(input_gradient(penalty, x))
    np.testing.assert_allclose(got, normal(normal(X)), atol=1e-6)


def test_odd_sides_are_refused():
    with pytest.raises(ValueError, match="divisible by 2"):
        BinomialDownsampling2D()(X[:, :5])
