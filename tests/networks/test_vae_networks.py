"""A VAE's networks, and what they and the classifiers promise."""

import keras
import numpy as np
import pytest
import torch

from keras_genzoo import networks
from tests.networks import torch_residual as reference
from tests.networks.small_networks import (
    CLASSES,
    SHAPE,
    Conv2D,
    Dense,
    affine,
    arguments,
    by_number,
    evaluate,
    inputs_for,
    kept,
    outputs_of,
    randomize,
    small,
    unwrapped,
    value,
    vectors,
)
from tests.networks.torch_residual import (
    dense,
    doubling,
    flat,
    halving,
)

# Labels in the multilayer perceptrons.


@pytest.mark.parametrize("hidden", [(), (5,), (5, 4)])
def test_a_label_is_added_to_an_mlp_encoders_first_layer(hidden):
    network = networks.mlp_encoder((3, 2), 4, hidden, "tanh", num_classes=3, seed=0)
    randomize(network, names=("bias", "embeddings", "kernel"))
    x, labels = inputs_for(network, batch=6)
    shifts = vectors(network, labels)
    h = x.reshape(6, 6)
    for layer in unwrapped(network, Dense)[: len(hidden)]:
        h = affine(h, layer)
        h = np.tanh(h + shifts.pop(0) if shifts else h)
    for name, got in zip(
        ("z_mean", "z_log_var"), outputs_of(network, [x, labels]), strict=True
    ):
        expected = affine(h, network.get_layer(name))
        expected = expected + (0 if hidden else shifts.pop(0))
        np.testing.assert_allclose(got, expected, atol=1e-5)
    others = outputs_of(network, [x, (labels + 1) % 3])
    for got, other in zip(outputs_of(network, [x, labels]), others, strict=True):
        assert np.all(np.any(np.abs(got - other) > 1e-3, axis=1))


@pytest.mark.parametrize("hidden", [(), (5,), (5, 4)])
def test_a_label_is_added_to_an_mlp_decoders_first_layer(hidden):
    network = networks.mlp_decoder((3, 2), 4, hidden, "tanh", num_classes=3, seed=0)
    randomize(network)
    z, labels = inputs_for(network, batch=6)
    shifts = vectors(network, labels)
    assert len(shifts) == 1
    *inner, last = unwrapped(network, Dense)
    h = z
    for layer in inner:
        h = affine(h, layer)
        h = np.tanh(h + shifts.pop(0) if shifts else h)
    h = affine(h, last)
    expected = h + shifts.pop(0) if shifts else h
    got = evaluate(network, [z, labels])
    np.testing.assert_allclose(got, expected.reshape(6, 3, 2), atol=1e-5)


# Labels in the convolutional networks, against PyTorch.


def test_a_conv_encoder_sees_the_label_in_its_features():
    with kept(small("conv_encoder")) as network:
        randomize(network)
        images, labels = inputs_for(network)
        got = evaluate(network, [images, labels])
        of_channels, of_units = map(torch.from_numpy, vectors(network, labels))
        first, second = by_number(network, Conv2D)
        x = halving(reference.channels_first(images), first)
        x = torch.relu(x + of_channels[:, :, None, None])
        x = flat(torch.relu(halving(x, second)))
        hidden = next(x for x in unwrapped(network, Dense) if x.name != "latents")
        x = torch.relu(dense(x, hidden) + of_units)
        expected = dense(x, network.get_layer("latents"))
    np.testing.assert_allclose(got, expected.numpy(), rtol=1e-4, atol=1e-4)


def test_a_conv_decoder_sees_the_label_in_its_first_layer():
    with kept(small("conv_decoder")) as network:
        randomize(network)
        z, labels = inputs_for(network)
        got = evaluate(network, [z, labels])
        (of_units,) = map(torch.from_numpy, vectors(network, labels))
        first, second = by_number(network, Dense)
        x = torch.relu(dense(torch.from_numpy(z).double(), first) + of_units)
        x = torch.relu(dense(x, second)).reshape(-1, 7, 7, 8).permute(0, 3, 1, 2)
        one, two = by_number(network, keras.layers.Conv2DTranspose)
        expected = doubling(torch.relu(doubling(x, one)), two).permute(0, 2, 3, 1)
    np.testing.assert_allclose(got, expected.numpy(), rtol=1e-4, atol=1e-4)


