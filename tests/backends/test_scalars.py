"""Bounds and choices between tensors and Python numbers, against NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo import backends
from keras_genzoo.training import input_gradient

X = np.array([-3.5, -1.0, 0.0, 0.25, 2.0, 7.0], "float32")


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int32"])
@pytest.mark.parametrize("bounds", [(-1, 2), (0, None), (None, 1)])
def test_clip_is_numpys(dtype, bounds):
    x = ops.cast(ops.convert_to_tensor(X), dtype)
    y = backends.clip(x, *bounds)
    assert keras.backend.standardize_dtype(y.dtype) == dtype
    expected = np.clip(X.astype("int32") if dtype == "int32" else X, *bounds)
    np.testing.assert_array_equal(
        ops.convert_to_numpy(ops.cast(y, "float32")), expected
    )


def test_what_is_held_has_no_gradient():
    x = ops.convert_to_tensor(X)
    gradient = input_gradient(lambda t: ops.square(backends.clip(t, -1.5, 3.0)), x)
    expected = np.where((X > -1.5) & (X < 3.0), 2 * X, 0.0)
    np.testing.assert_allclose(ops.convert_to_numpy(gradient), expected)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int32"])
def test_where_is_numpys_in_either_order(dtype):
    x = ops.cast(ops.convert_to_tensor(X), dtype)
    positive = ops.convert_to_tensor(X > 0)
    values = X.astype("int32") if dtype == "int32" else X
    for got, expected in (
        (backends.where(positive, x, -1), np.where(X > 0, values, -1)),
        (backends.where(positive, -1, x), np.where(X > 0, -1, values)),
    ):
        assert keras.backend.standardize_dtype(got.dtype) == dtype
        np.testing.assert_array_equal(
            ops.convert_to_numpy(ops.cast(got, "float32")), expected
        )


def test_mix_is_numpys():
    y = np.linspace(0, 1, 6, dtype="float32")
    got = backends.mix(ops.convert_to_tensor(X), ops.convert_to_tensor(y), 0.1)
    np.testing.assert_allclose(
        ops.convert_to_numpy(got), 0.9 * X + 0.1 * y, rtol=1e-6, atol=1e-6
    )


def test_stack_is_numpys():
    scalars = [ops.convert_to_tensor(x) for x in X]
    np.testing.assert_array_equal(ops.convert_to_numpy(backends.stack(scalars)), X)
    mixed = backends.stack([scalars[0], 2.0])
    np.testing.assert_array_equal(ops.convert_to_numpy(mixed), [X[0], 2.0])


@pytest.mark.parametrize("amount", [0.5, X])
def test_add_to_adds(amount):
    variable = keras.Variable(np.arange(6.0), trainable=False, dtype="float32")
    given = amount if isinstance(amount, float) else ops.convert_to_tensor(amount)
    backends.add_to(variable, given)
    backends.add_to(variable, given)
    np.testing.assert_allclose(
        ops.convert_to_numpy(variable), np.arange(6.0) + 2 * amount
    )
