"""Architectures against PyTorch's layers, papers' numbers and plain arithmetic."""

import keras
import numpy as np
import pytest
import torch
from keras import ops

from keras_genzoo import networks


def kernels(network):
    return [v for v in network.trainable_variables if v.name == "kernel"]


@pytest.mark.parametrize(
    ("side", "base", "doublings"), [(28, 7, 2), (32, 4, 3), (64, 4, 4), (128, 4, 5)]
)
def test_dcgan_has_the_widths_of_the_paper(side, base, doublings):
    width, latent = 8, 10
    channels = [width * 2**i for i in range(doublings)]
    generator = networks.dcgan_generator((side, side, 3), latent, width)
    convolutions = list(zip([3, *channels], channels, strict=False))
    expected = latent * base * base * channels[-1]
    expected += sum(16 * a * b for a, b in convolutions)
    expected += sum(4 * c for c in channels)
    assert generator.count_params() == expected
    discriminator = networks.dcgan_discriminator((side, side, 3), width)
    expected = sum(16 * a * b for a, b in convolutions)
    expected += sum(4 * c for c in channels[1:]) + base * base * channels[-1]
    assert discriminator.count_params() == expected
    assert generator.output_shape == discriminator.input_shape == (None, side, side, 3)


def test_dcgan_64_is_the_size_of_the_torch_port():
    # 3,576,704 and 2,765,568 with running statistics not counted: PyTorch's port.
    def trainable(network):
        return sum(int(np.prod(v.shape)) for v in network.trainable_variables)

    assert trainable(networks.dcgan_generator((64, 64, 3), 100, 64)) == 3576704
    assert trainable(networks.dcgan_discriminator((64, 64, 3), 64)) == 2765568


def test_dcgan_starts_as_the_paper_says():
    for network in (
        networks.dcgan_generator((64, 64, 3), 100, 32, seed=0),
        networks.dcgan_discriminator((64, 64, 3), 32, seed=0),
    ):
        for kernel in kernels(network):
            value = ops.convert_to_numpy(kernel)
            error = 0.02 / np.sqrt(value.size)
            assert abs(value.mean()) < 5 * error
            assert abs(value.std() - 0.02) < 5 * error
        norms = [
            layer
            for layer in network.layers
            if isinstance(layer, keras.layers.BatchNormalization)
        ]
        assert len(norms) >= 3
        assert {(n.momentum, n.epsilon) for n in norms} == {(0.9, 1e-5)}
        gamma = np.concatenate([ops.convert_to_numpy(n.gamma) for n in norms])
        assert gamma.mean() == pytest.approx(1.0, abs=0.005)
        assert gamma.std() == pytest.approx(0.02, rel=0.2)


def to_torch(x):
    return torch.from_numpy(np.ascontiguousarray(np.transpose(x, (0, 3, 1, 2))))


def test_generator_computes_what_torch_layers_compute():
    generator = networks.dcgan_generator((32, 32, 3), 6, 4, seed=0)
    z = np.random.default_rng(0).normal(size=(5, 6)).astype("float32")
    got = ops.convert_to_numpy(generator(z, training=True))
    values = [
        torch.from_numpy(np.array(ops.convert_to_numpy(v)))
        for v in generator.trainable_variables
    ]
    x = (torch.from_numpy(z) @ values.pop(0)).reshape(5, 4, 4, 16).permute(0, 3, 1, 2)
    while values:
        gamma, beta, kernel = values[:3]
        values = values[3:]
        x = torch.nn.functional.batch_norm(x, None, None, gamma, beta, True, eps=1e-5)
        x = torch.nn.functional.conv_transpose2d(
            torch.relu(x), kernel.permute(3, 2, 0, 1), stride=2, padding=1
        )
    expected = torch.tanh(x).permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(got, expected, atol=2e-5)


def test_discriminator_computes_what_torch_layers_compute():
    discriminator = networks.dcgan_discriminator((28, 28, 1), 4, seed=0)
    images = np.random.default_rng(0).uniform(-1, 1, (5, 28, 28, 1)).astype("float32")
    got = ops.convert_to_numpy(discriminator(images, training=True))
    first, second, gamma, beta, last = [
        torch.from_numpy(np.array(ops.convert_to_numpy(v)))
        for v in discriminator.trainable_variables
    ]
    functional = torch.nn.functional
    x = functional.conv2d(
        to_torch(images), first.permute(3, 2, 0, 1), stride=2, padding=1
    )
    x = functional.leaky_relu(x, 0.2)
    x = functional.conv2d(x, second.permute(3, 2, 0, 1), stride=2, padding=1)
    x = functional.batch_norm(x, None, None, gamma, beta, True, eps=1e-5)
    x = functional.leaky_relu(x, 0.2).permute(0, 2, 3, 1).reshape(5, -1)
    np.testing.assert_allclose(got, (x @ last).numpy(), atol=2e-5)


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 20, 3), (64, 64, 3), (4, 8, 2)])
def test_convolutional_vae_networks_mirror_each_other(shape):
    encoder = networks.conv_encoder(shape, 5, width=4, dense=8)
    decoder = networks.conv_decoder(shape, 5, width=4, dense=8)
    assert decoder.output_shape == encoder.input_shape == (None, *shape)
    assert [k.shape for k in kernels(encoder)[:2]] == [
        (4, 4, shape[2], 4),
        (4, 4, 4, 8),
    ]
    assert [k.shape for k in kernels(decoder)[-2:]] == [
        (4, 4, 4, 8),
        (4, 4, shape[2], 4),
    ]
    assert decoder.layers[-1].activation is keras.activations.linear


@pytest.mark.parametrize(
    "encoder",
    [
        networks.mlp_encoder((6,), 3, (8,), seed=0),
        networks.conv_encoder((8, 8, 1), 3, width=4, seed=0),
    ],
)
def test_posteriors_start_with_unit_variance(encoder):
    x = 100.0 * np.random.default_rng(0).normal(size=(4, *encoder.input_shape[1:]))
    _, z_log_var = encoder(x.astype("float32"))
    np.testing.assert_array_equal(ops.convert_to_numpy(z_log_var), np.zeros((4, 3)))


def test_a_linear_decoder_is_linear():
    decoder = networks.mlp_decoder((7,), 3, hidden=(), seed=0)
    z = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    kernel = ops.convert_to_numpy(decoder.trainable_variables[0])
    np.testing.assert_allclose(ops.convert_to_numpy(decoder(z)), z @ kernel, rtol=1e-5)


@pytest.mark.parametrize(
    "build",
    [
        lambda s: networks.dcgan_generator((28, 28, 1), 4, 4, seed=s),
        lambda s: networks.dcgan_discriminator((28, 28, 1), 4, seed=s),
        lambda s: networks.conv_encoder((8, 8, 1), 4, 4, seed=s),
        lambda s: networks.conv_decoder((8, 8, 1), 4, 4, seed=s),
        lambda s: networks.mlp_encoder((8,), 4, seed=s),
        lambda s: networks.mlp_decoder((8,), 4, seed=s),
        lambda s: networks.mlp_generator((8,), 4, seed=s),
        lambda s: networks.mlp_discriminator((8,), seed=s),
    ],
)
def test_the_seed_decides_the_weights(build):
    one, same, other = (build(s).get_weights() for s in (3, 3, 4))
    for a, b in zip(one, same, strict=True):
        np.testing.assert_array_equal(a, b)
    changed = [np.any(a != b) for a, b in zip(one, other, strict=True)]
    random = [np.std(a) > 0 for a in one]
    assert changed == random
