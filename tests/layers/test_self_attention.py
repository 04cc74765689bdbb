"""Self-attention against loops in NumPy."""

import numpy as np
import pytest
from keras import ops

from keras_genzoo.layers import SelfAttention2D

X = np.random.default_rng(0).normal(size=(2, 4, 6, 16)).astype("float32")


def by_loops(x, theta, phi, g, out, gamma):
    height, width, _ = x.shape
    keys, values = [], []
    for i in range(0, height, 2):
        for j in range(0, width, 2):
            block = x[i : i + 2, j : j + 2].reshape(4, -1)
            keys.append((block @ phi).max(0))
            values.append((block @ g).max(0))
    y = np.zeros_like(x)
    for i in range(height):
        for j in range(width):
            weights = np.exp([x[i, j] @ theta @ key for key in keys])
            read = np.average(values, axis=0, weights=weights)
            y[i, j] = x[i, j] + gamma * read @ out
    return y


@pytest.mark.parametrize("spectral", [True, False])
def test_equals_the_loops(spectral):
    layer = SelfAttention2D(spectral=spectral, seed=2)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(X)), X)
    assert len(layer.trainable_variables) == 5
    layer.gamma.assign(0.7)
    kernels = []
    for part in (layer.theta, layer.phi, layer.g, layer.out):
        inner = part.layer if spectral else part
        # Away from orthogonal, with one large singular value, and no symmetry.
        kernel = ops.convert_to_numpy(inner.kernel)[0, 0]
        kernel = 0.4 * kernel + 2.0 * np.outer(kernel[:, 0], kernel[0])
        inner.kernel.assign(kernel[None, None])
        if spectral:
            kernel = kernel / np.linalg.svd(kernel)[1][0]
        kernels.append(kernel.astype("float64"))
    for _ in range(60 if spectral else 0):
        layer(X, training=True)
    assert [k.shape for k in kernels] == [(16, 2), (16, 2), (16, 8), (8, 16)]
    expected = [by_loops(x.astype("float64"), *kernels, 0.7) for x in X]
    assert np.abs(expected - X).max() > 0.05
    np.testing.assert_allclose(ops.convert_to_numpy(layer(X)), expected, atol=1e-4)


def test_config():
    config = SelfAttention2D(False, seed=3).get_config()
    kernels = []
    for _ in range(2):
        layer = SelfAttention2D.from_config(config)
        assert layer.spectral is False
        layer.build((None, 4, 4, 8))
        kernels.append(ops.convert_to_numpy(layer.g.kernel))
    np.testing.assert_array_equal(*kernels)


@pytest.mark.parametrize("shape", [(1, 4, 4, 12), (1, 3, 4, 8), (1, 4, None, 8)])
def test_errors(shape):
    with pytest.raises(ValueError, match="`inputs` must have shape"):
        SelfAttention2D().build(shape)
