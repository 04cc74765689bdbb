"""Multilayer perceptrons: for points, and for images laid out flat."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from keras_genzoo.networks.common import check_positive, seeds
from keras_genzoo.networks.heads import posterior_heads


def _check(shape: Sequence[int], name: str, hidden: Sequence[int]) -> tuple[int, ...]:
    shape = tuple(shape)
    if not shape or not all(isinstance(s, int) and s > 0 for s in shape):
        raise ValueError(
            f"`{name}` must be a tuple of positive integers, got {shape!r}."
        )
    for width in hidden:
        check_positive(hidden=width)
    return shape


def _trunk(x: Any, hidden: Sequence[int], activation: Any, stream: Any) -> Any:
    for width in hidden:
        x = layers.Dense(
            width,
            activation=activation,
            kernel_initializer=keras.initializers.GlorotUniform(next(stream)),
        )(x)
    return x


def mlp_encoder(
    input_shape: Sequence[int],
    latent_dim: int,
    hidden: Sequence[int] = (512, 256),
    activation: str = "relu",
    seed: int | None = None,
) -> keras.Model:
    """From `(batch, *input_shape)` to `[z_mean, z_log_var]`, `(batch, latent_dim)`.

    `hidden=()` makes both linear.

    Raises:
        ValueError: a shape or width that is not a positive integer.
    """
    shape = _check(input_shape, "input_shape", hidden)
    check_positive(latent_dim=latent_dim)
    stream = seeds(seed)
    inputs = keras.Input(shape)
    x = layers.Flatten()(inputs) if len(shape) > 1 else inputs
    x = _trunk(x, hidden, activation, stream)
    return keras.Model(inputs, posterior_heads(x, latent_dim, stream), name="encoder")


def _output(
    inputs: Any,
    output_shape: tuple[int, ...],
    hidden: Sequence[int],
    activation: str,
    output_activation: str | None,
    stream: Any,
) -> Any:
    x = _trunk(inputs, hidden, activation, stream)
    x = layers.Dense(
        math.prod(output_shape),
        activation=output_activation,
        kernel_initializer=keras.initializers.GlorotUniform(next(stream)),
    )(x)
    return layers.Reshape(output_shape)(x) if len(output_shape) > 1 else x


def mlp_decoder(
    output_shape: Sequence[int],
    latent_dim: int,
    hidden: Sequence[int] = (256, 512),
    activation: str = "relu",
    seed: int | None = None,
) -> keras.Model:
    """From `(batch, latent_dim)` to `(batch, *output_shape)`: means or logits.

    `hidden=()` makes it linear.

    Raises:
        ValueError: a shape or width that is not a positive integer.
    """
    shape = _check(output_shape, "output_shape", hidden)
    check_positive(latent_dim=latent_dim)
    inputs = keras.Input((latent_dim,))
    outputs = _output(inputs, shape, hidden, activation, None, seeds(seed))
    return keras.Model(inputs, outputs, name="decoder")


def mlp_generator(
    output_shape: Sequence[int],
    latent_dim: int,
    hidden: Sequence[int] = (128, 128),
    activation: str = "relu",
    output_activation: str | None = None,
    seed: int | None = None,
) -> keras.Model:
    """From `(batch, latent_dim)` to `(batch, *output_shape)`.

    Points want `output_activation=None`, images in [-1, 1] want `"tanh"`.

    Raises:
        ValueError: a shape or width that is not a positive integer.
    """
    shape = _check(output_shape, "output_shape", hidden)
    check_positive(latent_dim=latent_dim)
    inputs = keras.Input((latent_dim,))
    outputs = _output(inputs, shape, hidden, activation, output_activation, seeds(seed))
    return keras.Model(inputs, outputs, name="generator")


def mlp_discriminator(
    input_shape: Sequence[int],
    hidden: Sequence[int] = (128, 128),
    activation: str = "relu",
    seed: int | None = None,
) -> keras.Model:
    """From `(batch, *input_shape)` to logits, `(batch, 1)`.

    Raises:
        ValueError: a shape or width that is not a positive integer.
    """
    shape = _check(input_shape, "input_shape", hidden)
    stream = seeds(seed)
    inputs = keras.Input(shape)
    x = layers.Flatten()(inputs) if len(shape) > 1 else inputs
    x = _trunk(x, hidden, activation, stream)
    outputs = layers.Dense(
        1, kernel_initializer=keras.initializers.GlorotUniform(next(stream))
    )(x)
    return keras.Model(inputs, outputs, name="discriminator")
