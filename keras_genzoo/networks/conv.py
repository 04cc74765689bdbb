"""Convolutional encoder and decoder of a VAE."""

from collections.abc import Iterator
from typing import Any

import keras
from keras import layers

from keras_genzoo.layers import DoublingConv2DTranspose, HalvingConv2D
from keras_genzoo.networks.common import check_image_shape, check_positive, seeds
from keras_genzoo.networks.heads import Shift, encoder_outputs, label_shift


def halving_features(
    x: Any,
    width: int,
    depth: int,
    dense: int,
    stream: Iterator,
    shift: Shift | None = None,
) -> Any:
    """Features `(batch, dense)` of images, as `conv_encoder` says.

    Args:
        x: images `(batch, height, width, channels)`.
        width: channels of the first convolution.
        depth: number of convolutions.
        dense: units of the dense layer.
        stream: seeds.
        shift: adds the label to the first convolution and to the dense layer.
    """
    for i in range(depth):
        shifted = shift is not None and i == 0
        x = HalvingConv2D(
            width * 2**i,
            activation=None if shifted else "relu",
            kernel_initializer=keras.initializers.HeNormal(next(stream)),
        )(x)
        if shifted:
            x = layers.ReLU()(shift(x))
    x = layers.Flatten(data_format="channels_last")(x)
    x = layers.Dense(
        dense,
        activation="relu" if shift is None else None,
        kernel_initializer=keras.initializers.HeNormal(next(stream)),
    )(x)
    if shift is not None:
        x = layers.ReLU()(shift(x))
    return x


def conv_encoder(
    image_shape: tuple[int, int, int],
    latent_dim: int,
    width: int = 32,
    depth: int = 2,
    dense: int = 256,
    num_classes: int | None = None,
    posterior: bool = True,
    seed: int | None = None,
) -> keras.Model:
    """From images `(batch, *image_shape)` to `[z_mean, z_log_var]`.

    `depth` 4x4 convolutions of stride 2, the first of `width` channels, each
    doubling them, then one dense layer; ReLU.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: features of a latent.
        width: channels of the first convolution.
        depth: number of convolutions.
        dense: units of the dense layer.
        num_classes: None, or the number of classes: the model then takes
            `[images, labels]`, labels `(batch,)` class numbers. The first convolution
            and the dense layer have a trained vector for each class, so that what is
            looked for in an image can depend on its class.
        posterior: False for a plain autoencoder: one output, the latents, linear.
        seed: int, for the weights; None takes Keras' own random state.

    Raises:
        ValueError: a side that 2**depth (4 by default) does not divide, or a number
            that is not a positive integer.
    """
    check_positive(latent_dim=latent_dim, width=width, depth=depth, dense=dense)
    shape = check_image_shape(image_shape, 2**depth)
    stream = seeds(seed)
    inputs = images = keras.Input(shape)
    shift = None
    if num_classes is not None:
        labels, shift = label_shift(num_classes, stream)
        inputs = [images, labels]
    x = halving_features(images, width, depth, dense, stream, shift)
    outputs = encoder_outputs(x, latent_dim, stream, posterior)
    return keras.Model(inputs, outputs, name="encoder")


def conv_decoder(
    image_shape: tuple[int, int, int],
    latent_dim: int,
    width: int = 32,
    depth: int = 2,
    dense: int = 256,
    num_classes: int | None = None,
    seed: int | None = None,
) -> keras.Model:
    """From latents `(batch, latent_dim)` to means or logits `(batch, *image_shape)`.

    The mirror of `conv_encoder`: two dense layers, then `depth` 4x4 transposed
    convolutions of stride 2; ReLU, the output linear.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: features of a latent.
        width: channels of the largest feature map.
        depth: number of convolutions.
        dense: units of the first dense layer.
        num_classes: None, or the number of classes: the model then takes
            `[latents, labels]`, labels `(batch,)` class numbers, and its first dense
            layer has a trained vector for each class.
        seed: int, for the weights; None takes Keras' own random state.

    Raises:
        ValueError: as `conv_encoder`.
    """
    check_positive(latent_dim=latent_dim, width=width, depth=depth, dense=dense)
    height, breadth, channels = check_image_shape(image_shape, 2**depth)
    stream = seeds(seed)
    base = (height // 2**depth, breadth // 2**depth, width * 2 ** (depth - 1))
    inputs = latents = keras.Input((latent_dim,))
    shift = None
    if num_classes is not None:
        labels, shift = label_shift(num_classes, stream)
        inputs = [latents, labels]
    x = latents
    for i, units in enumerate((dense, base[0] * base[1] * base[2])):
        shifted = shift is not None and i == 0
        x = layers.Dense(
            units,
            activation=None if shifted else "relu",
            kernel_initializer=keras.initializers.HeNormal(next(stream)),
        )(x)
        if shifted:
            x = layers.ReLU()(shift(x))
    x = layers.Reshape(base)(x)
    for i in reversed(range(depth)):
        last = i == 0
        x = DoublingConv2DTranspose(
            channels if last else width * 2 ** (i - 1),
            activation=None if last else "relu",
            kernel_initializer=keras.initializers.HeNormal(next(stream)),
        )(x)
    return keras.Model(inputs, x, name="decoder")
