"""The fast convolutions compute what Keras' layers compute, gradients too."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_genzoo.layers import DoublingConv2DTranspose, HalvingConv2D
from keras_genzoo.training import input_gradient

PAIRS = [
    (HalvingConv2D, layers.Conv2D),
    (DoublingConv2DTranspose, layers.Conv2DTranspose),
]
SHAPES = [(3, 8, 8, 2), (2, 6, 10, 3), (1, 7, 5, 1), (2, 1, 2, 4)]


def both(ours, keras_layer, shape):
    fast = ours(5, activation="tanh")
    plain = keras_layer(5, 4, strides=2, padding="same", activation="tanh")
    fast.build(shape)
    plain.build(shape)
    rng = np.random.default_rng(0)
    for a, b in zip(fast.weights, plain.weights, strict=True):
        assert a.shape == b.shape
        value = rng.normal(scale=0.3, size=a.shape)
        a.assign(value)
        b.assign(value)
    return fast, plain


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("pair", PAIRS)
def test_same_outputs_and_input_gradients(pair, shape):
    fast, plain = both(*pair, shape)
    x = ops.convert_to_tensor(
        np.random.default_rng(1).normal(size=shape).astype("float32")
    )
    expected = ops.convert_to_numpy(plain(x))
    assert tuple(fast.compute_output_shape(shape)) == expected.shape
    np.testing.assert_allclose(ops.convert_to_numpy(fast(x)), expected, atol=1e-5)
    np.testing.assert_allclose(
        ops.convert_to_numpy(input_gradient(lambda x: ops.square(fast(x)), x)),
        ops.convert_to_numpy(input_gradient(lambda x: ops.square(plain(x)), x)),
        atol=1e-5,
    )


@pytest.mark.parametrize("pair", PAIRS)
def test_same_updates_in_fit(pair):
    shape = (2, 8, 8, 2)
    rng = np.random.default_rng(2)
    x = rng.normal(size=(8, 8, 8, 2)).astype("float32")
    weights = []
    for layer in both(*pair, shape):
        model = keras.Sequential([keras.Input(shape[1:]), layer])
        target = rng.normal(size=(8, *model.output_shape[1:])) * 0.0 + 0.5
        model.compile(keras.optimizers.SGD(0.1), "mse")
        model.fit(x, target, batch_size=4, shuffle=False, verbose=0)
        weights.append(model.get_weights())
    for a, b in zip(*weights, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("pair", PAIRS)
def test_config_round_trip(pair):
    layer = pair[0](3, use_bias=False, activation="relu", name="here")
    again = pair[0].from_config(layer.get_config())
    assert (again.filters, again.use_bias, again.name) == (3, False, "here")
    assert again.kernel_size == (4, 4)
    assert again.strides == (2, 2)
