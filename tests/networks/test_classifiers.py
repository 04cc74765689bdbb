"""The classifiers against NumPy and PyTorch."""

import keras
import numpy as np
import pytest
import torch
from keras import ops

from keras_genzoo import networks
from tests.networks import torch_residual as reference
from tests.networks.small_networks import (
    CLASSES,
    Conv2D,
    Dense,
    affine,
    arguments,
    evaluate,
    inputs_for,
    randomize,
    unwrapped,
    value,
)
from tests.networks.torch_residual import (
    dense,
    flat,
    halving,
)


def test_an_mlp_classifier_is_what_numpy_computes():
    network = networks.mlp_classifier((3, 2), 4, (5, 6), "tanh", dropout=0.3, seed=0)
    randomize(network)
    (x,) = inputs_for(network)
    first, second, last = unwrapped(network, Dense)
    h = np.tanh(affine(np.tanh(affine(x.reshape(4, 6), first)), second))
    np.testing.assert_allclose(evaluate(network, x), affine(h, last), atol=1e-5)
    linear = networks.mlp_classifier((6,), 4, (), seed=0)
    (last,) = unwrapped(linear, Dense)
    x = x.reshape(4, 6)
    np.testing.assert_allclose(evaluate(linear, x), affine(x, last), atol=1e-6)


def test_a_conv_classifier_is_what_torch_computes():
    network = networks.conv_classifier((8, 8, 1), 3, 2, dense=5, dropout=0.3, seed=0)
    randomize(network)
    (x,) = inputs_for(network)
    first, second = unwrapped(network, Conv2D)
    hidden, last = unwrapped(network, Dense)
    h = torch.relu(halving(reference.channels_first(x), first))
    h = torch.relu(dense(flat(torch.relu(halving(h, second))), hidden))
    expected = dense(h, last).numpy()
    np.testing.assert_allclose(evaluate(network, x), expected, atol=1e-5)


@pytest.mark.parametrize(
    "build",
    [
        lambda seed: networks.mlp_classifier((6,), 3, (50,), "relu", 0.25, seed),
        lambda seed: networks.conv_classifier((4, 4, 1), 3, 2, 1, 50, 0.25, seed),
    ],
)
def test_dropout_drops_its_part_and_follows_the_seed(build):
    network = build(3)
    (dropout,) = unwrapped(network, keras.layers.Dropout)
    inner = keras.Model(network.input, [dropout.input, dropout.output])
    (x,) = inputs_for(network, batch=200)
    h, dropped = (ops.convert_to_numpy(y) for y in inner(x, training=True))
    left = dropped != 0
    np.testing.assert_allclose(dropped[left], h[left] / 0.75, rtol=1e-5)
    n = np.sum(h > 0)
    assert abs(left.sum() / n - 0.75) < 4 * np.sqrt(0.25 * 0.75 / n)
    # Built again, the network drops the same; with another seed, not.
    same, other = (evaluate(build(s), x, training=True) for s in (3, 4))
    np.testing.assert_array_equal(evaluate(build(3), x, training=True), same)
    assert np.any(same != other)


def test_without_dropout_there_is_no_such_layer():
    network = networks.mlp_classifier((6,), 3, (5,))
    assert network.name == "classifier"
    assert [type(x).__name__ for x in network.layers] == [
        "InputLayer",
        "Dense",
        "Dense",
    ]


def test_a_saved_classifier_is_the_same_network(tmp_path):
    for network in (
        networks.mlp_classifier((3, 2), 4, (5,), dropout=0.5),
        networks.conv_classifier((4, 4, 1), 3, 2, 1, 5, dropout=0.5),
        networks.mlp_encoder((3, 2), 4, (5,), num_classes=CLASSES),
    ):
        inputs = arguments(network)
        network.save(tmp_path / "network.keras")
        loaded = keras.saving.load_model(tmp_path / "network.keras")
        for a, b in zip(
            keras.tree.flatten(loaded(inputs)),
            keras.tree.flatten(network(inputs)),
            strict=True,
        ):
            np.testing.assert_array_equal(value(a), value(b))


def test_a_vgg_classifier_is_what_torch_computes():
    network = networks.vgg_classifier((8, 8, 2), 3, 2, stages=2, rotation=20.0, seed=0)
    randomize(network)
    (x,) = inputs_for(network)
    convolutions = unwrapped(network, keras.layers.Conv2D)
    norms = unwrapped(network, keras.layers.BatchNormalization)
    h = reference.channels_first(x)
    for i, (convolution, norm) in enumerate(zip(convolutions, norms, strict=True)):
        if i == 1:
            h = torch.nn.functional.max_pool2d(h, 2)
        kernel = torch.from_numpy(value(convolution.kernel).transpose(3, 2, 0, 1))
        h = torch.nn.functional.conv2d(h, kernel, padding=1)
        scale = value(norm.gamma) / np.sqrt(value(norm.moving_variance) + norm.epsilon)
        shift = value(norm.beta) - value(norm.moving_mean) * scale
        h = h * torch.from_numpy(scale)[:, None, None]
        h = torch.relu(h + torch.from_numpy(shift)[:, None, None])
    (last,) = unwrapped(network, Dense)
    expected = dense(h.mean(dim=(2, 3)), last).numpy()
    np.testing.assert_allclose(evaluate(network, x), expected, atol=1e-4)
    # Turned in training alone.
    assert np.abs(evaluate(network, x, training=True) - expected).max() > 1e-3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"image_shape": (9, 8, 1)}, "`image_shape`.*divisible by 4"),
        ({"rotation": -1}, "`rotation`"),
        ({"dropout": 1.0}, "`dropout`"),
        ({"stages": 0}, "positive integer"),
    ],
)
def test_a_vgg_classifier_that_cannot_be_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        networks.vgg_classifier(
            **{"image_shape": (8, 8, 1), "num_classes": 3, **arguments}
        )
