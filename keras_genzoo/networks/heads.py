"""What the networks of a VAE share: how an encoder ends, how a label comes in."""

from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras import layers

from keras_genzoo.backends.precision import full_dtype
from keras_genzoo.layers import soft_bound
from keras_genzoo.networks.common import label_input

Shift = Callable[..., Any]


def label_shift(num_classes: int, stream: Iterator) -> tuple[Any, Shift]:
    """An input of labels, and what adds a trained vector of the label to features.

    The same as a one-hot label that goes through a kernel of its own and is added to
    the layer `x` comes from: "separate first-layer matrices".

    Args:
        num_classes: number of classes.
        stream: seeds.

    Returns:
        `(labels, shift)`: the input `(batch,)`, int32, and `shift(x, initializer=None,
        dtype=None)` for `x` `(batch, width)` or `(batch, height, width, channels)`,
        which then gets one number a channel. Glorot's uniform values unless said
        otherwise.

    Raises:
        ValueError: `num_classes` is not a positive integer.

    Reference: Kingma, Rezende, Mohamed and Welling, Semi-Supervised Learning with Deep
    Generative Models, 2014.
    """
    labels = label_input(num_classes)

    def shift(x: Any, initializer: Any = None, dtype: str | None = None) -> Any:
        if initializer is None:
            initializer = keras.initializers.GlorotUniform(next(stream))
        channels = x.shape[-1]
        vector = layers.Embedding(
            num_classes, channels, embeddings_initializer=initializer, dtype=dtype
        )(labels)
        if len(x.shape) == 4:
            vector = layers.Reshape((1, 1, channels))(vector)
        return layers.Add(dtype=dtype)([x, vector])

    return labels, shift


def latent_head(
    x: Any,
    latent_dim: int,
    stream: Iterator,
    shift: Shift | None = None,
    name: str = "latents",
    dtype: str | None = None,
) -> Any:
    """Latents `(batch, latent_dim)`, linear in features `(batch, width)`.

    With `shift` the label is added to them.
    """
    latents = layers.Dense(
        latent_dim,
        kernel_initializer=keras.initializers.GlorotUniform(next(stream)),
        dtype=dtype,
        name=name,
    )(x)
    return latents if shift is None else shift(latents, dtype=dtype)


def posterior_heads(
    x: Any, latent_dim: int, stream: Iterator, shift: Shift | None = None
) -> list:
    """`[z_mean, z_log_var]` from features `(batch, width)`.

    The log-variance starts at 0 for every input, the prior's, so that no first step
    can meet an exponential of a large random number; `soft_bound` sees to it in the
    later ones. Both are float32 under mixed precision too. With `shift` the label is
    added to both.
    """
    z_mean = latent_head(x, latent_dim, stream, shift, "z_mean", full_dtype())
    z_log_var = layers.Dense(
        latent_dim,
        activation=soft_bound if shift is None else None,
        kernel_initializer="zeros",
        dtype=full_dtype(),
        name="z_log_var",
    )(x)
    if shift is not None:
        z_log_var = shift(z_log_var, "zeros", full_dtype())
        z_log_var = layers.Activation(soft_bound, dtype=full_dtype())(z_log_var)
        # Both heads are equally deep, so that Keras lists the mean's weights first.
        z_mean = layers.Identity(dtype=full_dtype())(z_mean)
    return [z_mean, z_log_var]


def encoder_outputs(
    x: Any,
    latent_dim: int,
    stream: Iterator,
    posterior: bool,
    shift: Shift | None = None,
) -> Any:
    """`posterior_heads` for a VAE, `latent_head` for a plain autoencoder."""
    head = posterior_heads if posterior else latent_head
    return head(x, latent_dim, stream, shift)
