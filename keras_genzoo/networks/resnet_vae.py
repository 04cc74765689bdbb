"""Residual encoder and decoder of a VAE.

No batch normalisation: with it the likelihood of an example would depend on the other
examples of its batch. What keeps a deep network tame at the start instead is that the
last convolution of each residual branch is zero, so that the network begins as its
shortcuts alone, whatever its depth, and each branch grows from there.

Reference: He, Zhang, Ren and Sun, Identity Mappings in Deep Residual Networks, 2016,
for the order inside a block; Zhang, Dauphin and Ma, Fixup Initialization, 2019, and
Bachlechner et al., ReZero is All You Need, 2020, for the start.
"""

from collections.abc import Iterator
from typing import Any

import keras
from keras import layers

from keras_genzoo.networks.common import check_positive, seeds, square_plan
from keras_genzoo.networks.heads import Shift, encoder_outputs, label_shift
from keras_genzoo.networks.residual import convolution, downsample, upsample


def _silu(x: Any) -> Any:
    return layers.Activation("silu")(x)


def _dense(units: int, activation: str | None, stream: Iterator) -> layers.Layer:
    return layers.Dense(
        units,
        activation=activation,
        kernel_initializer=keras.initializers.HeNormal(next(stream)),
    )


def _block(
    x: Any, filters: int, stream: Iterator, shift: Shift | None, double: bool
) -> Any:
    """SiLU, 3x3, SiLU, 3x3 beside a shortcut; twice or half the sides.

    Between the convolutions the map has the channels of the larger side, which are
    the fewer. The 1x1 convolution of the shortcut, where the channels change, stands
    where the map is small.
    """
    shortcut = x if double else downsample(x)
    if x.shape[-1] != filters:
        lecun = keras.initializers.LecunNormal(next(stream))
        shortcut = convolution(filters, 1, kernel_initializer=lecun)(shortcut)
    y = _silu(x)
    if double:
        shortcut, y = upsample(shortcut), upsample(y)
    hidden = filters if double else x.shape[-1]
    y = convolution(
        hidden, 3, kernel_initializer=keras.initializers.HeNormal(next(stream))
    )(y)
    if shift is not None:
        y = shift(y, keras.initializers.RandomNormal(stddev=0.1, seed=next(stream)))
    y = convolution(filters, 3, kernel_initializer="zeros")(_silu(y))
    return layers.Add()([shortcut, y if double else downsample(y)])


def _channels(width: int, halvings: int) -> list[int]:
    return [width * min(2**i, 8) for i in range(halvings + 1)]


def resnet_encoder(
    image_shape: tuple[int, int, int] = (32, 32, 3),
    latent_dim: int = 64,
    width: int = 32,
    num_classes: int | None = None,
    posterior: bool = True,
    seed: int | None = None,
) -> keras.Model:
    """From images `(batch, *image_shape)` to `[z_mean, z_log_var]`.

    A 3x3 convolution, then residual blocks that halve the image by averaging, down to
    a side of 4, 6 or 7, then a dense layer of `8 * width` units; SiLU.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: features of a latent.
        width: channels of the largest feature map; each block doubles them, up to
            `8 * width`.
        num_classes: None, or the number of classes: the model then takes
            `[images, labels]`, labels `(batch,)` class numbers, and the first
            convolution of each block has a trained vector for each class.
        posterior: False for a plain autoencoder: one output, the latents, linear.
        seed: int, for the weights; None takes Keras' own random state.

    Raises:
        ValueError: an image that is not square with a side of 28, 32, 48, 64, 96 or
            128, or a number that is not a positive integer.
    """
    check_positive(latent_dim=latent_dim, width=width)
    shape, _, halvings = square_plan(image_shape)
    first, *plan = _channels(width, halvings)
    stream = seeds(seed)
    inputs = images = keras.Input(shape)
    shift = None
    if num_classes is not None:
        labels, shift = label_shift(num_classes, stream)
        inputs = [images, labels]
    x = convolution(
        first, 3, kernel_initializer=keras.initializers.LecunNormal(next(stream))
    )(images)
    for filters in plan:
        x = _block(x, filters, stream, shift, double=False)
    x = layers.Flatten(data_format="channels_last")(_silu(x))
    x = _dense(8 * width, "silu", stream)(x)
    outputs = encoder_outputs(x, latent_dim, stream, posterior)
    return keras.Model(inputs, outputs, name="encoder")


def resnet_decoder(
    image_shape: tuple[int, int, int] = (32, 32, 3),
    latent_dim: int = 64,
    width: int = 32,
    num_classes: int | None = None,
    seed: int | None = None,
) -> keras.Model:
    """From latents `(batch, latent_dim)` to means or logits `(batch, *image_shape)`.

    The mirror of `resnet_encoder`: two dense layers, then residual blocks that double
    the image by repeating pixels, SiLU and a 3x3 convolution; the output linear.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: features of a latent.
        width: channels of the largest feature map.
        num_classes: None, or the number of classes: the model then takes
            `[latents, labels]`, as `resnet_encoder`.
        seed: int, for the weights; None takes Keras' own random state.

    Raises:
        ValueError: as `resnet_encoder`.
    """
    check_positive(latent_dim=latent_dim, width=width)
    (_, _, channels), base, doublings = square_plan(image_shape)
    *plan, first = _channels(width, doublings)
    stream = seeds(seed)
    inputs = latents = keras.Input((latent_dim,))
    shift = None
    if num_classes is not None:
        labels, shift = label_shift(num_classes, stream)
        inputs = [latents, labels]
    x = _dense(8 * width, "silu", stream)(latents)
    x = _dense(base * base * first, None, stream)(x)
    x = layers.Reshape((base, base, first))(x)
    for filters in reversed(plan):
        x = _block(x, filters, stream, shift, double=True)
    lecun = keras.initializers.LecunNormal(next(stream))
    outputs = convolution(channels, 3, kernel_initializer=lecun)(_silu(x))
    return keras.Model(inputs, outputs, name="decoder")
