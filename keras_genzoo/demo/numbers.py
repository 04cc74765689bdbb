"""What the demo measures."""

import math
import platform
from typing import Any

import keras
import numpy as np

from keras_genzoo.demo.budget import Budget
from keras_genzoo.demo.emoji import GAN_CATEGORY, VAE_CATEGORIES, Emoji
from keras_genzoo.demo.training import Trained
from keras_genzoo.version import __version__


def mean_squared_error(model: Any, images: np.ndarray) -> float:
    """Returns a VAE's reconstruction error per pixel and channel, pixels in [0, 1].

    Args:
        model: Model with `reconstruct`.
        images: uint8 images of shape `(n, height, width, channels)`.
    """
    difference = model.reconstruct(images) - images.astype("float32") / 255.0
    return float(np.mean(np.square(difference)))


def bits_per_dimension(elbo: float, dimensions: int) -> float:
    """Returns the bits for one 8-bit pixel value that an ELBO stands for.

    Args:
        elbo: Bound on the log-density of pixels in [0, 1], in nats per image.
        dimensions: Pixel values in an image.
    """
    return 8.0 - elbo / (dimensions * math.log(2.0))


def measure(
    vae: Trained, gan: Trained, emoji: Emoji, budget: Budget, seed: int
) -> dict[str, dict[str, Any]]:
    """Returns every number on the page, in groups, ready for JSON."""
    test_elbo = float(np.mean(vae.model.elbo(emoji.test, seed=seed)))
    dimensions = math.prod(emoji.test.shape[1:])
    last = {name: values[-1] for name, values in gan.history.items()}
    return {
        "vae": {
            "test_elbo_nats": test_elbo,
            "test_bits_per_dimension": bits_per_dimension(test_elbo, dimensions),
            "test_mean_squared_error": mean_squared_error(vae.model, emoji.test),
            "train_elbo_nats": vae.history["elbo"][-1],
            "train_kl_nats": vae.history["kl"][-1],
            "noise": budget.vae_noise,
            "latent_dim": budget.vae_latent_dim,
            "parameters": vae.model.count_params(),
            "train_images": len(emoji.train),
            "test_images": len(emoji.test),
            "categories": list(VAE_CATEGORIES),
            "epochs": len(vae.history["elbo"]),
            "images_per_second": vae.images_per_second,
            "seconds": vae.seconds,
        },
        "gan": {
            "discriminator_loss_nats": last["discriminator_loss"],
            "generator_loss_nats": last["generator_loss"],
            "real_accuracy": last["real_accuracy"],
            "fake_accuracy": last["fake_accuracy"],
            "latent_dim": budget.gan_latent_dim,
            "parameters": gan.model.count_params(),
            "train_images": len(emoji.faces),
            "category": GAN_CATEGORY,
            "epochs": len(gan.history["discriminator_loss"]),
            "images_per_second": gan.images_per_second,
            "seconds": gan.seconds,
        },
        "run": {
            "seed": seed,
            "backend": keras.backend.backend(),
            "keras": keras.__version__,
            "keras_genzoo": __version__,
            "python": platform.python_version(),
        },
    }
