"""The fast convolutions compute what Keras' layers compute, gradients too."""

import importlib

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_genzoo.layers import DoublingConv2DTranspose, HalvingConv2D
from keras_genzoo.training import input_gradient
from tests.layers.same_layers import (
    assert_same_outputs_and_input_gradients,
    assert_same_updates_by_a_penalty,
    assert_same_updates_in_fit,
    with_same_weights,
)

IS_TENSORFLOW = keras.backend.backend() == "tensorflow"


@pytest.fixture(autouse=True, params=[True, False] if IS_TENSORFLOW else [None])
def on_a_cpu(request, monkeypatch):
    """With oneDNN and without, whatever TensorFlow has on this one."""
    if IS_TENSORFLOW:
        ours = importlib.import_module("keras_genzoo.backends.tensorflow_convolutions")
        monkeypatch.setattr(ours, "_has_onednn", lambda: request.param)


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
# Small maps take another way than large ones, even sides than odd ones.
SHAPES = [(3, 8, 8, 2), (2, 6, 10, 3), (1, 7, 5, 1), (2, 1, 2, 4), (1, 18, 18, 2)]


def both(ours, keras_layer, size, shape, filters=5, **kwargs):
    kwargs["activation"] = "tanh"
    fast = ours(filters, size, **kwargs)
    plain = keras_layer(filters, size, strides=2, padding="same", **kwargs)
    return with_same_weights(fast, plain, shape)


# Many filters take another way than few.
@pytest.mark.parametrize("filters", [5, 17])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("pair", PAIRS)
def test_same_outputs_and_input_gradients(pair, shape, filters):
    # Some gradients are 29: in float32 Keras' own are 1e-5 off.
    assert_same_outputs_and_input_gradients(
        *both(*pair, shape, filters), shape, rtol=1e-6, atol=1e-5
    )


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="float32 by default")
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair[2] == 4])
def test_same_gradients_in_float64(pair, shape):
    x = np.random.default_rng(1).normal(size=shape)
    gradients = [
        ops.convert_to_numpy(input_gradient(layer, ops.convert_to_tensor(x)))
        for layer in both(*pair, shape, 17, dtype="float64")
    ]
    assert gradients[0].dtype == np.float64
    np.testing.assert_allclose(*gradients, rtol=0, atol=1e-12)


@pytest.mark.parametrize("pair", PAIRS)
def test_same_updates_in_fit(pair):
    assert_same_updates_in_fit(both(*pair, (2, 8, 8, 2)), (8, 8, 2))


@pytest.mark.parametrize("pair", PAIRS)
def test_same_updates_by_a_penalty(pair):
    assert_same_updates_by_a_penalty(both(*pair, (2, 8, 8, 2)), (8, 8, 2))


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
