"""CycleGAN's generator: an image to an image of the same size.

References: Zhu, Park, Isola and Efros, Unpaired Image-to-Image Translation using
Cycle-Consistent Adversarial Networks, 2017, appendix 7.2; Johnson, Alahi and Fei-Fei,
Perceptual Losses for Real-Time Style Transfer and Super-Resolution, 2016.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from keras_genzoo.layers import (
    DoublingConv2DTranspose,
    HalvingConv2D,
    InstanceNormalization,
    NearestDoublingConv2D,
    PlainConv2D,
    ReflectionPadding2D,
)
from keras_genzoo.networks.common import check_positive, seeds


def cyclegan_generator(
    channels: int = 3,
    output_channels: int | None = None,
    width: int = 64,
    blocks: int = 9,
    upsample: str = "transpose",
    halvings: int = 2,
    edge_size: int = 7,
    skip: float = 0.0,
    seed: int | None = None,
) -> keras.Model:
    """From images `(batch, height, width, channels)` in [-1, 1] to such images.

    A 7x7 convolution, two 3x3 ones that halve the map, residual blocks, two that
    double it, a 7x7 one and tanh; instance normalisation and ReLU after each but the
    last. The padding reflects; the residual sum passes no ReLU. With the defaults
    11,378,179 weights, with 6 blocks 7,837,699.

    Args:
        channels: of the images that come in: 1 for grey, 3 for RGB, any number.
        output_channels: of the images that go out; None for `channels`.
        width: channels of the first convolution.
        blocks: residual blocks: 9 in the paper for images of 256 pixels and more, 6
            for 128.
        upsample: how maps are doubled: `"transpose"`, the paper's 3x3 transposed
            convolution of stride 2, or `"nearest"`, every pixel twice along each side
            and a 3x3 convolution, which leaves no checkerboard (Odena, Dumoulin and
            Olah, Deconvolution and Checkerboard Artifacts, 2016).
        halvings: how often the map is halved and doubled: 2 in the paper, or 1, which
            keeps the small things in images of 32 pixels.
        edge_size: side of the first and the last kernel: 7 in the paper, or 5 or 3.
        skip: what the incoming image is multiplied with before it joins the map that
            goes into tanh; 0 for the paper's network. Instance normalisation forgets
            how light an image is as a whole: with a skip of 2, say, a white ground is
            white from the first step on.
        seed: int, for the weights; None takes Keras' own random state.

    Returns:
        A model that takes images of any height and width divisible by 4, from 8 on.

    Raises:
        ValueError: a number that is not a positive integer; another `upsample`,
            `halvings` or `edge_size` than these; a `skip` that is negative, or between
            images with other channels than grey or those that go out.
    """
    output_channels = channels if output_channels is None else output_channels
    check_positive(
        channels=channels, output_channels=output_channels, width=width, blocks=blocks
    )
    if upsample not in ("transpose", "nearest"):
        raise ValueError(
            f"`upsample` must be 'transpose' or 'nearest', got {upsample!r}."
        )
    if halvings not in (1, 2):
        raise ValueError(f"`halvings` must be 1 or 2, got {halvings!r}.")
    if not isinstance(edge_size, int) or edge_size not in (3, 5, 7):
        raise ValueError(f"`edge_size` must be 3, 5 or 7, got {edge_size!r}.")
    _check_skip(skip, channels, output_channels)
    stream = seeds(seed)
    inputs = keras.Input((None, None, channels))
    x = _active(_same(width, edge_size, stream)(inputs))
    filters = [width * 2**i for i in range(halvings + 1)]
    for wider in filters[1:]:
        x = _active(_halving(wider, stream)(x))
    for _ in range(blocks):
        y = _active(_same(filters[-1], 3, stream)(x))
        y = InstanceNormalization()(_same(filters[-1], 3, stream)(y))
        x = layers.Add()([x, y])
    for narrower in filters[-2::-1]:
        x = _active(_doubling(narrower, upsample, stream)(x))
    x = _same(output_channels, edge_size, stream)(x)
    if skip:
        x = layers.Add()([x, layers.Rescaling(float(skip))(inputs)])
    return keras.Model(inputs, layers.Activation("tanh")(x), name="generator")


def _check_skip(skip: float, channels: int, output_channels: int) -> None:
    if isinstance(skip, bool) or not isinstance(skip, int | float) or skip < 0:
        raise ValueError(f"`skip` must be a number from 0 up, got {skip!r}.")
    if skip and channels not in (1, output_channels):
        raise ValueError(
            "`skip` must be 0 where the images that come in and go out have different "
            f"channels, got {skip} with {channels} and {output_channels} channels."
        )


def _active(x: Any) -> Any:
    return layers.ReLU()(InstanceNormalization()(x))


def _normal(stream: Any) -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(0.0, 0.02, seed=next(stream))


def _same(filters: int, size: int, stream: Any) -> Callable:
    # A bias before a normalisation does nothing; all are the original's.
    convolution = PlainConv2D(filters, size, kernel_initializer=_normal(stream))
    return lambda x: convolution(ReflectionPadding2D(size // 2)(x))


def _halving(filters: int, stream: Any) -> Callable:
    return HalvingConv2D(filters, 3, kernel_initializer=_normal(stream))


def _doubling(filters: int, upsample: str, stream: Any) -> Callable:
    if upsample == "nearest":
        return NearestDoublingConv2D(filters, kernel_initializer=_normal(stream))
    return DoublingConv2DTranspose(filters, 3, kernel_initializer=_normal(stream))
