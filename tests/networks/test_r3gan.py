"""R3GAN against PyTorch and against what its zero start promises."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from keras_genzoo import networks
from keras_genzoo.layers.spatial_basis import SpatialBasis, SpatialProjection
from tests.networks.small_networks import (
    CLASSES,
    Conv2D,
    Dense,
    Embedding,
    evaluate,
    inputs_for,
    kept,
    randomize,
    small,
    trainable_count,
    unwrapped,
    value,
)
from tests.networks.torch_residual import (
    channels_first,
    convolution,
    dense,
    halve,
    tensor,
)


def blurred(x):
    for axis in (1, 2):
        x = ndimage.convolve1d(x, [0.25, 0.5, 0.25], axis=axis, mode="constant")
    return x


def doubled(x):
    return blurred(x.repeat(2, axis=1).repeat(2, axis=2))


def linear_layers(network):
    """The 1x1 convolutions outside residual blocks."""
    return [
        x
        for x in unwrapped(network, Conv2D, 1)
        if not x.use_bias and np.any(value(x.kernel))
    ]


def test_the_generator_starts_as_resampling_alone():
    network = small("r3gan_generator")
    latents, labels = inputs_for(network)
    embedding = value(unwrapped(network, Embedding)[0].embeddings)
    x = np.concatenate([latents, embedding[labels]], axis=1)
    x = x @ value(unwrapped(network, Dense)[0].kernel)
    x = x[:, None, None] * value(unwrapped(network, SpatialBasis)[0].basis)
    (last,) = linear_layers(network)
    expected = doubled(doubled(x)) @ value(last.kernel)[0, 0]
    np.testing.assert_allclose(
        evaluate(network, [latents, labels]), expected, atol=2e-5
    )
    # Nothing squeezes the output.
    assert np.abs(100 * expected).max() > 1


def test_the_discriminator_computes_the_papers_figure():
    with kept(small("r3gan_discriminator")) as network:
        randomize(network)
        images, labels = inputs_for(network)
        got = evaluate(network, [images, labels])
        one, three = unwrapped(network, Conv2D, 1), unwrapped(network, Conv2D, 3)
        assert [x.groups for x in three] == [2, 2, 2]

        def block(x):
            y = torch.nn.functional.leaky_relu(convolution(x, one.pop(0)), 0.2)
            y = torch.nn.functional.leaky_relu(convolution(y, three.pop(0)), 0.2)
            return x + convolution(y, one.pop(0))

        def filtered(x):
            taps = torch.tensor([1.0, 2.0, 1.0], dtype=torch.float64) / 4
            kernel = torch.outer(taps, taps).expand(x.shape[1], 1, 3, 3)
            return torch.nn.functional.conv2d(x, kernel, padding=1, groups=x.shape[1])

        x = block(convolution(channels_first(images), one.pop(0)))
        x = block(convolution(halve(filtered(x)), one.pop(0)))
        x = block(halve(filtered(x))).permute(0, 2, 3, 1)
        assert not one
        basis = tensor(unwrapped(network, SpatialProjection)[0].basis)
        features = dense((x * basis).sum((1, 2)), unwrapped(network, Dense)[0])
        embedding = tensor(unwrapped(network, Embedding)[0].embeddings)[labels]
        expected = (features * embedding).sum(1, keepdim=True).numpy()
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_the_counts_follow_from_the_table():
    latents, base = 4, 7

    def block(width, groups=2):
        hidden = 2 * width
        grouped = 9 * hidden * hidden // groups + hidden
        return width * hidden + hidden + grouped + hidden * width

    expected = CLASSES * latents + 2 * latents * 8 + base * base * 8 + 3 * block(8) + 8
    assert trainable_count(small("r3gan_generator")) == expected
    expected = 4 + 4 * 8 + block(4) + 2 * block(8) + base * base * 8 + 8 * 8
    assert trainable_count(small("r3gan_discriminator")) == expected + CLASSES * 8


def test_residual_kernels_start_with_the_papers_gain():
    network = small("r3gan_generator")
    for layer in unwrapped(network, Conv2D):
        kernel = value(layer.kernel)
        if not np.any(kernel):
            assert layer.kernel_size == (1, 1)
            assert not layer.use_bias
            continue
        # Three blocks; kernels outside the blocks have gain 1.
        gain = np.sqrt(2 / 1.04) * 3**-0.25 if layer.use_bias else 1.0
        variance = gain**2 / np.prod(kernel.shape[:3])
        ratio = np.mean(kernel**2) / variance
        assert ratio == pytest.approx(1.0, abs=5 * np.sqrt(2 / kernel.size))
    zeros = [x for x in unwrapped(network, Conv2D) if not np.any(value(x.kernel))]
    assert len(zeros) == 3


@pytest.mark.parametrize(
    ("width", "cardinality", "groups"), [(32, None, 4), (768, None, 96), (3, None, 1)]
)
def test_groups_have_the_papers_sixteen_channels(width, cardinality, groups):
    from keras_genzoo.networks.r3gan import _plan

    assert _plan((28, 28, 1), width, 1, cardinality)[3] == [groups] * 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": (8, 8)}, "`width`.*3"),
        ({"width": 8, "cardinality": 3}, "`cardinality` must divide"),
        ({"width": 0}, "`width`"),
        ({"blocks": 0}, "`blocks`"),
    ],
)
def test_impossible_networks_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        networks.r3gan_generator((28, 28, 1), 4, **options)
    with pytest.raises(ValueError, match=message):
        networks.r3gan_discriminator((28, 28, 1), **options)
