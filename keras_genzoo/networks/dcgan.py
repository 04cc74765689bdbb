"""The networks of DCGAN.

Reference: Radford, Metz and Chintala, Unsupervised Representation Learning with Deep
Convolutional Generative Adversarial Networks, 2016, with the widths and the 4x4
kernels of the authors' Torch port (soumith/dcgan.torch).
"""

from typing import Any

import keras
from keras import layers

from keras_genzoo.layers import (
    BatchNormalization,
    DoublingConv2DTranspose,
    HalvingConv2D,
)
from keras_genzoo.networks.common import check_image_shape, check_positive, seeds

# Side of the image -> side of the smallest feature map and number of doublings.
_PLANS = {28: (7, 2), 32: (4, 3), 64: (4, 4), 128: (4, 5)}


def _plan(image_shape: tuple[int, int, int], width: int) -> tuple[tuple, int, int]:
    shape = check_image_shape(image_shape)
    check_positive(width=width)
    if shape[0] != shape[1] or shape[0] not in _PLANS:
        raise ValueError(
            f"`image_shape` must be square with a side of {sorted(_PLANS)} pixels, "
            f"got {shape[0]}x{shape[1]}."
        )
    return (shape, *_PLANS[shape[0]])


def _kernel(stream: Any) -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(0.0, 0.02, seed=next(stream))


def _batch_norm(stream: Any) -> layers.Layer:
    # The paper's, which are PyTorch's: Keras defaults to 0.99 and 1e-3.
    return BatchNormalization(
        momentum=0.9,
        epsilon=1e-5,
        gamma_initializer=keras.initializers.RandomNormal(1.0, 0.02, seed=next(stream)),
    )


def dcgan_generator(
    image_shape: tuple[int, int, int] = (64, 64, 3),
    latent_dim: int = 100,
    width: int = 64,
    seed: int | None = None,
) -> keras.Model:
    """From latents `(batch, latent_dim)` to images `(batch, *image_shape)` in [-1, 1].

    A dense layer to the smallest feature map, then 4x4 transposed convolutions of
    stride 2, the last but one of `width` channels; batch normalisation and ReLU in
    between, tanh at the end, no biases.

    Raises:
        ValueError: an image that is not square with a side of 28, 32, 64 or 128.
    """
    check_positive(latent_dim=latent_dim)
    (_, _, channels), base, doublings = _plan(image_shape, width)
    stream = seeds(seed)
    filters = width * 2 ** (doublings - 1)
    inputs = keras.Input((latent_dim,))
    x = layers.Dense(
        base * base * filters, use_bias=False, kernel_initializer=_kernel(stream)
    )(inputs)
    x = layers.Reshape((base, base, filters))(x)
    for i in reversed(range(doublings)):
        x = _batch_norm(stream)(x)
        x = layers.ReLU()(x)
        x = DoublingConv2DTranspose(
            channels if i == 0 else width * 2 ** (i - 1),
            use_bias=False,
            kernel_initializer=_kernel(stream),
        )(x)
    outputs = layers.Activation("tanh")(x)
    return keras.Model(inputs, outputs, name="generator")


def dcgan_discriminator(
    image_shape: tuple[int, int, int] = (64, 64, 3),
    width: int = 64,
    seed: int | None = None,
) -> keras.Model:
    """From images `(batch, *image_shape)` in [-1, 1] to logits `(batch, 1)`.

    4x4 convolutions of stride 2, the first of `width` channels, each doubling them;
    batch normalisation on all but the first, LeakyReLU of slope 0.2, no biases.

    Raises:
        ValueError: as `dcgan_generator`.
    """
    shape, _, doublings = _plan(image_shape, width)
    stream = seeds(seed)
    inputs = keras.Input(shape)
    x = inputs
    for i in range(doublings):
        x = HalvingConv2D(
            width * 2**i,
            use_bias=False,
            kernel_initializer=_kernel(stream),
        )(x)
        if i > 0:
            x = _batch_norm(stream)(x)
        x = layers.LeakyReLU(negative_slope=0.2)(x)
    x = layers.Flatten(data_format="channels_last")(x)
    outputs = layers.Dense(1, use_bias=False, kernel_initializer=_kernel(stream))(x)
    return keras.Model(inputs, outputs, name="discriminator")