# Without labels nothing has changed.

GLOROT, HE = keras.initializers.GlorotUniform, keras.initializers.HeNormal
POSTERIOR = ["Dense", "Dense"]


@pytest.mark.parametrize(
    ("build", "names", "drawn"),
    [
        (
            lambda: networks.mlp_encoder((3, 2), 4, (5,), seed=7),
            ["InputLayer", "Flatten", "Dense", *POSTERIOR],
            [(GLOROT, (6, 5)), (GLOROT, (5, 4)), None],
        ),
        (
            lambda: networks.mlp_decoder((3, 2), 4, (5,), seed=7),
            ["InputLayer", "Dense", "Dense", "Reshape"],
            [(GLOROT, (4, 5)), (GLOROT, (5, 6))],
        ),
        (
            lambda: networks.conv_encoder((8, 8, 1), 4, 2, dense=3, seed=7),
            ["InputLayer", *["HalvingConv2D"] * 2, "Flatten", "Dense", *POSTERIOR],
            [
                (HE, (4, 4, 1, 2)),
                (HE, (4, 4, 2, 4)),
                (HE, (16, 3)),
                (GLOROT, (3, 4)),
                None,
            ],
        ),
        (
            lambda: networks.conv_decoder((8, 8, 1), 4, 2, dense=3, seed=7),
            [
                *["InputLayer", "Dense", "Dense", "Reshape"],
                *["DoublingConv2DTranspose"] * 2,
            ],
            [
                (HE, (4, 3)),
                (HE, (3, 16)),
                (HE, (4, 4, 2, 4)),
                (HE, (4, 4, 1, 2)),
            ],
        ),
    ],
)
def test_without_labels_layers_and_seeds_are_the_plain_ones(build, names, drawn):
    network = build()
    assert [type(x).__name__ for x in network.layers] == names
    kernels = [v for v in network.weights if v.name == "kernel"]
    assert len(network.weights) == 2 * len(kernels)
    stream = np.random.default_rng(7)
    for kernel, draw in zip(kernels, drawn, strict=True):
        if draw is None:
            assert not np.any(value(kernel))
            continue
        initializer, shape = draw
        expected = initializer(int(stream.integers(2**31 - 1)))(shape)
        np.testing.assert_array_equal(value(kernel), value(expected))


# How an encoder ends.


def test_a_log_variance_is_bounded_softly():
    network = networks.mlp_encoder((3,), 2, (4,), seed=0)
    network.get_layer("z_log_var").bias.assign([1006.0, -116.0])
    (x,) = inputs_for(network)
    _, z_log_var = outputs_of(network, x)
    expected = np.tile([6.0 + np.arcsinh(1000.0), -16.0 - np.arcsinh(100.0)], (4, 1))
    np.testing.assert_allclose(z_log_var, expected, rtol=1e-6)


def test_an_autoencoders_encoder_ends_in_linear_latents():
    network = networks.mlp_encoder((3,), 2, (4,), "tanh", posterior=False, seed=0)
    (x,) = inputs_for(network)
    hidden, latents = unwrapped(network, Dense)
    assert (latents.name, network.layers[-1]) == ("latents", latents)
    expected = affine(np.tanh(affine(x, hidden)), latents)
    np.testing.assert_allclose(evaluate(network, x), expected, atol=1e-6)
    for network in (small("conv_encoder"), small("resnet_encoder")):
        latents = network.layers[-1]
        x = inputs_for(network)
        inner = keras.Model(network.input, latents.input)
        expected = affine(evaluate(inner, x), latents)
        np.testing.assert_allclose(evaluate(network, x), expected, atol=1e-5)


# What all promise.


