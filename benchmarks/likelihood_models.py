"""The four models of the likelihood benchmark: networks, training, files.

Decoders are those of Wu et al., On the Quantitative Analysis of Decoder-Based
Generative Models, 2017, tanh with a sigmoid at the end, and so are the encoders. The
paper does not say how its GANs' discriminators looked; those here are the library's.
"""

from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from keras import layers

import keras_genzoo as gz
from keras_genzoo.losses import R1

SHAPE = (28, 28, 1)
# Hidden layers of encoder and decoder by the number of latents.
HIDDEN = {
    10: ((256, 64), (64, 256, 256, 1024)),
    50: ((1024, 256, 256, 64), (1024, 1024, 1024)),
}
DISCRIMINATOR = (512, 256)
BATCH = 100
# Of a VAE in training, by the number of latents. A learned one follows the few training
# images down: with 10 latents to 0.043 after 200 epochs, where the importance-weighted
# bound of the images kept out is -3,164 nats.
VAE_NOISE = {10: 0.15, 50: 0.1}
VAE_RATE, GAN_RATE = 1e-3, 5e-4
# Of the penalty on real images, computed in one of `EVERY` steps.
GAMMA, EVERY = 0.5, 4


class Kind(NamedTuple):
    """A row of the table."""

    family: str
    latents: int


MODELS = {
    "VAE-50": Kind("vae", 50),
    "GAN-50": Kind("gan", 50),
    "VAE-10": Kind("vae", 10),
    "GAN-10": Kind("gan", 10),
}


class Trained(NamedTuple):
    """What is evaluated; a GAN has no encoder."""

    decoder: keras.Model
    encoder: keras.Model | None = None


def decoder(latents: int, seed: int) -> keras.Model:
    z = keras.Input((latents,))
    x = gz.networks.mlp_decoder(
        SHAPE, latents, HIDDEN[latents][1], activation="tanh", seed=seed
    )(z)
    return keras.Model(z, layers.Activation("sigmoid")(x), name="decoder")


def build_vae(latents: int, steps: int, seed: int) -> gz.VAE:
    """Trained on pixels dequantised anew at each visit."""
    encoder = gz.networks.mlp_encoder(
        SHAPE, latents, HIDDEN[latents][0], activation="tanh", seed=10 * seed
    )
    model = gz.VAE(
        encoder,
        decoder(latents, 10 * seed + 1),
        noise=VAE_NOISE[latents],
        pixels="dequantized",
        seed=seed,
    )
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(VAE_RATE, steps))
    )
    return model


def build_gan(latents: int, steps: int, half_life: float, seed: int) -> gz.GAN:
    """Trained on pixels as they are: from smooth outputs a discriminator would tell
    dequantised ones at once."""
    model = gz.GAN(
        decoder(latents, 10 * seed),
        gz.networks.mlp_discriminator(
            SHAPE, DISCRIMINATOR, activation="leaky_relu", seed=10 * seed + 1
        ),
        regularizer=R1(GAMMA, every=EVERY),
        average_half_life=half_life,
        value_range=(0.0, 1.0),
        seed=seed,
    )

    def adam() -> keras.optimizers.Optimizer:
        rate = keras.optimizers.schedules.CosineDecay(GAN_RATE, steps)
        return keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.99, epsilon=1e-8)

    model.compile(discriminator_optimizer=adam(), generator_optimizer=adam())
    return model


def train(name: str, images: np.ndarray, epochs: int, seed: int) -> Trained:
    """Trains a model from scratch on `uint8` images `(n, 28, 28, 1)`."""
    keras.utils.set_random_seed(seed)
    family, latents = MODELS[name]
    # A last, smaller batch would be compiled once more.
    images = images[: len(images) // BATCH * BATCH]
    steps = epochs * len(images) // BATCH
    if family == "vae":
        model = build_vae(latents, steps, seed)
    else:
        # A fiftieth of the training.
        model = build_gan(latents, steps, steps * BATCH / 50, seed)
    model.fit(images, batch_size=BATCH, epochs=epochs, verbose=0)
    if family == "gan":
        # The averaged generator makes the samples, so it is the one to judge.
        return Trained(model.average_generator)
    return Trained(model.decoder, model.encoder)


def save(trained: Trained, folder: Path) -> None:
    """One file for each network."""
    folder.mkdir(parents=True, exist_ok=True)
    if trained.encoder is not None:
        trained.encoder.save(folder / "encoder.keras")
    trained.decoder.save(folder / "decoder.keras")


def load(folder: Path) -> Trained:
    """What `save` wrote."""
    encoder = folder / "encoder.keras"
    return Trained(
        keras.saving.load_model(folder / "decoder.keras", compile=False),
        keras.saving.load_model(encoder, compile=False) if encoder.exists() else None,
    )
