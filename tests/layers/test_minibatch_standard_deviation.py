"""The minibatch standard deviation against its definition in NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo.layers import MinibatchStandardDeviation
from keras_genzoo.training import input_gradient

RNG = np.random.default_rng(0)


def by_definition(x, groups):
    y = np.zeros((*x.shape[:-1], 1))
    for group in groups:
        y[group] = np.sqrt(x[group].astype("float64").var(axis=0) + 1e-8).mean()
    return np.concatenate([x, y], axis=-1)


GROUPS = {
    8: [[0, 2, 4, 6], [1, 3, 5, 7]],
    11: [[0, 2, 4, 6, 8, 10], [1, 3, 5, 7, 9]],  # three are left over
    7: [[0, 1, 2, 3, 4, 5, 6]],  # never a group of three
    3: [[0, 1, 2]],
    1: [[0]],
}


@pytest.mark.parametrize(
    ("count", "sides"),
    [(8, (5,)), (8, (2, 3, 4)), (11, (2, 3, 4)), (7, (5,)), (3, (5,)), (1, (2, 3, 4))],
)
def test_equals_the_definition(count, sides):
    x = RNG.normal(size=(count, *sides)).astype("float32")
    layer = MinibatchStandardDeviation(group_size=4)
    y = ops.convert_to_numpy(layer(x))
    assert layer.compute_output_shape(x.shape) == y.shape
    np.testing.assert_allclose(y, by_definition(x, GROUPS[count]), atol=1e-5)


def test_groups_of_the_reference_implementation():
    x = RNG.normal(size=(12, 2, 2, 3))
    y = x.reshape(4, 3, 2, 2, 3)  # Karras et al.: group_size, groups, ...
    y = np.sqrt(y.var(axis=0) + 1e-8).mean(axis=(1, 2, 3))
    expected = np.broadcast_to(np.tile(y, 4)[:, None, None, None], (12, 2, 2, 1))
    got = ops.convert_to_numpy(MinibatchStandardDeviation(4)(x.astype("float32")))
    np.testing.assert_allclose(got[..., 3:], expected, atol=1e-5)


def test_batches_of_unknown_size():
    x = RNG.normal(size=(11, 6)).astype("float32")
    model = keras.Sequential([keras.Input((6,)), MinibatchStandardDeviation()])
    got = model.predict(x, batch_size=8, verbose=0)
    expected = [by_definition(x[:8], GROUPS[8]), by_definition(x[8:], GROUPS[3])]
    np.testing.assert_allclose(got, np.concatenate(expected), atol=1e-5)


def test_gradient_is_finite_where_all_agree():
    layer = MinibatchStandardDeviation()
    x = ops.ones((4, 3))
    gradient = input_gradient(lambda t: ops.square(layer(t)[:, 3:]), x)
    np.testing.assert_allclose(ops.convert_to_numpy(gradient), 0.0, atol=1e-6)


def test_errors():
    with pytest.raises(ValueError, match=r"`group_size` must .* 0"):
        MinibatchStandardDeviation(0)
    with pytest.raises(ValueError, match="`inputs` must have shape"):
        MinibatchStandardDeviation().build((2, 3, 4))
