"""Conditional batch normalisation against its formula in NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo.layers import ConditionalBatchNormalization

RNG = np.random.default_rng(0)
X = (2.0 * RNG.normal(size=(6, 3, 4, 5)) + 1.0).astype("float32")
CONDITION = RNG.normal(size=(6, 7)).astype("float32")


def numpy(x):
    return ops.convert_to_numpy(x)


def built(**kwargs):
    layer = ConditionalBatchNormalization(seed=1, **kwargs)
    layer.build([X.shape, CONDITION.shape])
    return layer


def scaled(x, mean, variance, a, b):
    gain, bias = ((CONDITION @ m)[:, None, None, :] for m in (a, b))
    return (x - mean) / np.sqrt(variance + 1e-5) * (1.0 + gain) + bias


@pytest.mark.parametrize("spectral", [True, False])
def test_equals_the_formula(spectral):
    layer = built(spectral=spectral)
    mean, variance = np.zeros(5), np.ones(5)
    for factor in (1.0, 0.5):
        x = factor * X
        y = numpy(layer([x, CONDITION], training=True))
        batch = x.astype("float64").mean((0, 1, 2)), x.astype("float64").var((0, 1, 2))
        mean = 0.9 * mean + 0.1 * batch[0]
        variance = 0.9 * variance + 0.1 * batch[1]
        if not spectral:
            kernels = numpy(layer.gain.kernel), numpy(layer.bias.kernel)
            np.testing.assert_allclose(y, scaled(x, *batch, *kernels), atol=1e-4)
    for _ in range(60 if spectral else 0):
        layer.gain(CONDITION, training=True)
        layer.bias(CONDITION, training=True)
    if spectral:
        inner = numpy(layer.gain.layer.kernel), numpy(layer.bias.layer.kernel)
        kernels = [k / np.linalg.svd(k)[1][0] for k in inner]
        y = numpy(layer([x, CONDITION], training=True))
        np.testing.assert_allclose(y, scaled(x, *batch, *kernels), atol=1e-3)
        mean = 0.9 * mean + 0.1 * batch[0]
        variance = 0.9 * variance + 0.1 * batch[1]
    assert np.abs(kernels[0] - kernels[1]).max() > 0.1
    np.testing.assert_allclose(
        numpy(layer([X, CONDITION])), scaled(X, mean, variance, *kernels), atol=1e-3
    )
    np.testing.assert_allclose(numpy(layer.normalization.moving_mean), mean, atol=1e-5)
    np.testing.assert_allclose(
        numpy(layer.normalization.moving_variance), variance, rtol=1e-4
    )


def test_trains_its_linear_maps_and_reloads(tmp_path):
    """One step of SGD on mean(sum(y * target)) against the derivative in NumPy."""
    layer = built(spectral=False)
    inputs = [keras.Input(X.shape[1:]), keras.Input((7,))]
    model = keras.Model(inputs, layer(inputs))
    model.compile(
        keras.optimizers.SGD(1.0), lambda t, y: ops.sum(t * y, axis=(1, 2, 3))
    )
    start = numpy(layer.gain.kernel).copy(), numpy(layer.bias.kernel).copy()
    target = RNG.normal(size=X.shape).astype("float32")
    model.train_on_batch([X, CONDITION], target)
    normal = (X - X.mean((0, 1, 2))) / np.sqrt(X.var((0, 1, 2)) + 1e-5)
    for kernel, before, slope in (
        (layer.gain.kernel, start[0], target * normal),
        (layer.bias.kernel, start[1], target),
    ):
        expected = CONDITION.T @ slope.sum((1, 2)) / len(X)
        np.testing.assert_allclose(before - numpy(kernel), expected, atol=1e-3)

    # A model made from the config computes the same.
    model.save_weights(tmp_path / "model.weights.h5")
    again = keras.Model.from_config(model.get_config())
    again.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(
        numpy(again([X, CONDITION])), numpy(model([X, CONDITION]))
    )


def test_a_shape_that_does_not_fit():
    with pytest.raises(ValueError, match=r"`inputs` must be \[x, condition\]"):
        ConditionalBatchNormalization()([X, X])
    with pytest.raises(ValueError, match=r"`inputs` must be \[x, condition\]"):
        ConditionalBatchNormalization()(X)
