"""SNGAN and BigGAN against PyTorch, published sizes and plain algebra."""

import itertools

import keras
import numpy as np
import pytest
import torch

from keras_genzoo import networks
from keras_genzoo.layers.conditional_batch_normalization import (
    ConditionalBatchNormalization,
)
from keras_genzoo.layers.self_attention import SelfAttention2D
from keras_genzoo.layers.spectral_normalization import SpectralNormalization
from keras_genzoo.networks import biggan
from tests.networks import torch_residual as reference
from tests.networks.small_networks import (
    Conv2D,
    Dense,
    Embedding,
    evaluate,
    inputs_for,
    kept,
    matrix,
    randomize,
    small,
    trainable_count,
    unwrapped,
    value,
)
from tests.networks.torch_residual import convolution, dense, double, halve, tensor


def test_resnet_generator_computes_the_papers_figure():
    with kept(small("resnet_generator")) as network:
        randomize(network)
        latents, labels = inputs_for(network)
        got = evaluate(network, [latents, labels], training=True)
        wide = unwrapped(network, Conv2D, 3)
        short = unwrapped(network, Conv2D, 1)
        norms = unwrapped(network, ConditionalBatchNormalization)
        (plain,) = unwrapped(network, keras.layers.BatchNormalization)
        condition = tensor(unwrapped(network, Embedding)[0].embeddings)[labels]

        def conditional(x, norm):
            gain = 1 + condition @ tensor(norm.gain.kernel)
            return reference.normalize(x, gain, condition @ tensor(norm.bias.kernel))

        x = dense(torch.from_numpy(latents).double(), unwrapped(network, Dense)[0])
        x = x.reshape(-1, 7, 7, 4).permute(0, 3, 1, 2)
        for i in range(2):
            y = double(torch.relu(conditional(x, norms[2 * i])))
            y = torch.relu(conditional(convolution(y, wide[2 * i]), norms[2 * i + 1]))
            x = convolution(y, wide[2 * i + 1]) + convolution(double(x), short[i])
        x = reference.normalize(x, tensor(plain.gamma)[None], tensor(plain.beta)[None])
        expected = torch.tanh(convolution(torch.relu(x), wide[-1]))
    np.testing.assert_allclose(got, expected.permute(0, 2, 3, 1).numpy(), atol=1e-4)


def test_resnet_discriminator_computes_the_papers_figure():
    with kept(small("resnet_discriminator")) as network:
        randomize(network)
        images, labels = inputs_for(network)
        got = evaluate(network, [images, labels])
        wide = unwrapped(network, Conv2D, 3)
        short = unwrapped(network, Conv2D, 1)
        x = reference.channels_first(images)
        y = convolution(torch.relu(convolution(x, wide[0])), wide[1])
        x = halve(y) + convolution(halve(x), short[0])
        y = convolution(torch.relu(convolution(torch.relu(x), wide[2])), wide[3])
        x = halve(y) + halve(convolution(x, short[1]))
        for i in (4, 6):
            y = convolution(torch.relu(x), wide[i])
            x = x + convolution(torch.relu(y), wide[i + 1])
        h = torch.relu(x).sum((2, 3))
        embedding = tensor(unwrapped(network, Embedding)[0].embeddings)
        expected = dense(h, unwrapped(network, Dense)[0])
        expected = expected + (embedding[labels] * h).sum(1, keepdim=True)
        assert images.shape[-1] == 2
        np.testing.assert_allclose(got, expected.numpy(), rtol=1e-4, atol=1e-4)


def test_resnets_start_with_the_papers_variances():
    for name in ("resnet_generator", "resnet_discriminator"):
        network = small(name)
        ratios = {1: [], 3: []}
        for layer in unwrapped(network, Conv2D):
            size, _, fan_in, fan_out = layer.kernel.shape
            limit = np.sqrt(6.0 / (size * size * (fan_in + fan_out)))
            ratios[size].append(value(layer.kernel).ravel() / limit)
        if name == "resnet_generator":
            output = ratios[3].pop()
            assert np.abs(output).max() <= 1.0
        # Uniform up to `gain` times Glorot's limit.
        for size, gain in ((1, 1.0), (3, np.sqrt(2.0))):
            drawn = np.concatenate(ratios[size]) / gain
            assert 0.8 < np.abs(drawn).max() <= 1.0 + 1e-6
            error = np.sqrt(4 / 45 / drawn.size)
            assert abs(np.mean(drawn**2) - 1 / 3) < 4 * error


def test_classes_start_alike_in_a_resnet_generator():
    network = small("resnet_generator")
    latents, labels = inputs_for(network)
    one = evaluate(network, [latents, labels])
    other = evaluate(network, [latents, np.roll(labels, 1)])
    np.testing.assert_array_equal(one, other)


def conv(size, fan_in, fan_out):
    return size * size * fan_in * fan_out + fan_out


def attention(channels):
    return 2 * channels * channels // 8 + 2 * channels * channels // 2 + 1


def generator_size(width, classes, latents, embedding, channels, base, plan, at):
    """Trainable numbers of BigGAN's generator, counted from the paper's table."""
    chunk = latents // len(plan)
    plan = [width * multiple for multiple in plan]
    total = classes * embedding + (chunk + 1) * base * base * plan[0]
    side = base
    for a, b in itertools.pairwise(plan):
        side *= 2
        total += 2 * (embedding + chunk) * (a + b)
        total += conv(3, a, b) + conv(3, b, b) + conv(1, a, b)
        total += attention(b) if side == at else 0
    return total + 2 * plan[-1] + conv(3, plan[-1], channels)


