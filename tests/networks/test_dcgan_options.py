"""DCGAN's and the MLPs' options against NumPy and PyTorch."""

import numpy as np
import pytest
import torch

from keras_genzoo import networks
from keras_genzoo.layers import DoublingConv2DTranspose
from keras_genzoo.layers.conditional_batch_normalization import (
    ConditionalBatchNormalization,
)
from keras_genzoo.layers.maxout import Maxout
from tests.networks import torch_residual as reference
from tests.networks.small_networks import (
    Conv2D,
    Dense,
    Embedding,
    evaluate,
    inputs_for,
    kept,
    small,
    trainable_count,
    unwrapped,
    value,
)
from tests.networks.torch_residual import convolution, dense, double, tensor


def test_a_conditional_nearest_generator_computes_what_torch_computes():
    network = small("dcgan_generator")
    latents, labels = inputs_for(network)
    with kept(network):
        got = evaluate(network, [latents, labels], training=True)
    condition = tensor(unwrapped(network, Embedding)[0].embeddings)[labels]
    x = torch.cat([torch.from_numpy(latents).double(), condition], 1)
    x = dense(x, unwrapped(network, Dense)[0]).reshape(-1, 7, 7, 8).permute(0, 3, 1, 2)
    for norm, layer in zip(
        unwrapped(network, ConditionalBatchNormalization),
        unwrapped(network, Conv2D, 3),
        strict=True,
    ):
        gain = 1 + condition @ tensor(norm.gain.kernel)
        x = reference.normalize(x, gain, condition @ tensor(norm.bias.kernel))
        x = convolution(double(torch.relu(x)), layer)
    expected = torch.tanh(x).permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(got, expected, atol=2e-5)


def test_nearest_upsampling_has_no_checkerboard():
    """A constant image stays constant away from the border; transposed, it does not."""
    convolution = unwrapped(small("dcgan_generator"), Conv2D, 3)[-1]
    transposed = DoublingConv2DTranspose(1, use_bias=False)
    flat = np.ones((1, 14, 14, 4), "float32")
    spread = []
    for image in (convolution(flat.repeat(2, 1).repeat(2, 2)), transposed(flat)):
        inside = value(image)[0, 2:-2, 2:-2]
        spread.append((inside.max() - inside.min()) / np.abs(inside).max())
    assert spread[0] < 1e-5 < 0.1 < spread[1]


@pytest.mark.parametrize("name", ["dcgan_discriminator", "biggan_discriminator"])
def test_logits_of_two_labels_differ_by_the_projection(name):
    network = small(name)
    images, labels = inputs_for(network)
    dot = next(x for x in network.layers if type(x).__name__ == "Dot")
    features = dot.input[0]
    inner = type(network)(network.inputs, features)
    h = evaluate(inner, [images, labels]).astype("float64")
    wrapper = next(
        x for x in network.layers if getattr(x, "layer", None).__class__ is Embedding
    )
    embedding = value(wrapper.normalized_kernel())
    other = (labels + 1) % 3
    got = evaluate(network, [images, labels]) - evaluate(network, [images, other])
    expected = np.sum((embedding[labels] - embedding[other]) * h, axis=1)
    scale = np.abs(h).max()
    np.testing.assert_allclose(got[:, 0], expected, atol=1e-5 * scale)


def test_without_batch_norm_examples_do_not_meet():
    network = networks.dcgan_discriminator(
        (28, 28, 1), 4, batch_norm=False, pack=3, seed=0
    )
    kernels = 16 * (3 * 4 + 4 * 8) + 7 * 7 * 8
    assert trainable_count(network) == kernels + 4 + 8 + 1
    (images,) = inputs_for(network)
    together = evaluate(network, images, training=True)
    alone = evaluate(network, images[:1], training=True)
    np.testing.assert_allclose(together[:1], alone, atol=1e-6)


def test_a_normalized_mlp_generator_is_what_numpy_computes():
    network = networks.mlp_generator((3,), 2, (5,), batch_norm=True, seed=0)
    (latents,) = inputs_for(network, batch=6)
    got = evaluate(network, latents, training=True)
    first, last = unwrapped(network, Dense)
    x = latents @ value(first.kernel)
    x = np.maximum((x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5), 0)
    np.testing.assert_allclose(got, x @ value(last.kernel), atol=1e-5)
    assert not first.use_bias


def test_a_maxout_discriminator_is_what_numpy_computes():
    network = networks.mlp_discriminator((2,), (3,), pieces=4, pack=2, seed=0)
    assert network.input_shape == (None, 4)
    assert trainable_count(network) == 4 * 12 + 12 + 3 + 1
    (x,) = inputs_for(network)
    (hidden,) = unwrapped(network, Maxout)
    (last,) = unwrapped(network, Dense)
    y = (x @ value(hidden.affine.kernel)).reshape(4, 3, 4).max(-1)
    got = evaluate(network, x)
    np.testing.assert_allclose(got, y @ value(last.kernel), atol=1e-6)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: networks.dcgan_generator(upsample="bilinear"), "`upsample`.*bilinear"),
        (lambda: networks.dcgan_generator(num_classes=0), "`num_classes`.*0"),
        (lambda: networks.dcgan_discriminator(pack=0), "`pack`.*0"),
        (lambda: networks.mlp_discriminator((2,), pieces=0), "`pieces`.*0"),
        (lambda: networks.resnet_generator((40, 40, 3)), "`image_shape`.*40x40"),
        (lambda: networks.resnet_discriminator((32, 28, 3)), "`image_shape`.*32x28"),
        (lambda: networks.biggan_generator((32, 32, 3), 4, 42), "`latent_dim`.*4.*42"),
        (
            lambda: networks.biggan_generator((32, 32, 3), 4, attention=20),
            "`attention`.*8, 16, 32.*20",
        ),
        (
            lambda: networks.biggan_discriminator((64, 64, 3), 4, width=4),
            "divisible by 8.*`width`",
        ),
    ],
)
def test_wrong_arguments_are_named(build, message):
    with pytest.raises(ValueError, match=message):
        build()
