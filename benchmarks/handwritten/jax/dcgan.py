"""DCGAN's networks; the discriminator with batch normalisation or with biases."""

import jax
import jax.numpy as jnp

from handwritten import keras_weights
from handwritten.jax.layers import (
    conv,
    dense,
    doubling,
    flipped,
    leaky_relu,
    relu,
    scaled_batch_norm,
)


def init_generator(arrays):
    params, stats = keras_weights.dcgan_generator(arrays)
    return {**params, "blocks": [flipped(b) for b in params["blocks"]]}, stats


init_discriminator = keras_weights.dcgan_discriminator


def init_critic(arrays):
    return keras_weights.convolutions(arrays)


def generator(params, stats, z, base):
    """Images in [-1, 1], and the new running statistics."""
    x = (z @ params["dense"]).reshape(len(z), base, base, -1)
    new_stats = []
    for block, old in zip(params["blocks"], stats, strict=True):
        x, new = scaled_batch_norm(x, block, old)
        new_stats.append(new)
        x = doubling({"kernel": block["kernel"]}, relu(x))
    return jnp.tanh(x.astype("float32")), new_stats


def discriminator(params, stats, x):
    """Logits, and the new running statistics."""
    new_stats = []
    for i, block in enumerate(params["blocks"]):
        x = conv({"kernel": block["kernel"]}, x, 2)
        if i > 0:
            x, new = scaled_batch_norm(x, block, stats[i - 1])
            new_stats.append(new)
        x = leaky_relu(x)
    return x.reshape(len(x), -1) @ params["dense"], new_stats


def critic(params, x):
    """Logits, without batch normalisation."""
    *blocks, last = params
    for block in blocks:
        x = leaky_relu(conv(block, x, 2))
    return dense(last, x.reshape(len(x), -1)).astype("float32")


def softplus_losses(real, fake):
    """The discriminator's cross-entropy."""
    return jnp.mean(jax.nn.softplus(-real) + jax.nn.softplus(fake))


def softplus_generator_loss(fake):
    """The non-saturating cost."""
    return jnp.mean(jax.nn.softplus(-fake))
