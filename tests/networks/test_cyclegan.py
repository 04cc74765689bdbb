"""CycleGAN's networks against the same in PyTorch, layer by layer, and its numbers."""

import keras
import numpy as np
import pytest
import torch
from torch.nn import functional

from keras_genzoo import networks
from tests.networks.small_networks import evaluate, randomize
from tests.networks.torch_residual import channels_first, tensor


def kernel(layer):
    return tensor(layer.kernel).permute(3, 2, 0, 1)


def convolved(x, layer, reflect=0, **kwargs):
    if reflect:
        x = functional.pad(x, [reflect] * 4, mode="reflect")
    return functional.conv2d(x, kernel(layer), tensor(layer.bias), **kwargs)


def active(x):
    return functional.relu(functional.instance_norm(x))


def torch_generator(images, layers, upsample, halvings=2, edge_size=7, skip=0.0):
    layers = iter(layers)
    x = active(convolved(images, next(layers), reflect=edge_size // 2))
    for _ in range(halvings):
        x = active(convolved(x, next(layers), stride=2, padding=1))
    for _ in range(2):
        y = active(convolved(x, next(layers), reflect=1))
        x = x + functional.instance_norm(convolved(y, next(layers), reflect=1))
    for _ in range(halvings):
        layer = next(layers)
        if upsample == "nearest":
            x = functional.interpolate(x, scale_factor=2, mode="nearest")
            x = active(convolved(x, layer, reflect=1))
        else:
            x = active(
                functional.conv_transpose2d(
                    x,
                    kernel(layer),
                    tensor(layer.bias),
                    stride=2,
                    padding=1,
                    output_padding=1,
                )
            )
    x = convolved(x, next(layers), reflect=edge_size // 2)
    return torch.tanh(x + skip * images if skip else x)


def convolutions(network):
    kinds = (keras.layers.Conv2D, keras.layers.Conv2DTranspose)
    return [layer for layer in network.layers if isinstance(layer, kinds)]


def last(x):
    return x.permute(0, 2, 3, 1).numpy()


@pytest.mark.parametrize("upsample", ["transpose", "nearest"])
def test_the_generator_is_that_of_the_paper(upsample):
    network = networks.cyclegan_generator(2, 5, 4, 2, upsample, seed=0)
    compare(network, upsample)


@pytest.mark.parametrize(
    "options",
    [
        {"halvings": 1, "edge_size": 3, "skip": 2.0},
        {"halvings": 1, "edge_size": 7},
        {"halvings": 2, "edge_size": 5, "skip": 0.5},
    ],
)
def test_options_of_the_generator(options):
    network = networks.cyclegan_generator(2, 2, 4, 2, "nearest", **options, seed=0)
    compare(network, "nearest", **options)


def test_a_grey_image_joins_every_channel():
    network = networks.cyclegan_generator(1, 3, 4, 2, skip=0.7, seed=0)
    compare(network, "transpose", skip=0.7)


def compare(network, upsample, **options):
    # From their small values weights are scaled up, so that tanh does not hide them.
    network.set_weights([10 * w for w in network.get_weights()])
    randomize(network)
    shape = (2, 12, 16, network.input_shape[-1])
    x = np.random.default_rng(0).uniform(-1, 1, shape).astype("float32")
    expected = torch_generator(
        channels_first(x), convolutions(network), upsample, **options
    )
    np.testing.assert_allclose(evaluate(network, x), last(expected), atol=2e-5)


def test_the_discriminator_is_that_of_the_paper():
    network = networks.patchgan_discriminator(2, 4, depth=2, seed=0)
    randomize(network)
    x = np.random.default_rng(0).uniform(-1, 1, (2, 24, 16, 2)).astype("float32")
    first, second, third, logits = convolutions(network)

    def leaky(x):
        return functional.leaky_relu(x, 0.2)

    y = leaky(convolved(channels_first(x), first, stride=2, padding=1))
    y = leaky(functional.instance_norm(convolved(y, second, stride=2, padding=1)))
    y = leaky(functional.instance_norm(convolved(y, third, padding=1)))
    expected = last(convolved(y, logits, padding=1))
    assert expected.shape == (2, 4, 2, 1)
    np.testing.assert_allclose(evaluate(network, x), expected, atol=1e-5)


def test_the_papers_numbers():
    # As the authors' PyTorch code prints them.
    assert networks.cyclegan_generator().count_params() == 11_378_179
    assert networks.cyclegan_generator(blocks=6).count_params() == 7_837_699
    discriminator = networks.patchgan_discriminator()
    assert discriminator.count_params() == 2_764_737
    narrow = networks.patchgan_discriminator(1, 2)
    assert evaluate(narrow, np.zeros((1, 256, 256, 1))).shape == (1, 30, 30, 1)


@pytest.mark.parametrize(("depth", "field"), [(1, 16), (2, 34), (3, 70)])
def test_a_logit_sees_a_patch_of_this_size(depth, field):
    size, stride = 1, 1
    for layer in convolutions(networks.patchgan_discriminator(1, 1, depth)):
        size += (layer.kernel_size[0] - 1) * stride
        stride *= layer.strides[0]
    assert size == field


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: networks.cyclegan_generator(0), "`channels` must be a positive"),
        (lambda: networks.cyclegan_generator(blocks=0), "`blocks` must be a positive"),
        (
            lambda: networks.cyclegan_generator(upsample="cubic"),
            "`upsample` must be 'transpose' or 'nearest', got 'cubic'",
        ),
        (
            lambda: networks.cyclegan_generator(halvings=3),
            "`halvings` must be 1 or 2, got 3",
        ),
        (
            lambda: networks.cyclegan_generator(edge_size=4),
            "`edge_size` must be 3, 5 or 7, got 4",
        ),
        (
            lambda: networks.cyclegan_generator(skip=-1.0),
            "`skip` must be a number from 0 up, got -1.0",
        ),
        (
            lambda: networks.cyclegan_generator(3, 1, skip=1.0),
            "`skip` must be 0 where .* got 1.0 with 3 and 1 channels",
        ),
        (
            lambda: networks.patchgan_discriminator(depth=0),
            "`depth` must be a positive",
        ),
    ],
)
def test_bad_networks(make, message):
    with pytest.raises(ValueError, match=message):
        make()
