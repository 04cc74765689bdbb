"""The residual networks of SNGAN, with and without labels.

References: Miyato, Kataoka, Koyama and Yoshida, Spectral Normalization for Generative
Adversarial Networks, 2018; Miyato and Koyama, cGANs with Projection Discriminator,
2018; widths as in the authors' code (pfnet-research/sngan_projection) and, for 48 and
96 pixels, in its spirit.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from keras_genzoo.layers import BatchNormalization
from keras_genzoo.layers.conditional_batch_normalization import (
    ConditionalBatchNormalization,
)
from keras_genzoo.layers.spectral_normalization import SpectralNormalization
from keras_genzoo.networks.common import (
    check_positive,
    label_input,
    packed,
    seeds,
    square_plan,
)
from keras_genzoo.networks.projection import float_dtype, logits, sum_pool
from keras_genzoo.networks.residual import (
    convolution,
    critic_block,
    doubling_block,
)

# Channels in units of `width`, from the smallest feature map to the largest.
_GENERATOR = {
    28: (1, 1, 1),
    32: (1, 1, 1, 1),
    48: (8, 4, 2, 1),
    64: (16, 8, 4, 2, 1),
    96: (16, 8, 4, 2, 1),
    128: (16, 16, 8, 4, 2, 1),
}
# Channels of each block's output, and how many blocks, the first ones, halve the map.
_DISCRIMINATOR = {
    28: ((1, 1, 1, 1), 2),
    32: ((1, 1, 1, 1), 2),
    48: ((1, 2, 4, 8, 16), 4),
    64: ((1, 2, 4, 8, 16), 5),
    96: ((1, 2, 4, 8, 16, 16), 5),
    128: ((1, 2, 4, 8, 16, 16), 5),
}


def _glorot(stream: Any, gain: float = 1.0) -> keras.initializers.Initializer:
    # The variance of GlorotUniform, times the gain squared.
    return keras.initializers.VarianceScaling(
        gain**2, mode="fan_avg", distribution="uniform", seed=next(stream)
    )


def _convolution(
    filters: int, kernel_size: int, kind: type | None, stream: Any
) -> layers.Layer:
    # A gain of sqrt(2) in front of a ReLU's residual path, of 1 in a shortcut.
    initializer = _glorot(stream, 2**0.5 if kernel_size > 1 else 1.0)
    return convolution(filters, kernel_size, kind, kernel_initializer=initializer)


def _norms(condition: Any, stream: Any) -> Callable:
    if condition is None:
        return lambda x: BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
    return lambda x: ConditionalBatchNormalization(spectral=False, seed=next(stream))(
        [x, condition]
    )


def resnet_generator(
    image_shape: tuple[int, int, int] = (32, 32, 3),
    latent_dim: int = 128,
    width: int = 64,
    num_classes: int | None = None,
    seed: int | None = None,
) -> keras.Model:
    """From latents `(batch, latent_dim)` to images `(batch, *image_shape)` in [-1, 1].

    A dense layer, then residual blocks that double the image by repeating pixels,
    batch normalisation, ReLU, a 3x3 convolution and tanh.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: features of a latent.
        width: channels of the largest feature map. Up to 32 pixels all maps have so
            many (the paper: 256); from 48 pixels on they double towards the small
            maps, up to 16 times as many (the paper: 64).
        num_classes: None, or the number of classes: the model then takes
            `[latents, labels]`, labels `(batch,)` class numbers, and each block's
            batch normalisation has gain and bias for each class, which start at 1
            and 0.
        seed: int, for the weights; None takes Keras' own random state.

    Raises:
        ValueError: an image that is not square with a side of 28, 32, 48, 64, 96 or
            128, or a number that is not a positive integer.
    """
    check_positive(latent_dim=latent_dim, width=width)
    (side, _, channels), base, _ = square_plan(image_shape)
    plan = [width * multiple for multiple in _GENERATOR[side]]
    stream = seeds(seed)

    def conv(filters: int, kernel_size: int, kind: type | None = None) -> layers.Layer:
        return _convolution(filters, kernel_size, kind, stream)

    inputs = latents = keras.Input((latent_dim,))
    condition = None
    if num_classes is not None:
        labels = label_input(num_classes)
        inputs = [latents, labels]
        # Zeros, so that every class starts from plain batch normalisation; one
        # feature a class is enough for any gain and bias of any class.
        condition = layers.Embedding(
            num_classes, min(num_classes, 128), embeddings_initializer="zeros"
        )(labels)
    x = layers.Dense(base * base * plan[0], kernel_initializer=_glorot(stream))(latents)
    x = layers.Reshape((base, base, plan[0]))(x)
    norm = _norms(condition, stream)
    for filters in plan[1:]:
        x = doubling_block(x, filters, conv, norm)
    x = layers.ReLU()(BatchNormalization(momentum=0.9, epsilon=1e-5)(x))
    outputs = convolution(
        channels, 3, activation="tanh", kernel_initializer=_glorot(stream)
    )(x)
    return keras.Model(inputs, outputs, name="generator")


def resnet_discriminator(
    image_shape: tuple[int, int, int] = (32, 32, 3),
    width: int = 64,
    num_classes: int | None = None,
    spectral: bool = True,
    pack: int = 1,
    seed: int | None = None,
) -> keras.Model:
    """From images `(batch, *image_shape)` in [-1, 1] to logits `(batch, 1)`.

    Residual blocks that halve the image by averaging, ReLU, the sum over the pixels
    and a dense layer; no batch normalisation.

    Args:
        image_shape: `(height, width, channels)`.
        width: channels of the first block; up to 32 pixels those of all blocks (the
            paper: 128), from 48 pixels on they double up to 16 times (the paper: 64).
        num_classes: None, or the number of classes: the model then takes
            `[images, labels]` and returns `linear(h) + <embedding(label), h>`.
        spectral: whether every layer, the embedding too, is spectrally normalised.
        pack: images that are judged together, laid channel on channel: the inputs
            have `pack` times as many channels (Lin et al., PacGAN, 2018).
        seed: int, for the weights; None takes Keras' own random state.

    Raises:
        ValueError: as `resnet_generator`.
    """
    check_positive(width=width)
    shape, _, _ = square_plan(image_shape)
    multiples, halving = _DISCRIMINATOR[shape[0]]
    stream = seeds(seed)

    def normalized(layer: layers.Layer) -> layers.Layer:
        return SpectralNormalization(layer, seed=next(stream)) if spectral else layer

    def conv(filters: int, kernel_size: int, kind: type | None = None) -> layers.Layer:
        return normalized(_convolution(filters, kernel_size, kind, stream))

    inputs = images = keras.Input(packed(shape, pack))
    x = images
    for i, multiple in enumerate(multiples):
        # From the second block on the channels are widened by the second convolution.
        hidden = None if i == 0 else x.shape[-1]
        x = critic_block(
            x, width * multiple, conv, hidden, first=i == 0, halve=i < halving
        )
    features = sum_pool(layers.ReLU()(x))
    dtype = float_dtype()
    linear = normalized(
        layers.Dense(1, kernel_initializer=_glorot(stream), dtype=dtype)
    )
    labels = embedding = None
    if num_classes is not None:
        labels = label_input(num_classes)
        inputs = [images, labels]
        embedding = normalized(
            layers.Embedding(
                num_classes,
                features.shape[-1],
                embeddings_initializer=_glorot(stream),
                dtype=dtype,
            )
        )
    outputs = logits(features, linear, labels, embedding)
    return keras.Model(inputs, outputs, name="discriminator")
