"""Zeros around tensors, against NumPy."""

import numpy as np
import pytest
from keras import ops

from keras_genzoo import backends

X = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype("float32")


@pytest.mark.parametrize(
    "pads",
    [
        [(0, 0), (1, 0), (0, 2), (0, 0)],
        [(1, 1), (1, 1), (0, 0), (0, 0)],
        [(0, 0), (0, 0), (0, 0), (0, 3)],
    ],
)
def test_it_is_numpys(pads):
    got = backends.zero_padding(ops.convert_to_tensor(X), pads)
    np.testing.assert_array_equal(ops.convert_to_numpy(got), np.pad(X, pads))
