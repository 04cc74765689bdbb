"""The class-conditional networks of BigGAN.

Reference: Brock, Donahue and Simonyan, Large Scale GAN Training for High Fidelity
Natural Image Synthesis, 2019, with the details of the authors' released code.
"""

from typing import Any

import keras
from keras import layers

from keras_genzoo.layers import BatchNormalization
from keras_genzoo.layers.conditional_batch_normalization import (
    ConditionalBatchNormalization,
)
from keras_genzoo.layers.self_attention import SelfAttention2D
from keras_genzoo.layers.spectral_normalization import SpectralNormalization
from keras_genzoo.networks.common import (
    check_positive,
    label_input,
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
    28: (4, 4, 4),
    32: (4, 4, 4, 4),
    48: (16, 8, 4, 2),
    64: (16, 16, 8, 4, 2),
    96: (16, 16, 8, 4, 2),
    128: (16, 16, 8, 4, 2, 1),
}
# Channels of each block's output, and how many blocks, the first ones, halve the map.
_DISCRIMINATOR = {
    28: ((4, 4, 4, 4), 2),
    32: ((4, 4, 4, 4), 2),
    48: ((1, 2, 4, 8), 3),
    64: ((1, 2, 4, 8, 16), 4),
    96: ((1, 2, 4, 8, 16), 4),
    128: ((1, 2, 4, 8, 16, 16), 5),
}
# Features of each latent chunk, as at 128 pixels in the paper: 120 = 6 * 20.
_CHUNK = 20


def _spectral(layer: layers.Layer, stream: Any) -> layers.Layer:
    return SpectralNormalization(layer, epsilon=1e-6, seed=next(stream))


def _orthogonal(stream: Any) -> keras.initializers.Initializer:
    return keras.initializers.Orthogonal(seed=next(stream))


def _convolution(
    filters: int,
    kernel_size: int,
    stream: Any,
    kind: type | None = None,
    name: str | None = None,
) -> layers.Layer:
    initializer = _orthogonal(stream)
    layer = convolution(
        filters, kernel_size, kind, kernel_initializer=initializer, name=name
    )
    return _spectral(layer, stream)


def _attention_side(attention: Any, side: int, sides: list[int]) -> int | None:
    """The side of the feature map that self-attention looks at."""
    if attention == "auto":
        return side // 2 if side >= 48 else None
    if attention is None:
        return None
    if isinstance(attention, bool) or attention not in sides:
        raise ValueError(
            "`attention` must be 'auto', None or the side of a feature map of this "
            f"network, {sorted(set(sides))}, got {attention!r}."
        )
    return attention


def _attend(x: Any, stream: Any) -> Any:
    if x.shape[-1] % 8 or x.shape[1] % 2:
        raise ValueError(
            "Self-attention needs a feature map with an even side and channels "
            f"divisible by 8; at this `width` it would get {x.shape[1]}x{x.shape[2]} "
            f"with {x.shape[3]} channels. Pass another `width` or `attention`."
        )
    return SelfAttention2D(spectral=True, seed=next(stream))(x)


