"""The residual networks of a VAE against PyTorch, and their start."""

import itertools

import keras
import numpy as np
import pytest
import torch
from torch.nn import functional

from keras_genzoo import networks
from tests.networks import torch_residual as reference
from tests.networks.small_networks import (
    SHAPE,
    Conv2D,
    Dense,
    Embedding,
    by_number,
    evaluate,
    inputs_for,
    kept,
    randomize,
    small,
    unwrapped,
    value,
    vectors,
)
from tests.networks.torch_residual import (
    convolution,
    dense,
    flat,
)


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
