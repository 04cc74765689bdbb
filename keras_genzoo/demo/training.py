"""The demo's two trainings."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_genzoo import networks
from keras_genzoo.callbacks import SampleGrid, Throughput
from keras_genzoo.demo.budget import Budget
from keras_genzoo.demo.progress import TrainingBar
from keras_genzoo.models import GAN, VAE

WARMUP_STEPS = 100


@dataclass(frozen=True)
class Trained:
    """A trained model with its history and what its training took.

    Args:
        model: The model.
        history: The logs, one number an epoch under each name.
        seconds: Wall time of `fit`, compilation included.
        images_per_second: Median over the epochs after the first, which compiles;
            the first where there is no other.
    """

    model: Any
    history: dict[str, list[float]]
    seconds: float
    images_per_second: float


def train_vae(images: np.ndarray, budget: Budget, seed: int, bars: Any) -> Trained:
    """Trains a VAE on uint8 images of shape `(n, 32, 32, 3)` and their mirror images.

    A mirrored emoji is one as well, and so few images are soon known by heart.
    """
    images = np.concatenate([images, images[:, :, ::-1]])
    shape, latent_dim = images.shape[1:], budget.vae_latent_dim
    hidden = budget.vae_hidden
    encoder = networks.mlp_encoder(shape, latent_dim, hidden, "elu", seed=seed)
    decoder = networks.mlp_decoder(
        shape, latent_dim, hidden[::-1], "elu", seed=seed + 1
    )
    start_at_mean(encoder, decoder, images)
    model = VAE(
        encoder,
        decoder,
        likelihood="gaussian",
        noise=budget.vae_noise,
        seed=seed,
    )
    images = whole_batches(images, budget.vae_batch_size)
    steps = budget.vae_epochs * len(images) // budget.vae_batch_size
    # Adam's first steps are as long as its later ones but point by a single batch;
    # a warm-up keeps them from spoiling the start, which ends in a worse ELBO.
    warmup = min(WARMUP_STEPS, steps // 2)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0,
        steps - warmup,
        warmup_target=budget.vae_learning_rate,
        warmup_steps=warmup,
    )
    model.compile(keras.optimizers.Adam(schedule))
    bar = TrainingBar(bars, "VAE", {"elbo": "ELBO", "kl": "KL"})
    return fit(model, images, budget.vae_batch_size, budget.vae_epochs, [bar])


def start_at_mean(
    encoder: keras.Model, decoder: keras.Model, images: np.ndarray
) -> None:
    """Sets two biases so that both networks start from the mean image.

    The encoder's first layer then sees differences from it, and the decoder answers
    with it. From zero biases, the white ground that all emoji share would first be
    learned through the latents, at a high KL, and latents from the prior, which lack
    it, would decode to black.

    Args:
        encoder: Encoder whose first layer with weights is dense.
        decoder: Decoder whose last layer with weights is dense.
        images: uint8 images of shape `(n, height, width, channels)`.
    """

    def dense(network: keras.Model) -> list[keras.layers.Dense]:
        return [x for x in network.layers if isinstance(x, keras.layers.Dense)]

    mean = images.mean(axis=0, dtype="float64").ravel().astype("float32") / 255.0
    first, last = dense(encoder)[0], dense(decoder)[-1]
    first.bias.assign(-mean @ keras.ops.convert_to_numpy(first.kernel))
    last.bias.assign(mean)


def train_gan(
    images: np.ndarray, budget: Budget, seed: int, bars: Any, frames: Path
) -> Trained:
    """Trains a GAN on uint8 images of shape `(n, 32, 32, 3)`.

    Args:
        images: The images.
        budget: How much to train.
        seed: Seed of weights and latents.
        bars: Progress bars to add one to.
        frames: Folder for the animation and its frames.
    """
    shape = images.shape[1:]
    model = GAN(
        networks.dcgan_generator(
            shape, budget.gan_latent_dim, budget.gan_width, seed=seed
        ),
        networks.dcgan_discriminator(shape, budget.gan_width, seed=seed + 1),
        seed=seed,
    )
    # beta_1 as in DCGAN (Radford, Metz and Chintala, 2016).
    model.compile(
        generator_optimizer=keras.optimizers.Adam(
            budget.gan_generator_rate, beta_1=0.5
        ),
        discriminator_optimizer=keras.optimizers.Adam(
            budget.gan_discriminator_rate, beta_1=0.5
        ),
    )
    grid = SampleGrid(
        frames, every=budget.gan_frame_every, n=36, seed=seed, gif=True, scale=2
    )
    bar = TrainingBar(
        bars, "GAN", {"discriminator_loss": "D loss", "generator_loss": "G loss"}
    )
    images = whole_batches(images, budget.gan_batch_size)
    return fit(model, images, budget.gan_batch_size, budget.gan_epochs, [bar, grid])


def whole_batches(images: np.ndarray, batch_size: int) -> np.ndarray:
    """Returns as many images as fill whole batches, or all if they fill none.

    A smaller last batch would be compiled once more.
    """
    return images[: len(images) // batch_size * batch_size or len(images)]


def fit(
    model: keras.Model,
    images: np.ndarray,
    batch_size: int,
    epochs: int,
    callbacks: list[keras.callbacks.Callback],
) -> Trained:
    """Fits `model` and returns it with what it took."""
    start = time.perf_counter()
    history = model.fit(
        images,
        batch_size=batch_size,
        epochs=epochs,
        verbose=0,
        callbacks=[Throughput(), *callbacks],
    ).history
    rates = history["images_per_second"]
    return Trained(
        model=model,
        history=history,
        seconds=time.perf_counter() - start,
        images_per_second=float(np.median(rates[1:] or rates)),
    )
