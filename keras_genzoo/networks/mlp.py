"""Multilayer perceptrons: for points, and for images laid out flat."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from keras_genzoo.layers import BatchNormalization
from keras_genzoo.layers.maxout import Maxout
from keras_genzoo.networks.common import check_positive, packed, seeds
from keras_genzoo.networks.heads import Shift, encoder_outputs, label_shift


def check_shape(
    shape: Sequence[int], name: str, hidden: Sequence[int]
) -> tuple[int, ...]:
    """`shape` as a tuple, if it and the widths in `hidden` are positive integers.

    Raises:
        ValueError: they are not; the message calls the shape `name`.
    """
    shape = tuple(shape)
    if not shape or not all(isinstance(s, int) and s > 0 for s in shape):
        raise ValueError(
            f"`{name}` must be a tuple of positive integers, got {shape!r}."
        )
    for width in hidden:
        check_positive(hidden=width)
    return shape


def hidden_layers(
    x: Any,
    hidden: Sequence[int],
    activation: Any,
    stream: Any,
    batch_norm: bool = False,
    pieces: int = 1,
    shift: Shift | None = None,
    dropout: float = 0.0,
) -> Any:
    """One dense layer after the other, from `(batch, features)`.

    Args:
        x: the features.
        hidden: units of each layer.
        activation: theirs.
        stream: seeds.
        batch_norm: whether each layer is normalised before its activation.
        pieces: above 1 the layers are maxout layers of so many pieces.
        shift: adds the label to the first layer; not with the two options above.
        dropout: the part of each layer's outputs that is dropped in training.
    """
    for i, width in enumerate(hidden):
        kernel = keras.initializers.GlorotUniform(next(stream))
        if pieces > 1:
            x = Maxout(width, pieces, kernel_initializer=kernel)(x)
        elif batch_norm:
            # No bias: the normalisation would take it away again.
            x = layers.Dense(width, use_bias=False, kernel_initializer=kernel)(x)
            x = BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
            x = layers.Activation(activation)(x)
        elif shift is not None and i == 0:
            x = shift(layers.Dense(width, kernel_initializer=kernel)(x))
            x = layers.Activation(activation)(x)
        else:
            x = layers.Dense(width, activation=activation, kernel_initializer=kernel)(x)
        if dropout > 0:
            x = layers.Dropout(dropout, seed=next(stream))(x)
    return x


def mlp_encoder(
    input_shape: Sequence[int],
    latent_dim: int,
    hidden: Sequence[int] = (512, 256),
    activation: str = "relu",
    num_classes: int | None = None,
    posterior: bool = True,
    seed: int | None = None,
) -> keras.Model:
    """From `(batch, *input_shape)` to `[z_mean, z_log_var]`, `(batch, latent_dim)`.

    Args:
        input_shape: of one example.
        latent_dim: features of a latent.
        hidden: units of the hidden layers; `()` makes the outputs linear.
        activation: theirs.
        num_classes: None, or the number of classes: the model then takes
            `[x, labels]`, labels `(batch,)` class numbers, and its first dense layer
            (both heads with `hidden=()`) has a trained vector for each class.
        posterior: False for a plain autoencoder: one output, the latents, linear.
        seed: int, for the weights; None takes Keras' own random state.

    Raises:
        ValueError: a shape or another number that is not a positive integer.
    """
    shape = check_shape(input_shape, "input_shape", hidden)
    check_positive(latent_dim=latent_dim)
    stream = seeds(seed)
    inputs = examples = keras.Input(shape)
    shift = None
    if num_classes is not None:
        labels, shift = label_shift(num_classes, stream)
        inputs = [examples, labels]
    x = layers.Flatten()(examples) if len(shape) > 1 else examples
    x = hidden_layers(x, hidden, activation, stream, shift=shift)
    # Without a hidden layer the heads are the first layer.
    shift = None if hidden else shift
    outputs = encoder_outputs(x, latent_dim, stream, posterior, shift)
    return keras.Model(inputs, outputs, name="encoder")


def _output(
    inputs: Any,
    output_shape: tuple[int, ...],
    hidden: Sequence[int],
    activation: str,
    output_activation: str | None,
    stream: Any,
    batch_norm: bool = False,
    shift: Shift | None = None,
) -> Any:
    x = hidden_layers(inputs, hidden, activation, stream, batch_norm, shift=shift)
    x = layers.Dense(
        math.prod(output_shape),
        activation=output_activation,
        kernel_initializer=keras.initializers.GlorotUniform(next(stream)),
    )(x)
    if shift is not None and not hidden:
        x = shift(x)
    return layers.Reshape(output_shape)(x) if len(output_shape) > 1 else x


def mlp_decoder(
    output_shape: Sequence[int],
    latent_dim: int,
    hidden: Sequence[int] = (256, 512),
    activation: str = "relu",
    num_classes: int | None = None,
    seed: int | None = None,
) -> keras.Model:
    """From `(batch, latent_dim)` to `(batch, *output_shape)`: means or logits.

    Args:
        output_shape: of one example.
        latent_dim: features of a latent.
        hidden: units of the hidden layers; `()` makes the output linear.
        activation: theirs.
        num_classes: None, or the number of classes: the model then takes
            `[latents, labels]`, labels `(batch,)` class numbers, and its first dense
            layer has a trained vector for each class.
        seed: int, for the weights; None takes Keras' own random state.

    Raises:
        ValueError: a shape or another number that is not a positive integer.
    """
    shape = check_shape(output_shape, "output_shape", hidden)
    check_positive(latent_dim=latent_dim)
    stream = seeds(seed)
    inputs = latents = keras.Input((latent_dim,))
    shift = None
    if num_classes is not None:
        labels, shift = label_shift(num_classes, stream)
        inputs = [latents, labels]
    outputs = _output(latents, shape, hidden, activation, None, stream, shift=shift)
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
    shape = check_shape(output_shape, "output_shape", hidden)
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
    shape = check_shape(input_shape, "input_shape", hidden)
    check_positive(pieces=pieces)
    stream = seeds(seed)
    inputs = keras.Input(packed(shape, pack))
    x = layers.Flatten()(inputs) if len(shape) > 1 else inputs
    x = hidden_layers(x, hidden, activation, stream, pieces=pieces)
    outputs = layers.Dense(
        1, kernel_initializer=keras.initializers.GlorotUniform(next(stream))
    )(x)
    return keras.Model(inputs, outputs, name="discriminator")
