"""The fast convolutions compute what Keras' layers compute, gradients too."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_genzoo.layers import DoublingConv2DTranspose, HalvingConv2D
from keras_genzoo.training import input_gradient


def padded(filters, size, padding, **kwargs):
    """A convolution after a row and a column of zeros on every side."""
    return keras.Sequential(
        [layers.ZeroPadding2D(1), layers.Conv2D(filters, size, **kwargs)]
    )


def cropped(filters, size, padding, **kwargs):
    """Of a transposed convolution's 2n + 1 rows and columns the last 2n."""
    return keras.Sequential(
        [
            layers.Conv2DTranspose(filters, size, **kwargs),
            layers.Cropping2D(((1, 0), (1, 0))),
        ]
    )


# Our layer, Keras', the kernel's size.
PAIRS = [
    (HalvingConv2D, layers.Conv2D, 4),
    (DoublingConv2DTranspose, layers.Conv2DTranspose, 4),
    (HalvingConv2D, padded, 3),
    (DoublingConv2DTranspose, cropped, 3),
]
SHAPES = [(3, 8, 8, 2), (2, 6, 10, 3), (1, 7, 5, 1), (2, 1, 2, 4)]


def both(ours, keras_layer, size, shape, filters=5):
    fast = ours(filters, size, activation="tanh")
    plain = keras_layer(filters, size, strides=2, padding="same", activation="tanh")
    fast.build(shape)
    plain.build(shape)
    rng = np.random.default_rng(0)
    for a, b in zip(fast.weights, plain.weights, strict=True):
        assert a.shape == b.shape
        value = rng.normal(scale=0.3, size=a.shape)
        a.assign(value)
        b.assign(value)
    return fast, plain


# Many filters take another way than few.
@pytest.mark.parametrize("filters", [5, 17])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("pair", PAIRS)
def test_same_outputs_and_input_gradients(pair, shape, filters):
    fast, plain = both(*pair, shape, filters)
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
    ours, _, size = pair
    layer = ours(3, size, use_bias=False, activation="relu", name="here")
    again = ours.from_config(layer.get_config())
    assert (again.filters, again.use_bias, again.name) == (3, False, "here")
    assert again.kernel_size == (size, size)
    assert again.strides == (2, 2)


@pytest.mark.parametrize("ours", [HalvingConv2D, DoublingConv2DTranspose])
@pytest.mark.parametrize("size", [2, 5, True, (3, 3)])
def test_other_kernels_are_refused(ours, size):
    with pytest.raises(ValueError, match="`kernel_size` must be 3 or 4, got"):
        ours(3, size)


def test_a_configuration_without_a_size_has_4():
    config = HalvingConv2D(3).get_config()
    del config["kernel_size"]
    assert HalvingConv2D.from_config(config).kernel_size == (4, 4)
