"""A convolution that takes another way inside penalties computes what Keras' does."""

import keras
import pytest
from keras import layers

from keras_genzoo.layers import GroupedConv2D, PlainConv2D
from tests.layers.same_layers import (
    assert_same_outputs_and_input_gradients,
    assert_same_updates_by_a_penalty,
    assert_same_updates_in_fit,
    with_same_weights,
)

SHAPE = (2, 9, 8, 3)
# A large kernel with few filters takes another way.
KERNELS = [
    (4, "valid"),
    (3, "same"),
    (4, "same"),
    (1, "valid"),
    ((2, 3), "same"),
    (7, "valid"),
    (7, "same"),
]


def both(kernel_size, padding):
    options = {"padding": padding, "activation": "tanh"}
    filters = 3 if kernel_size == 7 else 5
    return with_same_weights(
        PlainConv2D(filters, kernel_size, **options),
        layers.Conv2D(filters, kernel_size, data_format="channels_last", **options),
        SHAPE,
    )


@pytest.mark.parametrize("kernel", KERNELS)
def test_same_outputs_and_input_gradients(kernel):
    assert_same_outputs_and_input_gradients(*both(*kernel), SHAPE, atol=1e-5)


@pytest.mark.parametrize("kernel", KERNELS)
def test_same_updates_in_fit(kernel):
    assert_same_updates_in_fit(both(*kernel), SHAPE[1:])


# As many channels as make products of the kernel's gradient fast; or of all, where the
# patches have fewer numbers than the outputs; few filters.
WIDE = [
    (16, 20, 3, "same"),
    (16, 20, 4, "same"),
    (16, 20, 4, "valid"),
    (16, 20, (2, 3), "same"),
    (3, 30, 3, "same"),
    (3, 30, (2, 3), "valid"),
    (5, 2, 4, "same"),
    (5, 1, (2, 3), "valid"),
]


def both_of_many(channels, filters, kernel_size, padding):
    options = {"padding": padding, "activation": "tanh"}
    shape = (2, 9, 8, channels)
    pair = with_same_weights(
        PlainConv2D(filters, kernel_size, **options),
        layers.Conv2D(filters, kernel_size, data_format="channels_last", **options),
        shape,
    )
    return pair, shape


@pytest.mark.parametrize("case", WIDE)
def test_same_outputs_and_input_gradients_of_many_channels(case):
    pair, shape = both_of_many(*case)
    assert_same_outputs_and_input_gradients(*pair, shape, atol=1e-5)


@pytest.mark.parametrize("case", WIDE)
def test_same_updates_in_fit_of_many_channels(case):
    pair, shape = both_of_many(*case)
    assert_same_updates_in_fit(pair, shape[1:])


# Of so large a map XLA would write out the patches, more than 2^23 numbers of them.
LARGE = (4, 130, 120, 16)


def both_of_a_large_map():
    return with_same_weights(
        PlainConv2D(4, 3), layers.Conv2D(4, 3, data_format="channels_last"), LARGE
    )


def test_same_outputs_and_input_gradients_of_a_large_map():
    assert_same_outputs_and_input_gradients(*both_of_a_large_map(), LARGE, atol=2e-4)


def test_same_updates_in_fit_of_a_large_map():
    assert_same_updates_in_fit(both_of_a_large_map(), LARGE[1:])


@pytest.mark.parametrize("kernel", KERNELS)
def test_same_updates_by_a_penalty(kernel):
    assert_same_updates_by_a_penalty(both(*kernel), SHAPE[1:])


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="of JAX alone")
def test_same_updates_by_a_penalty_on_large_maps(monkeypatch):
    """Those whose patches would take much memory: the taps one by one."""
    monkeypatch.setattr("keras_genzoo.backends.jax_convolutions._MOST_PATCHES", 0)
    assert_same_updates_by_a_penalty(both(3, "same"), SHAPE[1:])


def test_same_updates_of_groups_by_a_penalty():
    options = {"padding": "same", "activation": "tanh"}
    pair = with_same_weights(
        GroupedConv2D(4, 3, groups=2, **options),
        layers.Conv2D(4, 3, groups=2, data_format="channels_last", **options),
        (2, 6, 5, 4),
    )
    assert_same_updates_by_a_penalty(pair, (6, 5, 4))


def test_config_round_trip():
    layer = PlainConv2D(3, 4, "same", use_bias=False, activation="relu", name="here")
    again = PlainConv2D.from_config(layer.get_config())
    assert (again.filters, again.kernel_size, again.padding) == (3, (4, 4), "same")
    assert (again.use_bias, again.name, again.strides) == (False, "here", (1, 1))
