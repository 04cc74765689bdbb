"""A learned basis is an outer product, reading it back an inner one."""

import numpy as np
from keras import ops

from keras_genzoo.layers.spatial_basis import SpatialBasis, SpatialProjection

X = np.random.default_rng(0).normal(size=(3, 40)).astype("float32")


def test_spreading_and_reading_are_products():
    spread = SpatialBasis(4, seed=0)
    image = spread(X)
    basis = ops.convert_to_numpy(spread.basis)
    np.testing.assert_allclose(
        ops.convert_to_numpy(image), np.einsum("nc,hwc->nhwc", X, basis), rtol=1e-6
    )
    read = SpatialProjection(seed=1)
    got = ops.convert_to_numpy(read(image))
    other = ops.convert_to_numpy(read.basis)
    expected = X * np.einsum("hwc,hwc->c", basis.astype("float64"), other)
    np.testing.assert_allclose(got, expected, atol=1e-4)
    for values, variance in ((basis, 1.0), (other, 1 / 16)):
        assert abs(values.var() / variance - 1) < 5 * np.sqrt(2 / values.size)


def test_the_seed_decides_the_pictures():
    layers = [SpatialBasis(2, seed=s) for s in (0, 0, 1)]
    one, same, other = (ops.convert_to_numpy(x(X)) for x in layers)
    np.testing.assert_array_equal(one, same)
    assert np.all(one != other)
