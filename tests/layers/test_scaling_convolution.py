"""The joined layers compute what the two of Keras' compute, gradients too."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_genzoo.layers import (
    DownscalingConv2D,
    SpectralNormalization,
    UpscalingConv2D,
)
from keras_genzoo.training import input_gradient


def doubled(convolution):
    return keras.Sequential([layers.UpSampling2D(2), convolution])


def averaged(convolution):
    return keras.Sequential([convolution, layers.AveragePooling2D(2)])


PAIRS = [(UpscalingConv2D, doubled), (DownscalingConv2D, averaged)]
# Few channels and filters take another way than many.
SHAPES = [(3, 8, 8, 2), (2, 6, 10, 17), (1, 2, 2, 1), (2, 7, 5, 3)]


def both(ours, plain, shape, filters):
    fast = ours(filters)
    slow = plain(layers.Conv2D(filters, 3, padding="same"))
    fast.build(shape)
    slow.build(shape)
    rng = np.random.default_rng(0)
    for a, b in zip(fast.weights, slow.weights, strict=True):
        assert a.shape == b.shape
        value = rng.normal(scale=0.3, size=a.shape)
        a.assign(value)
        b.assign(value)
    return fast, slow


@pytest.mark.parametrize("filters", [5, 17])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("pair", PAIRS)
def test_same_outputs_and_input_gradients(pair, shape, filters):
    fast, slow = both(*pair, shape, filters)
    x = np.random.default_rng(1).normal(size=shape).astype("float32")
    x = ops.convert_to_tensor(x)
    expected = ops.convert_to_numpy(slow(x))
    assert tuple(fast.compute_output_shape(shape)) == expected.shape
    np.testing.assert_allclose(ops.convert_to_numpy(fast(x)), expected, atol=1e-5)
    np.testing.assert_allclose(
        ops.convert_to_numpy(input_gradient(lambda x: ops.square(fast(x)), x)),
        ops.convert_to_numpy(input_gradient(lambda x: ops.square(slow(x)), x)),
        rtol=1e-4,
        atol=1e-4,
    )


@pytest.mark.parametrize("pair", PAIRS)
def test_same_updates_in_fit(pair):
    shape = (2, 8, 8, 2)
    rng = np.random.default_rng(2)
    x = rng.normal(size=(8, 8, 8, 2)).astype("float32")
    weights = []
    for layer in both(*pair, shape, 5):
        model = keras.Sequential([keras.Input(shape[1:]), layer])
        target = np.full((8, *model.output_shape[1:]), 0.5)
        model.compile(keras.optimizers.SGD(0.1), "mse")
        model.fit(x, target, batch_size=4, shuffle=False, verbose=0)
        weights.append(model.get_weights())
    for a, b in zip(*weights, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("pair", PAIRS)
def test_the_spectral_norm_is_that_of_the_kernel(pair):
    ours, plain = pair
    fast = SpectralNormalization(ours(4), seed=0)
    inner = SpectralNormalization(layers.Conv2D(4, 3, padding="same"), seed=0)
    slow = plain(inner)
    shape = (2, 8, 8, 3)
    fast.build(shape)
    slow.build(shape)
    for a, b in zip(fast.weights, inner.weights, strict=True):
        b.assign(ops.convert_to_numpy(a))
    x = np.random.default_rng(3).normal(size=shape).astype("float32")
    np.testing.assert_allclose(
        ops.convert_to_numpy(fast(x)), ops.convert_to_numpy(slow(x)), atol=1e-5
    )


@pytest.mark.parametrize("ours", [UpscalingConv2D, DownscalingConv2D])
def test_config_round_trip(ours):
    layer = ours(3, use_bias=False, activation="relu", name="here")
    again = ours.from_config(layer.get_config())
    assert (again.filters, again.use_bias, again.name) == (3, False, "here")
    assert again.kernel_size == (3, 3)
    x = np.random.default_rng(4).normal(size=(2, 4, 4, 2)).astype("float32")
    assert np.min(ops.convert_to_numpy(again(x))) >= 0.0
