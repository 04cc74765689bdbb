"""Maxout against its definition in NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo.layers import Maxout

X = np.random.default_rng(0).normal(size=(3, 2, 4)).astype("float32")


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("x", [X, X[:, 0]])
def test_equals_the_definition(x, use_bias):
    layer = Maxout(5, 3, use_bias=use_bias)
    layer.build(x.shape)
    kernel = np.random.default_rng(1).normal(size=(4, 5, 3))
    bias = np.random.default_rng(2).normal(size=(5, 3)) * use_bias
    values = [kernel.reshape(4, 15), bias.reshape(15)][: 1 + use_bias]
    layer.set_weights(values)
    got = ops.convert_to_numpy(layer(x))
    assert layer.compute_output_shape(x.shape) == got.shape
    expected = (np.einsum("...i,iup->...up", x, kernel) + bias).max(-1)
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_config():
    layer = Maxout(2, 3, kernel_initializer=keras.initializers.Constant(0.5))
    again = Maxout.from_config(layer.get_config())
    # All pieces alike: x summed, halved.
    np.testing.assert_allclose(
        ops.convert_to_numpy(again(X)),
        np.repeat(0.5 * X.sum(-1, keepdims=True), 2, -1),
        atol=1e-5,
    )
    assert (again.pieces, again.use_bias) == (3, True)


def test_errors():
    with pytest.raises(ValueError, match=r"`pieces` must .* 0"):
        Maxout(2, 0)
    with pytest.raises(ValueError, match=r"`units` must .* 1.5"):
        Maxout(1.5, 2)
