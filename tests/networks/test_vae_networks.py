"""The VAE's networks and the classifiers against NumPy, PyTorch and their start."""

import itertools

import keras
import numpy as np
import pytest
import torch
from keras import ops
from torch.nn import functional

from keras_genzoo import networks
from tests.networks import torch_residual as reference
from tests.networks.small_networks import (
    CLASSES,
    SHAPE,
    Conv2D,
    Dense,
    Embedding,
    evaluate,
    inputs_for,
    kept,
    randomize,
    small,
    unwrapped,
    value,
)
from tests.networks.torch_residual import convolution, dense, tensor


def affine(x, layer):
    return x @ value(layer.kernel) + value(layer.bias)


def outputs_of(network, inputs):
    return [ops.convert_to_numpy(y) for y in network(inputs)]


def vectors(network, labels):
    """Each embedding's rows for these labels, in the order they were made."""
    made = sorted(unwrapped(network, Embedding), key=lambda x: number(x.name))
    return [value(x.embeddings)[labels] for x in made]


def arguments(network):
    inputs = inputs_for(network)
    return inputs if len(inputs) > 1 else inputs[0]


def number(name):
    return int("0" + "".join(filter(str.isdigit, name)))


def by_number(network, kind, *size):
    return sorted(unwrapped(network, kind, *size), key=lambda x: number(x.name))


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


def halving(x, layer):
    kernel = tensor(layer.kernel).permute(3, 2, 0, 1)
    return functional.conv2d(x, kernel, tensor(layer.bias), stride=2, padding=1)


def doubling(x, layer):
    kernel = tensor(layer.kernel).permute(3, 2, 0, 1)
    return functional.conv_transpose2d(
        x, kernel, tensor(layer.bias), stride=2, padding=1
    )


def flat(x):
    return x.permute(0, 2, 3, 1).reshape(len(x), -1)


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
POSTERIOR = ["Dense", "Dense", "Identity", "SoftBound"]


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
    assert network.layers[-1].name == "bounded_z_log_var"


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


# The residual networks.


def silu(x):
    return functional.silu(x)


def flow(network, x, shifts=None):
    """The blocks in PyTorch: `shifts` None for the shortcuts alone."""
    wide, short = by_number(network, Conv2D, 3), by_number(network, Conv2D, 1)
    encoder = network.name == "encoder"
    if encoder:
        x = convolution(x, wide.pop(0))
    for shortcut in short:
        y = x
        x = convolution(reference.halve(x) if encoder else x, shortcut)
        x = x if encoder else reference.double(x)
        first, second = wide.pop(0), wide.pop(0)
        if shifts is None:
            continue
        y = silu(y) if encoder else reference.double(silu(y))
        y = convolution(y, first)
        y = y + torch.from_numpy(shifts.pop(0))[:, :, None, None]
        y = convolution(silu(y), second)
        x = x + (reference.halve(y) if encoder else y)
    x = silu(x)
    return x if encoder else convolution(x, wide.pop(0))


def encoded(network, images, shifts=None):
    x = flat(flow(network, reference.channels_first(images), shifts))
    hidden = next(x for x in unwrapped(network, Dense) if x.name != "latents")
    return dense(silu(dense(x, hidden)), network.get_layer("latents")).numpy()


def decoded(network, latents, shifts=None):
    first, second = by_number(network, Dense)
    x = dense(silu(dense(torch.from_numpy(latents).double(), first)), second)
    x = x.reshape(len(x), 7, 7, -1).permute(0, 3, 1, 2)
    return flow(network, x, shifts).permute(0, 2, 3, 1).numpy()


RESNETS = [("resnet_encoder", encoded), ("resnet_decoder", decoded)]


@pytest.mark.parametrize(("name", "expected"), RESNETS)
def test_a_resnet_starts_as_its_shortcuts_alone(name, expected):
    network = small(name)
    x, labels = inputs_for(network)
    got = evaluate(network, [x, labels])
    assert got.std() > 0.05
    np.testing.assert_allclose(got, expected(network, x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("name", "expected"), RESNETS)
def test_a_resnet_computes_what_torch_computes(name, expected):
    with kept(small(name)) as network:
        randomize(network)
        x, labels = inputs_for(network)
        got = evaluate(network, [x, labels])
        shifts = vectors(network, labels)
        assert [s.shape for s in shifts] == {
            "resnet_encoder": [(4, 2), (4, 4)],
            "resnet_decoder": [(4, 4), (4, 2)],
        }[name]
        want = expected(network, x, shifts)
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4 * np.abs(want).max())


def test_labels_of_a_resnet_start_small():
    network = networks.resnet_decoder(SHAPE, 3, 2, num_classes=500, seed=0)
    drawn = np.concatenate(
        [value(x.embeddings).ravel() for x in unwrapped(network, Embedding)]
    )
    assert drawn.size == 500 * (4 + 2)
    error = 0.1 / np.sqrt(drawn.size)
    assert abs(drawn.mean()) < 4 * error
    assert abs(drawn.std() - 0.1) < 4 * error


