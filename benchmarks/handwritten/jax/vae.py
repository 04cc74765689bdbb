"""A VAE with Bernoulli pixels: multilayer perceptrons, or convolutions."""

from functools import partial

import jax
import jax.numpy as jnp
from workloads import Workload

from handwritten import keras_weights
from handwritten.jax.layers import conv, dense, doubling, flipped, relu


def build(workload: Workload, weights: dict):
    """`(state, draw, update)`; see `loop.Loop`."""
    encoder, _ = keras_weights.encoder(weights["encoder"])
    decoder, _ = keras_weights.convolutions(weights["decoder"])
    networks = _mlp_trunk, _mlp_decoder
    if workload.kind == "conv_vae":
        networks = _conv_trunk, _conv_decoder
        decoder = decoder[:2] + [flipped(layer) for layer in decoder[2:]]
    state = {"params": {"vae": {"encoder": encoder, "decoder": decoder}}, "stats": []}

    def draw(key, n):
        return {"z": jax.random.normal(key, (n, workload.latent_dim))}

    return state, draw, partial(_update, *networks)


def _mlp_trunk(layers, x):
    for layer in layers:
        x = relu(dense(layer, x))
    return x


def _mlp_decoder(layers, z):
    return dense(layers[-1], _mlp_trunk(layers[:-1], z))


def _conv_trunk(layers, x):
    for layer in layers[:-1]:
        x = relu(conv(layer, x, 2))
    return relu(dense(layers[-1], x.reshape(len(x), -1)))


def _conv_decoder(layers, z):
    channels = layers[2]["kernel"].shape[2]
    x = _mlp_trunk(layers[:2], z)
    side = round((x.shape[1] // channels) ** 0.5)
    x = x.reshape(len(x), side, side, channels)
    for layer in layers[2:-1]:
        x = relu(doubling(layer, x))
    return doubling(layers[-1], x)


def _negative_elbo(trunk, decode, params, x, noise):
    """The loss of a batch, and what is logged."""
    encoder = params["encoder"]
    hidden = trunk(encoder["trunk"], x)
    mean, log_var = (
        dense(encoder[name], hidden).astype("float32")
        for name in ("z_mean", "z_log_var")
    )
    z = mean + jnp.exp(0.5 * log_var) * noise
    logits = decode(params["decoder"], z).astype("float32")
    reconstruction = jnp.sum(x * logits - jax.nn.softplus(logits)) / len(x)
    kl = 0.5 * jnp.sum(jnp.square(mean) + jnp.exp(log_var) - 1.0 - log_var) / len(x)
    elbo = reconstruction - kl
    return -elbo, jnp.stack([elbo, reconstruction, kl])


def _update(trunk, decode, state, batch, noise, adam):
    x = batch[0].astype("float32") / 255.0
    loss = partial(_negative_elbo, trunk, decode)
    params = state["params"]["vae"]
    grads, logs = jax.grad(loss, has_aux=True)(params, x, noise["z"])
    params, adam_state = adam(grads, state["adam"]["vae"], params)
    state = {**state, "params": {"vae": params}, "adam": {"vae": adam_state}}
    return state, logs