@pytest.mark.parametrize(
    "build",
    [
        lambda s: networks.mlp_encoder((6,), 3, (4,), num_classes=3, seed=s),
        lambda s: networks.mlp_decoder((6,), 3, (4,), num_classes=3, seed=s),
        lambda s: networks.conv_encoder((4, 4, 1), 3, 2, 1, 4, 3, seed=s),
        lambda s: networks.conv_decoder((4, 4, 1), 3, 2, 1, 4, 3, seed=s),
        lambda s: networks.resnet_encoder(SHAPE, 3, 2, num_classes=3, seed=s),
        lambda s: networks.resnet_decoder(SHAPE, 3, 2, num_classes=3, seed=s),
        lambda s: networks.mlp_classifier((6,), 3, (4,), seed=s),
        lambda s: networks.conv_classifier((4, 4, 1), 3, 2, 1, 4, seed=s),
    ],
)
def test_the_seed_decides_the_weights(build):
    one, same, other = (build(s).get_weights() for s in (3, 3, 4))
    for a, b in zip(one, same, strict=True):
        np.testing.assert_array_equal(a, b)
    changed = [np.any(a != b) for a, b in zip(one, other, strict=True)]
    assert changed == [np.std(a) > 0 for a in one]


def test_half_precision_is_finite_and_ends_in_float32():
    builders = [
        lambda: networks.mlp_encoder((6,), 3, (4,), num_classes=3, seed=0),
        lambda: networks.resnet_encoder(SHAPE, 3, 2, CLASSES, seed=0),
        lambda: networks.mlp_classifier((6,), 3, (4,), seed=0),
    ]
    full = [build() for build in builders]
    keras.config.set_dtype_policy("mixed_float16")
    for network, build in zip(full, builders, strict=True):
        half = build()
        inputs = arguments(network)
        for net in (network, half):
            if net.name == "encoder":
                # exp(60000) has no float32, let alone a float16.
                net.get_layer("z_log_var").bias.assign([60000.0, -60000.0, 0.5])
        for got, expected in zip(
            keras.tree.flatten(half.predict(inputs, verbose=0)),
            keras.tree.flatten(network.predict(inputs, verbose=0)),
            strict=True,
        ):
            assert got.dtype == "float32"
            assert np.all(np.isfinite(np.exp(got)))
            scale = np.abs(expected).max()
            np.testing.assert_allclose(got, expected, atol=0.02 * scale)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: networks.mlp_encoder((2,), 2, num_classes=0), "`num_classes`.*0"),
        (lambda: networks.mlp_decoder((2,), 2, num_classes=2.5), "`num_classes`.*2.5"),
        (
            lambda: networks.conv_encoder((8, 8, 1), 2, num_classes=-1),
            "`num_classes`.*-1",
        ),
        (
            lambda: networks.conv_decoder((8, 8, 1), 2, num_classes=True),
            "`num_classes`.*True",
        ),
        (lambda: networks.resnet_encoder((40, 40, 3)), "`image_shape`.*40x40"),
        (lambda: networks.resnet_encoder((32, 28, 3)), "`image_shape`.*32x28"),
        (lambda: networks.resnet_encoder((32, 32)), "`image_shape`.*three"),
        (lambda: networks.resnet_encoder(latent_dim=0), "`latent_dim`.*0"),
        (lambda: networks.resnet_encoder(num_classes=0), "`num_classes`.*0"),
        (lambda: networks.resnet_decoder((40, 40, 3)), "`image_shape`.*40x40"),
        (lambda: networks.resnet_decoder(width=0), "`width`.*0"),
        (lambda: networks.resnet_decoder(num_classes="3"), "`num_classes`.*'3'"),
        (lambda: networks.mlp_classifier((), 2), r"`input_shape`.*\(\)"),
        (lambda: networks.mlp_classifier((2,), 0), "`num_classes`.*0"),
        (lambda: networks.mlp_classifier((2,), 2, (0,)), "`hidden`.*0"),
        (lambda: networks.mlp_classifier((2,), 2, dropout=1.0), "`dropout`.*1.0"),
        (lambda: networks.mlp_classifier((2,), 2, dropout="a"), "`dropout`.*'a'"),
        (lambda: networks.conv_classifier((6, 6, 1), 2), "divisible by 4.*6x6"),
        (lambda: networks.conv_classifier((8, 8, 1), 2, dense=0), "`dense`.*0"),
        (lambda: networks.conv_classifier((8, 8, 1), 0), "`num_classes`.*0"),
        (
            lambda: networks.conv_classifier((8, 8, 1), 2, dropout=-0.1),
            "`dropout`.*-0.1",
        ),
    ],
)
def test_wrong_arguments_are_named(build, message):
    with pytest.raises(ValueError, match=message):
        build()
