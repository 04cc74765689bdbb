"""SNGAN's residual networks with labels, and the hinge loss."""

import jax.numpy as jnp

from handwritten import keras_weights
from handwritten.jax.layers import (
    batch_norm,
    conv,
    dense,
    doubled,
    halved,
    relu,
    scaled_batch_norm,
    spectral,
    spectral_layer,
)

init_generator = keras_weights.resnet_generator
init_discriminator = keras_weights.resnet_discriminator


def _conditional_norm(params, stats, x, condition):
    x, new = batch_norm(x, stats)
    gain, bias = (condition @ params[name] for name in ("gain", "bias"))
    gain, bias = (a[:, None, None].astype(x.dtype) for a in (gain, bias))
    return x * (1.0 + gain) + bias, new


def generator(params, stats, z, labels, base):
    """Images in [-1, 1], and the new running statistics."""
    condition = params["embedding"][labels]
    x = dense(params["dense"], z).reshape(len(z), base, base, -1)
    blocks = []
    for block, (first, second) in zip(params["blocks"], stats["blocks"], strict=True):
        y, first = _conditional_norm(block["first_norm"], first, x, condition)
        y = conv(block["first"], doubled(relu(y)))
        y, second = _conditional_norm(block["second_norm"], second, y, condition)
        x = conv(block["second"], relu(y)) + doubled(conv(block["shortcut"], x))
        blocks.append([first, second])
    x, last = scaled_batch_norm(x, params["norm"], stats["last"])
    x = conv(params["last"], relu(x)).astype("float32")
    return jnp.tanh(x), {"blocks": blocks, "last": last}


def discriminator(params, stats, x, labels):
    """Logits, and the new vectors u."""
    blocks = []
    for i, (block, old) in enumerate(
        zip(params["blocks"], stats["blocks"], strict=True)
    ):
        layers, new = {}, {}
        for name, layer in block.items():
            layers[name], new[name] = spectral_layer(layer, old[name])
        blocks.append(new)
        y = conv(layers["first"], relu(x) if i > 0 else x)
        y = conv(layers["second"], relu(y))
        if "shortcut" in layers:
            x, y = conv(layers["shortcut"], halved(x)), halved(y)
        x = x + y
    features = relu(x).astype("float32").sum((1, 2))
    last, dense_u = spectral_layer(params["dense"], stats["dense"])
    embedding, embedding_u = spectral(params["embedding"], stats["embedding"])
    projection = jnp.sum(features * embedding[labels], 1, keepdims=True)
    stats = {"blocks": blocks, "dense": dense_u, "embedding": embedding_u}
    return dense(last, features) + projection, stats


def hinge_losses(real, fake):
    return jnp.mean(relu(1.0 - real) + relu(1.0 + fake))


def hinge_generator_loss(fake):
    return -jnp.mean(fake)
