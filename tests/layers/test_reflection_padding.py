"""Reflection against NumPy's."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo.layers import ReflectionPadding2D
from keras_genzoo.training import input_gradient
from keras_genzoo.training.compiled import compiled


@pytest.mark.parametrize("padding", [1, 3])
def test_it_is_numpys(padding):
    x = np.random.default_rng(0).normal(size=(2, 5, 4, 3)).astype("float32")
    got = ops.convert_to_numpy(ReflectionPadding2D(padding)(x))
    width = [(0, 0), (padding, padding), (padding, padding), (0, 0)]
    np.testing.assert_array_equal(got, np.pad(x, width, mode="reflect"))


@pytest.mark.parametrize("padding", [1, 3])
def test_a_pixel_has_the_gradients_of_all_its_images(padding):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 5, 4, 3)).astype("float32")
    rows, columns = (np.pad(np.arange(n), padding, mode="reflect") for n in (5, 4))
    weights = rng.normal(size=(2, len(rows), len(columns), 3)).astype("float32")
    expected = np.zeros(x.shape)
    np.add.at(expected, np.ix_(range(2), rows, columns, range(3)), weights)
    layer, w = ReflectionPadding2D(padding), ops.convert_to_tensor(weights)
    run = compiled(lambda x: input_gradient(lambda x: layer(x) * w, x), [])
    got = ops.convert_to_numpy(run(ops.convert_to_tensor(x)))
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_bad_padding():
    with pytest.raises(ValueError, match="`padding` must be a positive integer, got 0"):
        ReflectionPadding2D(0)
    with pytest.raises(ValueError, match="3 pixels needs a map with larger sides"):
        ReflectionPadding2D(3)(keras.Input((3, 8, 1)))
