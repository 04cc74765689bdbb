"""The networks of DCGAN.

References: Radford, Metz and Chintala, Unsupervised Representation Learning with Deep
Convolutional Generative Adversarial Networks, 2016, with the widths and the 4x4
kernels of the authors' Torch port (soumith/dcgan.torch); Miyato and Koyama, cGANs with
Projection Discriminator, 2018, for the conditional form.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from keras_genzoo.layers import (
    BatchNormalization,
    DoublingConv2DTranspose,
    HalvingConv2D,
)
from keras_genzoo.layers.conditional_batch_normalization import (
    ConditionalBatchNormalization,
)
from keras_genzoo.layers.scaling_convolution import UpscalingConv2D
from keras_genzoo.layers.spectral_normalization import SpectralNormalization
from keras_genzoo.networks.common import (
    SQUARE_PLANS,
    check_positive,
    label_input,
    packed,
    seeds,
    square_plan,
)
from keras_genzoo.networks.projection import float_dtype, logits, sum_pool

_PLANS = {side: SQUARE_PLANS[side] for side in (28, 32, 64, 128)}

# Features of a label in a conditional generator.
_EMBEDDING = 32


def _kernel(stream: Any) -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(0.0, 0.02, seed=next(stream))


def _batch_norm(stream: Any) -> layers.Layer:
    # The paper's, which are PyTorch's: Keras defaults to 0.99 and 1e-3.
    return BatchNormalization(
        momentum=0.9,
        epsilon=1e-5,
        gamma_initializer=keras.initializers.RandomNormal(1.0, 0.02, seed=next(stream)),
    )


def _doubling(filters: int, upsample: str, stream: Any) -> Callable:
    kwargs = {"use_bias": False, "kernel_initializer": _kernel(stream)}
    if upsample == "transpose":
        return DoublingConv2DTranspose(filters, **kwargs)
    return UpscalingConv2D(filters, **kwargs)


def dcgan_generator(
    image_shape: tuple[int, int, int] = (64, 64, 3),
    latent_dim: int = 100,
    width: int = 64,
    upsample: str = "transpose",
    num_classes: int | None = None,
    seed: int | None = None,
) -> keras.Model:
    """From latents `(batch, latent_dim)` to images `(batch, *image_shape)` in [-1, 1].

    A dense layer to the smallest feature map, then convolutions that double it, the
    last but one of `width` channels; batch normalisation and ReLU in between, tanh at
    the end, no biases.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: features of a latent.
        width: channels of the largest feature map.
        upsample: how images are doubled: `"transpose"`, the paper's 4x4 transposed
            convolution of stride 2, or `"nearest"`, every pixel twice along each side
            and a 3x3 convolution, which leaves no checkerboard (Odena, Dumoulin and
            Olah, Deconvolution and Checkerboard Artifacts, 2016).
        num_classes: None, or the number of classes: the model then takes
            `[latents, labels]`, labels `(batch,)` class numbers. An embedding of the
            label is put beside the latent and is the condition of conditional batch
            normalisation.
        seed: int, for the weights; None takes Keras' own random state.

    Raises:
        ValueError: an image that is not square with a side of 28, 32, 64 or 128, a
            number that is not a positive integer, or another `upsample`.
    """
    check_positive(latent_dim=latent_dim, width=width)
    (_, _, channels), base, doublings = square_plan(image_shape, _PLANS)
    if upsample not in ("transpose", "nearest"):
        raise ValueError(
            f"`upsample` must be 'transpose' or 'nearest', got {upsample!r}."
        )
    stream = seeds(seed)
    filters = width * 2 ** (doublings - 1)
    latents = keras.Input((latent_dim,))
    inputs, x, condition = latents, latents, None
    if num_classes is not None:
        labels = label_input(num_classes)
        inputs = [latents, labels]
        # Rows of norm one: gains start within 1 / sqrt(channels) of 1.
        condition = layers.Embedding(
            num_classes,
            _EMBEDDING,
            embeddings_initializer=keras.initializers.RandomNormal(
                0.0, _EMBEDDING**-0.5, seed=next(stream)
            ),
        )(labels)
        x = layers.Concatenate()([latents, condition])
    x = layers.Dense(
        base * base * filters, use_bias=False, kernel_initializer=_kernel(stream)
    )(x)
    x = layers.Reshape((base, base, filters))(x)
    for i in reversed(range(doublings)):
        if condition is None:
            x = _batch_norm(stream)(x)
        else:
            x = ConditionalBatchNormalization(spectral=False, seed=next(stream))(
                [x, condition]
            )
        x = layers.ReLU()(x)
        x = _doubling(channels if i == 0 else width * 2 ** (i - 1), upsample, stream)(x)
    outputs = layers.Activation("tanh")(x)
    return keras.Model(inputs, outputs, name="generator")


def dcgan_discriminator(
    image_shape: tuple[int, int, int] = (64, 64, 3),
    width: int = 64,
    num_classes: int | None = None,
    batch_norm: bool = True,
    spectral: bool = False,
    pack: int = 1,
    seed: int | None = None,
) -> keras.Model:
    """From images `(batch, *image_shape)` in [-1, 1] to logits `(batch, 1)`.

    4x4 convolutions of stride 2, the first of `width` channels, each doubling them;
    batch normalisation on all but the first, LeakyReLU of slope 0.2, no biases.

    Args:
        image_shape: `(height, width, channels)`.
        width: channels of the first convolution.
        num_classes: None, or the number of classes: the model then takes
            `[images, labels]`, sums the last features h over the pixels and returns
            `linear(h) + <embedding(label), h>`.
        batch_norm: False leaves batch normalisation out and puts biases in. A
            gradient penalty needs it: with batch normalisation a logit depends on the
            whole batch, and has no gradient of its own example.
        spectral: whether every layer is spectrally normalised.
        pack: images that are judged together, laid channel on channel: the inputs
            have `pack` times as many channels (Lin et al., PacGAN, 2018).
        seed: int, for the weights; None takes Keras' own random state.

    Raises:
        ValueError: as `dcgan_generator`.
    """
    check_positive(width=width)
    shape, _, doublings = square_plan(image_shape, _PLANS)
    stream = seeds(seed)

    def normalized(layer: layers.Layer) -> layers.Layer:
        return SpectralNormalization(layer, seed=next(stream)) if spectral else layer

    inputs = images = keras.Input(packed(shape, pack))
    x = images
    for i in range(doublings):
        x = normalized(
            HalvingConv2D(
                width * 2**i,
                use_bias=not batch_norm,
                kernel_initializer=_kernel(stream),
            )
        )(x)
        if i > 0 and batch_norm:
            x = _batch_norm(stream)(x)
        x = layers.LeakyReLU(negative_slope=0.2)(x)
    kwargs = {"use_bias": not batch_norm, "kernel_initializer": _kernel(stream)}
    if num_classes is None:
        x = layers.Flatten(data_format="channels_last")(x)
        outputs = normalized(layers.Dense(1, **kwargs))(x)
    else:
        labels = label_input(num_classes)
        inputs = [images, labels]
        dtype = float_dtype()
        features = sum_pool(x)
        embedding = layers.Embedding(
            num_classes,
            features.shape[-1],
            embeddings_initializer=_kernel(stream),
            dtype=dtype,
        )
        outputs = logits(
            features,
            normalized(layers.Dense(1, dtype=dtype, **kwargs)),
            labels,
            normalized(embedding),
        )
    return keras.Model(inputs, outputs, name="discriminator")
