"""The networks of R3GAN: residual, without normalisation, without tricks.

Reference: Huang, Gokaslan, Kuleshov and Tompkin, The GAN is dead; long live the GAN!
A Modern Baseline GAN, 2024.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from keras_genzoo.layers.binomial_resampling import (
    BinomialDownsampling2D,
    BinomialUpsampling2D,
)
from keras_genzoo.layers.grouped_convolution import GroupedConv2D
from keras_genzoo.layers.plain_convolution import PlainConv2D
from keras_genzoo.layers.spatial_basis import SpatialBasis, SpatialProjection
from keras_genzoo.networks.common import (
    check_positive,
    label_input,
    packed,
    seeds,
    square_plan,
)
from keras_genzoo.networks.projection import float_dtype, inner_product

_SLOPE = 0.2
_EXPANSION = 2
# Channels of a group in the paper's presets: 1536 in 96 groups.
_GROUP = 16


def _fan_in_normal(stream: Any, gain: float = 1.0) -> keras.initializers.Initializer:
    """Normal with standard deviation gain / sqrt(fan in)."""
    return keras.initializers.VarianceScaling(
        gain**2, mode="fan_in", distribution="untruncated_normal", seed=next(stream)
    )


def _linear(x: Any, filters: int, stream: Any) -> Any:
    """A 1x1 convolution without bias."""
    return PlainConv2D(
        filters,
        1,
        use_bias=False,
        kernel_initializer=_fan_in_normal(stream),
    )(x)


def _plan(
    image_shape: tuple, width: int | Sequence[int], blocks: int, cardinality: int | None
) -> tuple[tuple, int, list[int], list[int], float]:
    """Shape, smallest side, then widths and groups from there up, and the gain."""
    shape, base, doublings = square_plan(image_shape)
    check_positive(blocks=blocks)
    stages = doublings + 1
    widths = list(width) if isinstance(width, Sequence) else [width] * stages
    if len(widths) != stages:
        raise ValueError(
            f"`width` must be one number or {stages}, one for each stage of a network "
            f"for {shape[0]} pixels, got {width!r}."
        )
    groups = []
    for stage in widths:
        check_positive(width=stage)
        hidden = _EXPANSION * stage
        group = max(hidden // _GROUP, 1) if cardinality is None else cardinality
        check_positive(cardinality=group)
        if hidden % group:
            # Nothing given: the largest number of groups that fits.
            if cardinality is None:
                group = next(g for g in range(group, 0, -1) if hidden % g == 0)
            else:
                raise ValueError(
                    f"`cardinality` must divide {_EXPANSION} times the `width`, "
                    f"{hidden}, got {cardinality}."
                )
        groups.append(group)
    # Gradients through L residual branches of three layers keep their size.
    gain = (2.0 / (1.0 + _SLOPE**2)) ** 0.5 * (stages * blocks) ** -0.25
    return shape, base, widths, groups, gain


def _block(x: Any, groups: int, gain: float, stream: Any) -> Any:
    """1x1 to twice the channels, grouped 3x3, 1x1 back; the identity at the start."""
    width = x.shape[-1]
    hidden = _EXPANSION * width
    y = PlainConv2D(
        hidden,
        1,
        kernel_initializer=_fan_in_normal(stream, gain),
    )(x)
    # The biases are the activations' own in the paper, which is the same function.
    y = layers.LeakyReLU(negative_slope=_SLOPE)(y)
    y = GroupedConv2D(
        hidden,
        3,
        groups=groups,
        padding="same",
        kernel_initializer=_fan_in_normal(stream, gain),
    )(y)
    y = layers.LeakyReLU(negative_slope=_SLOPE)(y)
    y = PlainConv2D(
        width,
        1,
        use_bias=False,
        kernel_initializer="zeros",
    )(y)
    return layers.Add()([x, y])


def r3gan_generator(
    image_shape: tuple[int, int, int] = (32, 32, 3),
    latent_dim: int = 64,
    width: int | Sequence[int] = 32,
    blocks: int = 2,
    cardinality: int | None = None,
    num_classes: int | None = None,
    seed: int | None = None,
) -> keras.Model:
    """From latents `(batch, latent_dim)` to images `(batch, *image_shape)`.

    A learned basis of 4x4 pictures (7x7 for 28 pixels, 6x6 for 48 and 96), then
    stages of residual blocks, each on a map twice as large. The output is linear:
    images in [-1, 1] are what it is trained towards, not a bound.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: features of a latent.
        width: channels of all stages, or of each, from the smallest map to the
            largest (the paper: 768 for CIFAR-10).
        blocks: residual blocks of a stage.
        cardinality: groups of the 3x3 convolutions, a divisor of twice the width.
            None makes groups of about 16 channels, the paper's.
        num_classes: None, or the number of classes: the model then takes
            `[latents, labels]`, labels `(batch,)` class numbers, and an embedding of
            the label is put beside the latent.
        seed: int, for the weights; None takes Keras' own random state.

    Raises:
        ValueError: an image that is not square with a side of 28, 32, 48, 64, 96 or
            128; a number that is not a positive integer; widths that are not one for
            each stage; a `cardinality` that does not divide.
    """
    check_positive(latent_dim=latent_dim)
    shape, base, widths, groups, gain = _plan(image_shape, width, blocks, cardinality)
    stream = seeds(seed)
    inputs = x = keras.Input((latent_dim,))
    if num_classes is not None:
        labels = label_input(num_classes)
        inputs = [x, labels]
        embedding = layers.Embedding(
            num_classes,
            latent_dim,
            embeddings_initializer=keras.initializers.RandomNormal(
                0.0, num_classes**-0.5, seed=next(stream)
            ),
        )
        x = layers.Concatenate()([x, embedding(labels)])
    x = layers.Dense(
        widths[0], use_bias=False, kernel_initializer=_fan_in_normal(stream)
    )(x)
    x = SpatialBasis(base, seed=next(stream))(x)
    for stage, (filters, group) in enumerate(zip(widths, groups, strict=True)):
        if x.shape[-1] != filters:
            x = _linear(x, filters, stream)
        if stage > 0:
            x = BinomialUpsampling2D()(x)
        for _ in range(blocks):
            x = _block(x, group, gain, stream)
    return keras.Model(inputs, _linear(x, shape[-1], stream), name="generator")


def r3gan_discriminator(
    image_shape: tuple[int, int, int] = (32, 32, 3),
    width: int | Sequence[int] = 32,
    blocks: int = 2,
    cardinality: int | None = None,
    num_classes: int | None = None,
    pack: int = 1,
    seed: int | None = None,
) -> keras.Model:
    """From images `(batch, *image_shape)` to logits `(batch, 1)`.

    The mirror of `r3gan_generator`. With labels the last layer has as many features
    as the smallest map has channels, and the logit is their inner product with an
    embedding of the label.

    Args:
        image_shape: `(height, width, channels)`.
        width: as `r3gan_generator`, from the smallest map to the largest here too.
        blocks: residual blocks of a stage.
        cardinality: as `r3gan_generator`.
        num_classes: None, or the number of classes: the model then takes
            `[images, labels]`.
        pack: images that are judged together, laid channel on channel: the inputs
            have `pack` times as many channels (Lin et al., PacGAN, 2018).
        seed: int, for the weights; None takes Keras' own random state.

    Raises:
        ValueError: as `r3gan_generator`.
    """
    shape, _, widths, groups, gain = _plan(image_shape, width, blocks, cardinality)
    stream = seeds(seed)
    inputs = images = keras.Input(packed(shape, pack))
    x = _linear(images, widths[-1], stream)
    for stage in reversed(range(len(widths))):
        for _ in range(blocks):
            x = _block(x, groups[stage], gain, stream)
        if stage > 0:
            x = BinomialDownsampling2D()(x)
            if x.shape[-1] != widths[stage - 1]:
                x = _linear(x, widths[stage - 1], stream)
    x = SpatialProjection(seed=next(stream))(x)
    features = layers.Dense(
        1 if num_classes is None else widths[0],
        use_bias=False,
        kernel_initializer=_fan_in_normal(stream),
        dtype=float_dtype(),
    )(x)
    if num_classes is None:
        return keras.Model(inputs, features, name="discriminator")
    labels = label_input(num_classes)
    embedding = layers.Embedding(
        num_classes,
        widths[0],
        embeddings_initializer=keras.initializers.RandomNormal(
            0.0, (num_classes * widths[0]) ** -0.5, seed=next(stream)
        ),
        dtype=float_dtype(),
    )
    outputs = inner_product(features, embedding(labels))
    return keras.Model([images, labels], outputs, name="discriminator")
