"""Instance normalisation against NumPy in float64."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo.layers import InstanceNormalization


# Nearly flat maps far from 0: `E[x^2] - E[x]^2` in float32 would be noise.
@pytest.mark.parametrize(("spread", "tolerance"), [(2.0, 1e-5), (0.01, 5e-3)])
def test_it_is_numpys(spread, tolerance):
    noise = np.random.default_rng(0).normal(size=(2, 6, 5, 3))
    x = (np.array([50.0, -20.0, 0.1]) * (spread < 1) + spread * noise).astype("float32")
    exact = x.astype("float64")
    centred = exact - exact.mean(axis=(1, 2), keepdims=True)
    variance = (centred**2).mean(axis=(1, 2), keepdims=True)
    expected = centred / np.sqrt(variance + 1e-5)
    got = ops.convert_to_numpy(InstanceNormalization()(x))
    np.testing.assert_allclose(got, expected, atol=tolerance)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_halves_are_normalised_in_float32(dtype):
    noise = np.random.default_rng(0).normal(size=(2, 6, 5, 3))
    x = ops.cast(ops.convert_to_tensor((50.0 + 3.0 * noise).astype("float32")), dtype)
    y = InstanceNormalization(dtype=f"mixed_{dtype}")(x)
    assert keras.backend.standardize_dtype(y.dtype) == dtype
    seen = ops.convert_to_numpy(ops.cast(x, "float32")).astype("float64")
    centred = seen - seen.mean(axis=(1, 2), keepdims=True)
    variance = (centred**2).mean(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(
        ops.convert_to_numpy(ops.cast(y, "float32")),
        centred / np.sqrt(variance + 1e-5),
        rtol=5e-3,
        atol=1e-4,
    )
