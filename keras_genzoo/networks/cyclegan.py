"""CycleGAN's generator: an image to an image of the same size.

References: Zhu, Park, Isola and Efros, Unpaired Image-to-Image Translation using
Cycle-Consistent Adversarial Networks, 2017, appendix 7.2; Johnson, Alahi and Fei-Fei,
Perceptual Losses for Real-Time Style Transfer and Super-Resolution, 2016.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from keras_genzoo.layers import InstanceNormalization, ReflectionPadding2D
from keras_genzoo.networks.common import check_positive, seeds
from keras_genzoo.networks.residual import upsample as repeat_pixels


def cyclegan_generator(
    channels: int = 3,
    output_channels: int | None = None,
    width: int = 64,
    blocks: int = 9,
    upsample: str = "transpose",
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
        seed: int, for the weights; None takes Keras' own random state.

    Returns:
        A model that takes images of any height and width divisible by 4, from 8 on.

    Raises:
        ValueError: a number that is not a positive integer, or another `upsample`.
    """
    output_channels = channels if output_channels is None else output_channels
    check_positive(
        channels=channels, output_channels=output_channels, width=width, blocks=blocks
    )
    if upsample not in ("transpose", "nearest"):
        raise ValueError(
            f"`upsample` must be 'transpose' or 'nearest', got {upsample!r}."
        )
    stream = seeds(seed)
    inputs = keras.Input((None, None, channels))
    x = _active(_same(width, 7, stream)(inputs))
    for filters in (2 * width, 4 * width):
        x = _active(_halving(filters, stream)(x))
    for _ in range(blocks):
        y = _active(_same(4 * width, 3, stream)(x))
        y = InstanceNormalization()(_same(4 * width, 3, stream)(y))
        x = layers.Add()([x, y])
    for filters in (2 * width, width):
        x = _active(_doubling(filters, upsample, stream)(x))
    x = _same(output_channels, 7, stream)(x)
    return keras.Model(inputs, layers.Activation("tanh")(x), name="generator")


def _active(x: Any) -> Any:
    return layers.ReLU()(InstanceNormalization()(x))


def _kwargs(stream: Any) -> dict:
    # The biases before a normalisation do nothing; they are the original's.
    return {
        "kernel_initializer": keras.initializers.RandomNormal(
            0.0, 0.02, seed=next(stream)
        ),
        "data_format": "channels_last",
    }


def _same(filters: int, size: int, stream: Any) -> Callable:
    convolution = layers.Conv2D(filters, size, **_kwargs(stream))
    return lambda x: convolution(ReflectionPadding2D(size // 2)(x))


def _halving(filters: int, stream: Any) -> Callable:
    # Keras' "same" would pad at the end alone; here zeros stand on every side.
    pad = layers.ZeroPadding2D(1, data_format="channels_last")
    convolution = layers.Conv2D(filters, 3, strides=2, **_kwargs(stream))
    return lambda x: convolution(pad(x))


def _doubling(filters: int, upsample: str, stream: Any) -> Callable:
    if upsample == "nearest":
        convolution = _same(filters, 3, stream)
        return lambda x: convolution(repeat_pixels(x))
    convolution = layers.Conv2DTranspose(filters, 3, strides=2, **_kwargs(stream))
    # Of 2n + 1 rows the last 2n, as PyTorch's padding=1, output_padding=1 has them;
    # Keras' "same" would keep the first.
    crop = layers.Cropping2D(((1, 0), (1, 0)), data_format="channels_last")
    return lambda x: crop(convolution(x))
