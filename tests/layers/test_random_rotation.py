"""Turned images, in float32 as Keras turns them, and in float64."""

import keras
import numpy as np
from keras import ops

from keras_genzoo.layers import RandomRotation
from keras_genzoo.zoo.recipes.portable import portable_arithmetic

IMAGES = np.random.default_rng(0).random((3, 8, 8, 2))


def turned(layer, dtype):
    return ops.convert_to_numpy(layer(IMAGES.astype(dtype), training=True))


def test_float32_is_keras_own():
    options = {"factor": 0.2, "fill_mode": "nearest", "seed": 4}
    expected = turned(keras.layers.RandomRotation(**options), "float32")
    assert np.abs(expected - IMAGES).max() > 0.1
    np.testing.assert_array_equal(
        turned(RandomRotation(**options), "float32"), expected
    )


def test_float64_is_the_same_to_rounding():
    options = {"factor": 0.2, "fill_mode": "nearest", "seed": 4}
    expected = turned(RandomRotation(**options), "float32")
    with portable_arithmetic():
        got = turned(RandomRotation(**options), "float64")
    assert got.dtype == np.float64
    np.testing.assert_allclose(got, expected, atol=1e-5)
