"""The demo's pictures."""

from pathlib import Path
from typing import Any

import numpy as np

from keras_genzoo.demo.emoji import Emoji
from keras_genzoo.demo.training import Trained
from keras_genzoo.visualization import (
    image_grid,
    image_pairs,
    save_png,
    strip,
    svg_curves,
)

SCALE = 3
PAIRS = 24
COLUMNS = 8
PATHS, PATH_STEPS = 6, 9


def interpolation(vae: Any, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Decodes straight lines between the latent means of pairs of images.

    Args:
        vae: Model with `encode` and `decode`.
        starts: Images of shape `(n, height, width, channels)`.
        ends: As many images.

    Returns:
        float32 array of shape `(n, PATH_STEPS, height, width, channels)` in [0, 1].
    """
    (first, _), (last, _) = vae.encode(starts), vae.encode(ends)
    share = np.linspace(0.0, 1.0, PATH_STEPS, dtype="float32")[None, :, None]
    latents = (1 - share) * first[:, None] + share * last[:, None]
    images = vae.decode(latents.reshape(-1, latents.shape[-1]))
    return images.reshape(len(starts), PATH_STEPS, *images.shape[1:])


def save_vae_pictures(folder: Path, vae: Trained, emoji: Emoji, seed: int) -> None:
    """Writes the VAE's reconstructions, samples, interpolation and curves."""
    model = vae.model
    originals = emoji.test[:PAIRS]
    save_png(
        folder / "vae_reconstructions.png",
        image_pairs(originals, model.reconstruct(originals), COLUMNS, scale=SCALE),
    )
    samples = model.sample(COLUMNS * COLUMNS, seed=seed)
    save_png(folder / "vae_samples.png", image_grid(samples, COLUMNS, scale=SCALE))
    # Other emoji than those of the reconstructions, where there are enough.
    ends = np.resize(
        np.roll(emoji.test, -PAIRS, axis=0), (2 * PATHS, *emoji.test.shape[1:])
    )
    save_png(
        folder / "vae_interpolation.png",
        strip(interpolation(model, ends[:PATHS], ends[PATHS:]), scale=SCALE),
    )
    save_curves(
        folder / "vae_losses.svg",
        vae.history,
        {"loss": "\u2212ELBO", "kl": "KL"},
        "Negative ELBO and KL divergence of the VAE over epochs",
        "nats per image",
    )


def save_gan_pictures(folder: Path, gan: Trained, emoji: Emoji, seed: int) -> None:
    """Writes the GAN's samples and curves, and the images it learned from."""
    count = COLUMNS * COLUMNS
    save_png(
        folder / "emoji.png", image_grid(emoji.faces[:count], COLUMNS, scale=SCALE)
    )
    samples = gan.model.sample(count, seed=seed)
    save_png(folder / "gan_samples.png", image_grid(samples, COLUMNS, scale=SCALE))
    save_curves(
        folder / "gan_losses.svg",
        gan.history,
        {"discriminator_loss": "discriminator", "generator_loss": "generator"},
        "Losses of the GAN's discriminator and generator over epochs",
        "nats",
    )


def save_curves(
    path: Path,
    history: dict[str, list[float]],
    labels: dict[str, str],
    title: str,
    ylabel: str,
) -> None:
    """Writes the named curves of a history to an SVG file."""
    # Small, because the page shows it in half a column and text must stay legible.
    text = svg_curves(
        history, list(labels), title, ylabel, labels, width=480, height=320
    )
    path.write_text(text, encoding="utf-8")