def biggan_generator(
    image_shape: tuple[int, int, int],
    num_classes: int,
    latent_dim: int | None = None,
    width: int = 16,
    embedding_dim: int = 32,
    attention: int | str | None = "auto",
    seed: int | None = None,
) -> keras.Model:
    """From `[latents, labels]` to images `(batch, *image_shape)` in [-1, 1].

    The latent is cut into one chunk more than there are residual blocks. The first
    chunk goes through a dense layer; each other one, beside the label's embedding, is
    the condition of its block's batch normalisations. Every layer but the embedding
    and the last batch normalisation is spectrally normalised, every kernel starts
    orthogonal.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: number of classes; labels are `(batch,)` class numbers.
        latent_dim: features of a latent, in chunks of one size. None is 20 for each
            chunk: 60 to 120.
        width: unit of the channels (the paper: 96 at 128 pixels).
        embedding_dim: features of a label, shared by all blocks (the paper: 128).
        attention: side of the feature map with self-attention; `"auto"` is half the
            image from 48 pixels on and None below, None is none.
        seed: int, for the weights; None takes Keras' own random state.

    Raises:
        ValueError: an image that is not square with a side of 28, 32, 48, 64, 96 or
            128; a number that is not a positive integer; a `latent_dim` that the
            chunks do not divide; attention to a map that is not there, or whose
            channels 8 does not divide.
    """
    (side, _, channels), base, doublings = square_plan(image_shape)
    chunks = doublings + 1
    latent_dim = _CHUNK * chunks if latent_dim is None else latent_dim
    check_positive(latent_dim=latent_dim, width=width, embedding_dim=embedding_dim)
    if latent_dim % chunks:
        raise ValueError(
            f"`latent_dim` must be divisible by {chunks}, the number of its chunks for "
            f"{side} pixels, got {latent_dim}."
        )
    plan = [width * multiple for multiple in _GENERATOR[side]]
    sides = [base * 2 ** (i + 1) for i in range(doublings)]
    attended = _attention_side(attention, side, sides)
    stream = seeds(seed)

    def conv(filters: int, kernel_size: int, kind: type | None = None) -> layers.Layer:
        return _convolution(filters, kernel_size, stream, kind)

    latents = keras.Input((latent_dim,))
    labels = label_input(num_classes)
    # Not spectrally normalised: the released code found that to cripple generators.
    label = layers.Embedding(
        num_classes, embedding_dim, embeddings_initializer=_orthogonal(stream)
    )(labels)
    first, *others = keras.ops.split(latents, chunks, axis=-1)
    x = _spectral(
        layers.Dense(base * base * plan[0], kernel_initializer=_orthogonal(stream)),
        stream,
    )(first)
    x = layers.Reshape((base, base, plan[0]))(x)
    for filters, chunk in zip(plan[1:], others, strict=True):
        condition = layers.Concatenate()([label, chunk])

        def norm(x: Any, condition: Any = condition) -> Any:
            layer = ConditionalBatchNormalization(spectral=True, seed=next(stream))
            return layer([x, condition])

        x = doubling_block(x, filters, conv, norm)
        if x.shape[1] == attended:
            x = _attend(x, stream)
    x = layers.ReLU()(BatchNormalization(momentum=0.9, epsilon=1e-5)(x))
    # `biggan_layout_map` knows the two ends by their names.
    x = _convolution(channels, 3, stream, name="pixels")(x)
    outputs = layers.Activation("tanh")(x)
    return keras.Model([latents, labels], outputs, name="generator")


def biggan_discriminator(
    image_shape: tuple[int, int, int],
    num_classes: int,
    width: int = 16,
    attention: int | str | None = "auto",
    seed: int | None = None,
) -> keras.Model:
    """From `[images, labels]` to logits `(batch, 1)`.

    Residual blocks, ReLU, the sum h over the pixels and the projection
    `linear(h) + <embedding(label), h>`; every layer spectrally normalised, every
    kernel orthogonal at the start, no batch normalisation.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: number of classes; labels are `(batch,)` class numbers.
        width: unit of the channels (the paper: 96 at 128 pixels).
        attention: as `biggan_generator`.
        seed: int, for the weights; None takes Keras' own random state.

    Raises:
        ValueError: as `biggan_generator`.
    """
    check_positive(width=width)
    shape, _, _ = square_plan(image_shape)
    side = shape[0]
    multiples, halving = _DISCRIMINATOR[side]
    sides = [side // 2 ** (i + 1) for i in range(halving)]
    attended = _attention_side(attention, side, sides)
    stream = seeds(seed)

    def conv(filters: int, kernel_size: int, kind: type | None = None) -> layers.Layer:
        return _convolution(filters, kernel_size, stream, kind)

    images = keras.Input(shape)
    labels = label_input(num_classes)
    x = images
    for i, multiple in enumerate(multiples):
        halve = i < halving
        x = critic_block(x, width * multiple, conv, first=i == 0, halve=halve)
        if halve and x.shape[1] == attended:
            x = _attend(x, stream)
    features = sum_pool(layers.ReLU()(x))
    dtype = float_dtype()
    outputs = logits(
        features,
        _spectral(
            layers.Dense(
                1, kernel_initializer=_orthogonal(stream), dtype=dtype, name="logit"
            ),
            stream,
        ),
        labels,
        _spectral(
            layers.Embedding(
                num_classes,
                features.shape[-1],
                embeddings_initializer=_orthogonal(stream),
                dtype=dtype,
            ),
            stream,
        ),
    )
    return keras.Model([images, labels], outputs, name="discriminator")
