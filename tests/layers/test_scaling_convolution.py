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
from tests.layers.same_layers import (
    assert_same_outputs_and_input_gradients,
    assert_same_updates_in_fit,
    with_same_weights,
)


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
    return with_same_weights(fast, slow, shape)


@pytest.mark.parametrize("filters", [5, 17])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("pair", PAIRS)
def test_same_outputs_and_input_gradients(pair, shape, filters):
    assert_same_outputs_and_input_gradients(
        *both(*pair, shape, filters), shape, rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("pair", PAIRS)
def test_same_updates_in_fit(pair):
    assert_same_updates_in_fit(both(*pair, (2, 8, 8, 2), 5), (8, 8, 2))


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
