"""The residual blocks that SNGAN and BigGAN are made of.

A block gets what makes its layers: `conv(filters, kernel_size)` a convolution of
stride 1 with "same" padding, `conv(filters, 3, kind)` one of `UpscalingConv2D` or
`DownscalingConv2D`, `norm(x)` a normalisation. Its 1x1 shortcut stands on the side of
the resampling where the map is small: a 1x1 convolution commutes with nearest
upsampling and with average pooling, and costs a quarter there.

Reference: Miyato, Kataoka, Koyama and Yoshida, Spectral Normalization for Generative
Adversarial Networks, 2018; Brock, Donahue and Simonyan, Large Scale GAN Training for
High Fidelity Natural Image Synthesis, 2019.
"""

from collections.abc import Callable
from typing import Any

from keras import layers

from keras_genzoo.layers.plain_convolution import PlainConv2D
from keras_genzoo.layers.scaling_convolution import DownscalingConv2D, UpscalingConv2D


def convolution(
    filters: int, kernel_size: int, kind: type | None = None, **kwargs: Any
) -> layers.Layer:
    """One of `kind`, which has its own kernel size; else one of stride 1."""
    if kind is not None:
        return kind(filters, **kwargs)
    return PlainConv2D(filters, kernel_size, padding="same", **kwargs)


def upsample(x: Any) -> Any:
    """Every pixel twice along each side."""
    return layers.UpSampling2D(2, interpolation="nearest", data_format="channels_last")(
        x
    )


def downsample(x: Any) -> Any:
    """Means of 2x2 blocks."""
    return layers.AveragePooling2D(2, data_format="channels_last")(x)


def doubling_block(x: Any, filters: int, conv: Callable, norm: Callable) -> Any:
    """A generator's: norm, ReLU, doubling, 3x3, norm, ReLU, 3x3; 1x1 beside it."""
    y = layers.ReLU()(norm(x))
    y = conv(filters, 3, UpscalingConv2D)(y)
    y = layers.ReLU()(norm(y))
    y = conv(filters, 3)(y)
    return layers.Add()([y, upsample(conv(filters, 1)(x))])


def critic_block(
    x: Any,
    filters: int,
    conv: Callable,
    hidden: int | None = None,
    first: bool = False,
    halve: bool = True,
) -> Any:
    """A discriminator's: ReLU, 3x3, ReLU, 3x3, halving; 1x1 beside it where needed.

    Args:
        x: `(batch, height, width, channels)`.
        filters: channels of the output.
        conv: makes convolutions.
        hidden: channels between the two convolutions, those of the output for None.
        first: whether `x` is an image, which gets no ReLU.
        halve: whether the output has half the sides.
    """
    y = x if first else layers.ReLU()(x)
    y = conv(filters if hidden is None else hidden, 3)(y)
    y = layers.ReLU()(y)
    y = conv(filters, 3, DownscalingConv2D)(y) if halve else conv(filters, 3)(y)
    shortcut = downsample(x) if halve else x
    if halve or x.shape[-1] != filters:
        shortcut = conv(filters, 1)(shortcut)
    return layers.Add()([y, shortcut])
