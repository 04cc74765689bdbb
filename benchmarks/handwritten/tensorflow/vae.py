"""A VAE with Bernoulli pixels: multilayer perceptrons, or convolutions."""

import tensorflow as tf
from workloads import Workload

from handwritten import keras_weights
from handwritten.tensorflow.adam import Adam
from handwritten.tensorflow.layers import (
    Conv,
    Dense,
    Doubling,
    Sequence,
    flat,
    to_float,
    to_map,
)
from handwritten.tensorflow.loop import Loop, tape_of


def _active(*layers: tf.Module) -> tf.Module:
    """The layers with a ReLU after each."""
    return Sequence(*(each for layer in layers for each in (layer, tf.nn.relu)))


def _trunk(side: int | None, layers: list) -> tf.Module:
    if side is None:
        return _active(*(Dense(**layer) for layer in layers))
    *halvings, dense = layers
    return Sequence(
        _active(*(Conv(**layer, stride=2) for layer in halvings)),
        flat,
        _active(Dense(**dense)),
    )


def _decoder(side: int | None, layers: list) -> tf.Module:
    if side is None:
        *inner, last = (Dense(**layer) for layer in layers)
        return Sequence(_active(*inner), last)
    *inner, last = (Doubling(**layer) for layer in layers[2:])
    return Sequence(
        _active(*(Dense(**layer) for layer in layers[:2])),
        to_map(side // 2 ** len(layers[2:])),
        _active(*inner),
        last,
    )


class VAE(tf.Module):
    def __init__(self, side: int | None, weights: dict):
        super().__init__()
        params, _ = keras_weights.encoder(weights["encoder"])
        layers, _ = keras_weights.convolutions(weights["decoder"])
        self.trunk = _trunk(side, params["trunk"])
        self.z_mean = Dense(**params["z_mean"])
        self.z_log_var = Dense(**params["z_log_var"])
        self.decoder = _decoder(side, layers)

    def __call__(self, x, noise):
        hidden = self.trunk(x)
        mean, log_var = to_float(self.z_mean(hidden)), to_float(self.z_log_var(hidden))
        logits = to_float(self.decoder(mean + tf.exp(0.5 * log_var) * noise))
        n = tf.cast(tf.shape(x)[0], tf.float32)
        cross_entropy = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits)
        reconstruction = -tf.reduce_sum(cross_entropy) / n
        kl = tf.reduce_sum(tf.square(mean) + tf.exp(log_var) - 1.0 - log_var) / n / 2
        return reconstruction - kl, reconstruction, kl


class VAELoop(Loop):
    def __init__(self, workload: Workload, weights: dict, jit_compile: bool):
        super().__init__(workload, jit_compile)
        side = workload.shape[0] if workload.kind == "conv_vae" else None
        self.vae = VAE(side, weights)
        self.modules = (self.vae,)
        self.adam = Adam(workload, self.vae)

    def draw(self, n):
        return {"z": tf.random.normal((n, self.latent_dim))}

    def step(self, batch, noise):
        x = tf.cast(batch[0], tf.float32) / 255.0
        tape = tape_of(self.adam.targets)
        with tape:
            elbo, reconstruction, kl = self.vae(x, noise["z"])
            loss = -elbo
        self.adam.apply(tape.gradient(loss, self.adam.targets))
        return tf.stack([elbo, reconstruction, kl])
