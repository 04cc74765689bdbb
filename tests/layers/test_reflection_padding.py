"""Reflection against NumPy's."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo.layers import ReflectionPadding2D


@pytest.mark.parametrize("padding", [1, 3])
def test_it_is_numpys(padding):
    x = np.random.default_rng(0).normal(size=(2, 5, 4, 3)).astype("float32")
    got = ops.convert_to_numpy(ReflectionPadding2D(padding)(x))
    width = [(0, 0), (padding, padding), (padding, padding), (0, 0)]
    np.testing.assert_array_equal(got, np.pad(x, width, mode="reflect"))


def test_bad_padding():
    with pytest.raises(ValueError, match="`padding` must be a positive integer, got 0"):
        ReflectionPadding2D(0)
    with pytest.raises(ValueError, match="3 pixels needs a map with larger sides"):
        ReflectionPadding2D(3)(keras.Input((3, 8, 1)))
