"""DCGAN's networks; the discriminator with batch normalisation or with biases."""

import tensorflow as tf

from handwritten import keras_weights
from handwritten.tensorflow.layers import (
    BatchNorm,
    Conv,
    Dense,
    Doubling,
    Sequence,
    flat,
    leaky_relu,
    to_float,
    to_map,
)


def generator(side: int, arrays: list) -> tf.Module:
    params, stats = keras_weights.dcgan_generator(arrays)
    base = side // 2 ** len(params["blocks"])
    layers = [Dense(params["dense"]), to_map(base)]
    for block, kept in zip(params["blocks"], stats, strict=True):
        norm = BatchNorm(**kept, scale=block["scale"], shift=block["shift"])
        layers += [norm, tf.nn.relu, Doubling(block["kernel"])]
    return Sequence(*layers, to_float, tf.tanh)


def discriminator(arrays: list) -> tf.Module:
    params, stats = keras_weights.dcgan_discriminator(arrays)
    layers = []
    for i, block in enumerate(params["blocks"]):
        layers.append(Conv(block["kernel"], stride=2))
        if i > 0:
            scaled = {"scale": block["scale"], "shift": block["shift"]}
            layers.append(BatchNorm(**stats[i - 1], **scaled))
        layers.append(leaky_relu)
    return Sequence(*layers, flat, Dense(params["dense"]), to_float)


def critic(arrays: list) -> tf.Module:
    """The discriminator without batch normalisation."""
    (*blocks, dense), _ = keras_weights.convolutions(arrays)
    layers = []
    for block in blocks:
        layers += [Conv(**block, stride=2), leaky_relu]
    return Sequence(*layers, flat, Dense(**dense), to_float)


def softplus_losses(real, fake):
    """The discriminator's cross-entropy."""
    return tf.reduce_mean(tf.nn.softplus(-real) + tf.nn.softplus(fake))


def softplus_generator_loss(fake):
    """The non-saturating cost."""
    return tf.reduce_mean(tf.nn.softplus(-fake))