def discriminator_size(width, classes, channels, side, plan, halving, at):
    total, a = 0, channels
    for i, b in enumerate(width * multiple for multiple in plan):
        total += conv(3, a, b) + conv(3, b, b)
        if i < halving or a != b:
            total += conv(1, a, b)
        if i < halving:
            side //= 2
            total += attention(b) if side == at else 0
        a = b
    return total + a + 1 + classes * a


def test_the_counts_are_the_released_ones():
    # What the authors' PyTorch code prints for ImageNet at 128 pixels with ch=96.
    plan = (16, 16, 8, 4, 2, 1)
    assert generator_size(96, 1000, 120, 128, 3, 4, plan, 64) == 70433988
    plan = (1, 2, 4, 8, 16, 16)
    assert discriminator_size(96, 1000, 3, 128, plan, 5, 64) == 87982370


def test_biggan_has_the_counts_of_the_formula():
    assert trainable_count(small("biggan_generator")) == generator_size(
        1, 3, 6, 2, 1, 7, (4, 4, 4), None
    )
    assert trainable_count(small("biggan_discriminator")) == discriminator_size(
        1, 3, 1, 28, (4, 4, 4, 4), 2, None
    )


def test_attention_stands_where_it_is_wanted(monkeypatch):
    # Only shapes matter here, and orthogonal kernels take JAX long.
    monkeypatch.setattr(biggan, "_orthogonal", lambda stream: "zeros")
    network = networks.biggan_discriminator((48, 48, 3), 3, 8, seed=0)
    assert trainable_count(network) == discriminator_size(
        8, 3, 3, 48, (1, 2, 4, 8), 3, 24
    )
    (layer,) = unwrapped(network, SelfAttention2D)
    assert layer.input.shape == (None, 24, 24, 8)


@pytest.mark.parametrize("name", ["biggan_generator", "biggan_discriminator"])
def test_biggan_starts_orthogonal(name):
    for layer in unwrapped(small(name), (Conv2D, Dense, Embedding)):
        kernel = matrix(layer)
        if kernel.shape[0] < kernel.shape[1]:
            kernel = kernel.T
        np.testing.assert_allclose(
            kernel.T @ kernel, np.eye(kernel.shape[1]), atol=1e-5
        )


@pytest.mark.parametrize(
    "name", ["dcgan_discriminator", "biggan_discriminator", "biggan_generator"]
)
def test_every_kernel_is_divided_by_its_norm(name):
    """Kernels of another size make the same network, but for G's embedding."""
    with kept(small(name)) as network:
        inputs = inputs_for(network)
        # The start vectors of the power iteration do not depend on the size.
        before = evaluate(network, inputs)
        rng = np.random.default_rng(0)
        count = 0
        for layer in network.layers:
            if isinstance(layer, SpectralNormalization):
                wrapped = [layer]
            elif isinstance(layer, ConditionalBatchNormalization):
                wrapped = [layer.gain, layer.bias]
            else:
                continue
            for each in wrapped:
                weight = each.layer.trainable_variables[0]
                weight.assign(weight * rng.uniform(0.1, 10.0))
                count += 1
        after = evaluate(network, inputs)
        exempt = sum(v.name == "embeddings" for v in network.trainable_variables)
        kernels = sum(v.name == "kernel" for v in network.trainable_variables)
        assert count == kernels + exempt * name.endswith("discriminator")
    np.testing.assert_allclose(before, after, rtol=2e-3, atol=2e-4)


def test_a_spectral_discriminator_is_lipschitz():
    """A linear path bounded layer by layer; the head has the norm of its sum."""
    with kept(small("biggan_discriminator")) as network:
        images, labels = inputs_for(network, batch=8)
        for _ in range(20):
            evaluate(network, [images, labels], training=True)
        for layer in network.layers:
            if isinstance(layer, SpectralNormalization):
                kernel = value(layer.normalized_kernel())
                kernel = kernel.reshape(-1, kernel.shape[-1])
                assert np.linalg.norm(kernel, 2) == pytest.approx(1.0, abs=1e-3)
        same = np.zeros_like(labels)
        logits = evaluate(network, [images, same])[:, 0]
    # A 3x3 convolution sees each pixel in nine places; an average over 2x2 halves;
    # the sum over 7x7 pixels and the two vectors of the head come last.
    bound = (9 + 1) / 2 * (9 + 1) / 2 * (9 + 1) * (9 + 1) * 7 * 2
    for i in range(8):
        for j in range(i):
            distance = np.linalg.norm(images[i] - images[j])
            assert 0 < abs(logits[i] - logits[j]) <= bound * distance


def blocks(network):
    """The network up to each place that a latent chunk comes in behind."""
    sums = [x.output for x in network.layers if isinstance(x, keras.layers.Add)]
    first = next(x for x in network.layers if isinstance(x, keras.layers.Reshape))
    return keras.Model(network.inputs, [first.output, *sums])


def test_each_chunk_of_the_latent_comes_in_at_its_block():
    network = small("biggan_generator")
    inner = blocks(network)
    latents, labels = inputs_for(network)
    before = [value(x) for x in inner([latents, labels])]
    assert len(before) == 3
    for chunk in range(3):
        changed = latents.copy()
        changed[:, 2 * chunk : 2 * chunk + 2] += 1.0
        after = [value(x) for x in inner([changed, labels])]
        same = [np.array_equal(a, b) for a, b in zip(before, after, strict=True)]
        assert same == [i < chunk for i in range(3)]
    after = [value(x) for x in inner([latents, np.roll(labels, 1)])]
    same = [np.array_equal(a, b) for a, b in zip(before, after, strict=True)]
    assert same == [True, False, False]
