"""Multilayer perceptrons: for points, and for images laid out flat."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from keras_genzoo.layers import BatchNormalization
from keras_genzoo.layers.maxout import Maxout
from keras_genzoo.networks.common import check_positive, packed, seeds
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


def _trunk(
    x: Any,
    hidden: Sequence[int],
    activation: Any,
    stream: Any,
    batch_norm: bool = False,
    pieces: int = 1,
) -> Any:
    for width in hidden:
        kernel = keras.initializers.GlorotUniform(next(stream))
        if pieces > 1:
            x = Maxout(width, pieces, kernel_initializer=kernel)(x)
        elif batch_norm:
            # No bias: the normalisation would take it away again.
            x = layers.Dense(width, use_bias=False, kernel_initializer=kernel)(x)
            x = BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
            x = layers.Activation(activation)(x)
        else:
            x = layers.Dense(width, activation=activation, kernel_initializer=kernel)(x)
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
    batch_norm: bool = False,
) -> Any:
    x = _trunk(inputs, hidden, activation, stream, batch_norm)
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
    batch_norm: bool = False,
    seed: int | None = None,
) -> keras.Model:
    """From `(batch, latent_dim)` to `(batch, *output_shape)`.

    Points want `output_activation=None`, images in [-1, 1] want `"tanh"`. With
    `batch_norm` each hidden layer is normalised before its activation.

    Raises:
        ValueError: a shape or width that is not a positive integer.
    """
    shape = _check(output_shape, "output_shape", hidden)
    check_positive(latent_dim=latent_dim)
    inputs = keras.Input((latent_dim,))
    outputs = _output(
        inputs, shape, hidden, activation, output_activation, seeds(seed), batch_norm
    )
    return keras.Model(inputs, outputs, name="generator")


def mlp_discriminator(
    input_shape: Sequence[int],
    hidden: Sequence[int] = (128, 128),
    activation: str = "relu",
    pieces: int = 1,
    pack: int = 1,
    seed: int | None = None,
) -> keras.Model:
    """From `(batch, *input_shape)` to logits, `(batch, 1)`.

    Args:
        input_shape: of one example.
        hidden: units of the hidden layers.
        activation: theirs; without effect with `pieces` above 1.
        pieces: above 1 the hidden layers are maxout layers of so many pieces
            (Goodfellow et al., Maxout Networks, 2013).
        pack: examples that are judged together, laid side by side on the last axis,
            which is `pack` times as long (Lin et al., PacGAN, 2018).
        seed: int, for the weights; None takes Keras' own random state.

    Raises:
        ValueError: a shape or another number that is not a positive integer.
    """
    shape = _check(input_shape, "input_shape", hidden)
    check_positive(pieces=pieces)
    stream = seeds(seed)
    inputs = keras.Input(packed(shape, pack))
    x = layers.Flatten()(inputs) if len(shape) > 1 else inputs
    x = _trunk(x, hidden, activation, stream, pieces=pieces)
    outputs = layers.Dense(
        1, kernel_initializer=keras.initializers.GlorotUniform(next(stream))
    )(x)
    return keras.Model(inputs, outputs, name="discriminator")