@pytest.mark.parametrize("name", ["resnet_encoder", "resnet_decoder"])
def test_a_branch_that_starts_at_zero_learns(name):
    """The gradient at the start is that of a difference; a step later all have one."""
    with kept(small(name)) as network:
        x, labels = inputs_for(network)
        rng = np.random.default_rng(1)
        shape = (4, *network.output_shape[1:])
        target = rng.normal(size=shape).astype("float32")

        def loss(scale=0.0, kernel=None, direction=None):
            if kernel is not None:
                kernel.assign(scale * direction)
            error = evaluate(network, [x, labels]).astype("float64") - target
            return np.mean(np.square(error))

        # The second convolution of each block.
        wide = by_number(network, Conv2D, 3)
        wide = wide[1:] if name.endswith("encoder") else wide[:-1]
        zeros = [x.kernel for x in wide if not np.any(value(x.kernel))]
        assert len(zeros) == 2
        slopes = []
        for kernel in zeros:
            direction = rng.normal(size=kernel.shape).astype("float32")
            step = 1e-2
            slope = loss(step, kernel, direction) - loss(-step, kernel, direction)
            slopes.append((direction, slope / (2 * step)))
            kernel.assign(np.zeros(kernel.shape))
        rate = 0.1
        network.compile(
            keras.optimizers.SGD(rate),
            "mse",
            jit_compile=keras.backend.backend() == "jax",
        )
        starts = network.get_weights()
        network.train_on_batch([x, labels], target)
        for kernel, (direction, slope) in zip(zeros, slopes, strict=True):
            gradient = -value(kernel) / rate
            assert np.all(np.any(gradient, axis=(0, 1, 2)))
            got = np.sum(gradient * direction)
            assert got == pytest.approx(slope, rel=0.02, abs=1e-4)
        network.train_on_batch([x, labels], target)
        for start, now in zip(starts, network.get_weights(), strict=True):
            assert np.any(start != now)


def conv(size, a, b):
    return size * size * a * b + b


@pytest.fixture
def shapes_only(monkeypatch):
    """No random kernels: JAX compiles a draw for each shape anew."""
    for name in ("GlorotUniform", "HeNormal", "LecunNormal"):
        monkeypatch.setattr(keras.initializers, name, lambda seed: "zeros")


def test_resnet_counts_are_those_of_the_formula(shapes_only):
    # 32 pixels, width 4: maps of 4, 8, 16, 32 channels, the last with a side of 4.
    maps = [4, 8, 16, 32]
    blocks = sum(conv(1, a, b) + conv(3, a, b) for a, b in itertools.pairwise(maps))
    inner = sum(conv(3, a, a) for a in maps[:-1])
    labels = 10 * (4 + 8 + 16)
    trunk = blocks + inner + labels
    encoder = networks.resnet_encoder((32, 32, 3), 5, 4, num_classes=10)
    heads = 2 * (32 + 1) * 5
    assert encoder.count_params() == (
        conv(3, 3, 4) + trunk + (4 * 4 * 32 + 1) * 32 + heads
    )
    # The decoder's branch narrows in its first convolution; it has its channels.
    blocks = sum(conv(1, b, a) + conv(3, b, a) for a, b in itertools.pairwise(maps))
    decoder = networks.resnet_decoder((32, 32, 3), 5, 4, num_classes=10)
    assert decoder.count_params() == (
        (5 + 1) * 32 + (32 + 1) * 512 + blocks + inner + labels + conv(3, 4, 3)
    )


@pytest.mark.parametrize(
    ("side", "base", "channels"),
    [
        (28, 7, [1, 2, 4]),
        (32, 4, [1, 2, 4, 8]),
        (48, 6, [1, 2, 4, 8]),
        (64, 4, [1, 2, 4, 8, 8]),
        (96, 6, [1, 2, 4, 8, 8]),
        (128, 4, [1, 2, 4, 8, 8, 8]),
    ],
)
def test_resnets_have_every_side(side, base, channels, shapes_only):
    encoder = networks.resnet_encoder((side, side, 3), 5, 1)
    decoder = networks.resnet_decoder((side, side, 3), 5, 1)
    assert decoder.output_shape == encoder.input_shape == (None, side, side, 3)
    maps = [(side >> i, c) for i, c in enumerate(channels)]
    assert maps[-1][0] == base
    sums = [x.output.shape for x in unwrapped(encoder, keras.layers.Add)]
    assert sums == [(None, s, s, c) for s, c in maps[1:]]
    sums = [x.output.shape for x in unwrapped(decoder, keras.layers.Add)]
    assert sums == [(None, s, s, c) for s, c in reversed(maps[:-1])]


def test_resnets_start_with_unit_size():
    """Blocks do not blow up what the first layers make."""
    shape = (32, 32, 1)
    encoder = networks.resnet_encoder(shape, 3, 2, seed=0)
    decoder = networks.resnet_decoder(shape, 3, 2, seed=0)
    rng = np.random.default_rng(0)
    # `predict` compiles each network as a whole.
    images = decoder.predict(rng.normal(size=(8, 3)), verbose=0)
    assert 0.1 < images.std() < 3.0
    z_mean, z_log_var = encoder.predict(rng.normal(size=(8, *shape)), verbose=0)
    assert 0.01 < z_mean.std() < 3.0
    assert not np.any(z_log_var)


# Classifiers.


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
