"""The merged layer against the three that it stands for."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_genzoo.layers import NearestDoublingConv2D, ReflectionPadding2D
from keras_genzoo.training import input_gradient


def both(shape):
    merged = NearestDoublingConv2D(5, activation="tanh")
    convolution = layers.Conv2D(5, 3, activation="tanh")
    merged.build(shape)
    # Keras' layer comes after the doubling and the padding.
    convolution.build((None, None, None, shape[-1]))
    rng = np.random.default_rng(0)
    for a, b in zip(merged.weights, convolution.weights, strict=True):
        assert a.shape == b.shape
        value = rng.normal(scale=0.3, size=a.shape)
        a.assign(value)
        b.assign(value)
    double, pad = layers.UpSampling2D(2), ReflectionPadding2D(1)
    return merged, lambda x: convolution(pad(double(x)))


@pytest.mark.parametrize("shape", [(3, 4, 4, 2), (2, 3, 5, 3), (1, 2, 3, 4)])
def test_same_outputs_and_input_gradients(shape):
    merged, plain = both(shape)
    x = ops.convert_to_tensor(
        np.random.default_rng(1).normal(size=shape).astype("float32")
    )
    expected = ops.convert_to_numpy(plain(x))
    assert tuple(merged.compute_output_shape(shape)) == expected.shape
    np.testing.assert_allclose(ops.convert_to_numpy(merged(x)), expected, atol=1e-5)
    np.testing.assert_allclose(
        ops.convert_to_numpy(input_gradient(lambda x: ops.square(merged(x)), x)),
        ops.convert_to_numpy(input_gradient(lambda x: ops.square(plain(x)), x)),
        atol=1e-5,
    )


def test_same_weights_after_training():
    shape = (2, 4, 4, 2)
    rng = np.random.default_rng(2)
    x = rng.normal(size=shape).astype("float32")
    target = rng.normal(size=(2, 8, 8, 5)).astype("float32")
    weights = []
    for layer in both(shape):
        inputs = keras.Input(shape[1:])
        model = keras.Model(inputs, layer(inputs))
        model.compile(keras.optimizers.SGD(0.1), "mse")
        model.fit(x, target, epochs=3, verbose=0)
        weights.append(model.get_weights())
    for a, b in zip(*weights, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_config_round_trip():
    layer = NearestDoublingConv2D(3, use_bias=False, activation="relu", name="here")
    again = NearestDoublingConv2D.from_config(layer.get_config())
    assert (again.filters, again.use_bias, again.name) == (3, False, "here")
    assert again.kernel_size == (3, 3)
