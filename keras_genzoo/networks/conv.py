"""Convolutional encoder and decoder of a VAE."""

import keras
from keras import layers

from keras_genzoo.layers import DoublingConv2DTranspose, HalvingConv2D
from keras_genzoo.networks.common import check_image_shape, check_positive, seeds
from keras_genzoo.networks.heads import posterior_heads


def conv_encoder(
    image_shape: tuple[int, int, int],
    latent_dim: int,
    width: int = 32,
    depth: int = 2,
    dense: int = 256,
    seed: int | None = None,
) -> keras.Model:
    """From images `(batch, *image_shape)` to `[z_mean, z_log_var]`.

    `depth` 4x4 convolutions of stride 2, the first of `width` channels, each
    doubling them, then one dense layer; ReLU.

    Raises:
        ValueError: a side that 2**depth (4 by default) does not divide, or a number
            that is not a positive integer.
    """
    check_positive(latent_dim=latent_dim, width=width, depth=depth, dense=dense)
    shape = check_image_shape(image_shape, 2**depth)
    stream = seeds(seed)
    inputs = keras.Input(shape)
    x = inputs
    for i in range(depth):
        x = HalvingConv2D(
            width * 2**i,
            activation="relu",
            kernel_initializer=keras.initializers.HeNormal(next(stream)),
        )(x)
    x = layers.Flatten(data_format="channels_last")(x)
    x = layers.Dense(
        dense,
        activation="relu",
        kernel_initializer=keras.initializers.HeNormal(next(stream)),
    )(x)
    return keras.Model(inputs, posterior_heads(x, latent_dim, stream), name="encoder")


def conv_decoder(
    image_shape: tuple[int, int, int],
    latent_dim: int,
    width: int = 32,
    depth: int = 2,
    dense: int = 256,
    seed: int | None = None,
) -> keras.Model:
    """From latents `(batch, latent_dim)` to means or logits `(batch, *image_shape)`.

    The mirror of `conv_encoder`: two dense layers, then `depth` 4x4 transposed
    convolutions of stride 2; ReLU, the output linear.

    Raises:
        ValueError: as `conv_encoder`.
    """
    check_positive(latent_dim=latent_dim, width=width, depth=depth, dense=dense)
    height, breadth, channels = check_image_shape(image_shape, 2**depth)
    stream = seeds(seed)
    base = (height // 2**depth, breadth // 2**depth, width * 2 ** (depth - 1))
    inputs = keras.Input((latent_dim,))
    x = inputs
    for units in (dense, base[0] * base[1] * base[2]):
        x = layers.Dense(
            units,
            activation="relu",
            kernel_initializer=keras.initializers.HeNormal(next(stream)),
        )(x)
    x = layers.Reshape(base)(x)
    for i in reversed(range(depth)):
        last = i == 0
        x = DoublingConv2DTranspose(
            channels if last else width * 2 ** (i - 1),
            activation=None if last else "relu",
            kernel_initializer=keras.initializers.HeNormal(next(stream)),
        )(x)
    return keras.Model(inputs, x, name="decoder")
