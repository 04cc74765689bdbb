"""Classifiers: from an example to logits of its class."""

from collections.abc import Iterator, Sequence
from typing import Any

import keras
from keras import layers

from keras_genzoo.layers import BatchNormalization, RandomRotation
from keras_genzoo.networks.common import check_image_shape, check_positive, seeds
from keras_genzoo.networks.conv import halving_features
from keras_genzoo.networks.mlp import check_shape, hidden_layers
from keras_genzoo.networks.projection import float_dtype


def _check_dropout(dropout: float) -> None:
    is_number = isinstance(dropout, int | float) and not isinstance(dropout, bool)
    if not (is_number and 0 <= dropout < 1):
        raise ValueError(f"`dropout` must be a number in [0, 1), got {dropout!r}.")


def _classifier(inputs: Any, x: Any, num_classes: int, stream: Iterator) -> keras.Model:
    logits = layers.Dense(
        num_classes,
        kernel_initializer=keras.initializers.GlorotUniform(next(stream)),
        dtype=float_dtype(),
        name="logits",
    )(x)
    return keras.Model(inputs, logits, name="classifier")


def mlp_classifier(
    input_shape: Sequence[int],
    num_classes: int,
    hidden: Sequence[int] = (500,),
    activation: str = "relu",
    dropout: float = 0.0,
    seed: int | None = None,
) -> keras.Model:
    """From `(batch, *input_shape)` to logits `(batch, num_classes)`.

    Args:
        input_shape: of one example.
        num_classes: number of classes.
        hidden: units of the hidden layers; `()` makes the logits linear.
        activation: theirs.
        dropout: the part of each hidden layer's outputs that is dropped in training.
        seed: int, for the weights and for dropout; None takes Keras' own random
            state.

    Raises:
        ValueError: a shape or width that is not a positive integer, or a `dropout`
            outside [0, 1).
    """
    shape = check_shape(input_shape, "input_shape", hidden)
    check_positive(num_classes=num_classes)
    _check_dropout(dropout)
    stream = seeds(seed)
    inputs = keras.Input(shape)
    x = layers.Flatten()(inputs) if len(shape) > 1 else inputs
    x = hidden_layers(x, hidden, activation, stream, dropout=dropout)
    return _classifier(inputs, x, num_classes, stream)


def conv_classifier(
    image_shape: tuple[int, int, int],
    num_classes: int,
    width: int = 32,
    depth: int = 2,
    dense: int = 128,
    dropout: float = 0.0,
    seed: int | None = None,
) -> keras.Model:
    """From images `(batch, *image_shape)` to logits `(batch, num_classes)`.

    The layers of `conv_encoder`: `depth` 4x4 convolutions of stride 2, each doubling
    the channels, and a dense layer; ReLU.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: number of classes.
        width: channels of the first convolution.
        depth: number of convolutions.
        dense: units of the dense layer.
        dropout: the part of the dense layer's outputs that is dropped in training.
        seed: int, for the weights and for dropout; None takes Keras' own random
            state.

    Raises:
        ValueError: a side that 2**depth (4 by default) does not divide, a number that
            is not a positive integer, or a `dropout` outside [0, 1).
    """
    check_positive(num_classes=num_classes, width=width, depth=depth, dense=dense)
    shape = check_image_shape(image_shape, 2**depth)
    _check_dropout(dropout)
    stream = seeds(seed)
    inputs = keras.Input(shape)
    x = halving_features(inputs, width, depth, dense, stream)
    if dropout > 0:
        x = layers.Dropout(dropout, seed=next(stream))(x)
    return _classifier(inputs, x, num_classes, stream)


def vgg_classifier(
    image_shape: tuple[int, int, int],
    num_classes: int,
    width: int = 16,
    stages: int = 3,
    dropout: float = 0.0,
    rotation: float = 0.0,
    seed: int | None = None,
) -> keras.Model:
    """From images `(batch, *image_shape)` in [0, 1] to logits `(batch, num_classes)`.

    3x3 convolutions with batch normalisation and ReLU in `stages`: one of `width`
    channels, then pairs of them, each stage doubling the channels and halving the
    sides by the largest of four; then the mean over all places, the layer
    `"features"`. Far fewer weights than `conv_classifier`, more arithmetic.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: number of classes.
        width: channels of the first stage; the features are `width * 2**(stages - 1)`.
        stages: number of sizes at which the image is looked at.
        dropout: the part of the features that is dropped in training.
        rotation: in training each image is turned at random by up to so many degrees,
            either way; what comes in repeats the edge.
        seed: int, for the weights, dropout and turns; None takes Keras' own random
            state.

    Raises:
        ValueError: a side that 2**(stages - 1) does not divide, a number that is not
            a positive integer, `dropout` outside [0, 1) or `rotation` outside
            [0, 180].

    Reference: Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale
    Image Recognition, 2015; the mean of Lin, Chen and Yan, Network In Network, 2014.
    """
    check_positive(num_classes=num_classes, width=width, stages=stages)
    shape = check_image_shape(image_shape, 2 ** (stages - 1))
    _check_dropout(dropout)
    is_number = isinstance(rotation, int | float) and not isinstance(rotation, bool)
    if not (is_number and 0 <= rotation <= 180):
        raise ValueError(f"`rotation` must be a number in [0, 180], got {rotation!r}.")
    stream = seeds(seed)
    inputs = x = keras.Input(shape)
    if rotation:
        x = RandomRotation(rotation / 360.0, fill_mode="nearest", seed=next(stream))(x)
    for stage in range(stages):
        # At the full size a convolution costs as much as all the later ones.
        if stage:
            x = layers.MaxPooling2D()(x)
        for _ in range(2 if stage else 1):
            x = layers.Conv2D(
                width * 2**stage,
                3,
                padding="same",
                use_bias=False,
                kernel_initializer=keras.initializers.HeNormal(next(stream)),
            )(x)
            x = layers.ReLU()(BatchNormalization(momentum=0.9, epsilon=1e-5)(x))
    x = layers.GlobalAveragePooling2D(name="features")(x)
    if dropout > 0:
        x = layers.Dropout(dropout, seed=next(stream))(x)
    return _classifier(inputs, x, num_classes, stream)
