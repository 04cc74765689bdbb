"""What the KL term does: one VAE trained with four weights of it.

    KERAS_BACKEND=jax python zoo_examples/kl_term.py

The loss is -reconstruction + beta * KL (Higgins et al., beta-VAE, 2017; beta = 1 is the
ELBO). Networks, noise, seeds and steps are the same for each beta.

With 32 latents, `pictures.png`: test images, and for each beta their reconstructions
and samples from the prior. With 2 latents, `latents.png`: the posteriors of the test
images as ellipses of two standard deviations, and the prior's two circles.

The noise is fixed at 1: with a small one the KL term would count for little beside a
reconstruction of thousands of nats.

Expected (JAX, test images, 4 minutes on two cores), the prior covered being the share
of its draws within two standard deviations of some posterior:

           32 latents                        2 latents
    beta   KL, nats    ELBO  posterior std   KL, nats  prior covered
    0           269   -3124         0.0063       49.8             0%
    0.25       31.5   -2895         0.42          7.1            43%
    1          11.0   -2887         0.75          4.5            77%
    4           3.4   -2899         0.91          2.6            97%

At beta = 0 every posterior shrinks to a point, reconstructions are sharpest and draws
from the prior are noise; at 1 the ELBO is best and they are flags and faces; at 4 all
of them are near the mean.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from matplotlib.collections import EllipseCollection
from matplotlib.figure import Figure

from keras_genzoo import VAE, data, networks

BETAS = (0.0, 0.25, 1.0, 4.0)
LATENTS = (2, 32)
NOISE = 1.0
BATCH = 29
SHOWN = 12


def train(images: np.ndarray, latents: int, beta: float, epochs: int) -> VAE:
    """The same start and the same draws for each beta."""
    keras.utils.set_random_seed(0)
    shape = images.shape[1:]
    model = VAE(
        networks.mlp_encoder(shape, latents, seed=0),
        networks.mlp_decoder(shape, latents, seed=1),
        noise=NOISE,
        beta=beta,
        seed=0,
    )
    steps = epochs * -(-len(images) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(1e-3, steps)
    model.compile(keras.optimizers.Adam(rate))
    model.fit(images, batch_size=BATCH, epochs=epochs, verbose=0)
    return model


def share_covered(model: VAE, images: np.ndarray, draws: int = 2000) -> float:
    """Of draws from the prior: within 2 standard deviations of some posterior?

    Where no training image was encoded nearby the decoder has never been asked.
    """
    z_mean, z_log_var = model.encode(images)
    z = np.random.default_rng(0).standard_normal((draws, model.latent_dim))
    covered = np.zeros(draws, dtype=bool)
    for mean, log_var in zip(z_mean, z_log_var, strict=True):
        distance = (np.square(z - mean) * np.exp(-log_var.astype("float64"))).sum(
            axis=1
        )
        covered |= distance < 4.0
    return float(covered.mean())


def measure(model: VAE, train_images: np.ndarray, test_images: np.ndarray) -> dict:
    logs = model.evaluate(test_images, batch_size=200, verbose=0, return_dict=True)
    _, z_log_var = model.encode(test_images)
    return {
        "reconstruction": logs["reconstruction"],
        "kl": logs["kl"],
        "elbo": logs["elbo"],
        "active": model.active_units(train_images),
        "std": float(np.exp(0.5 * z_log_var).mean()),
        "covered": share_covered(model, train_images)
        if model.latent_dim == 2
        else None,
    }


def spell(latents: int, rows: dict) -> None:
    covered = "   prior covered" if latents == 2 else ""
    print(f"\n{latents} latents, test images, nats")
    print(f"  beta  reconstruction       kl     elbo  active  posterior std{covered}")
    for beta, row in rows.items():
        print(
            f"{beta:6g} {row['reconstruction']:15.0f} {row['kl']:8.1f} "
            f"{row['elbo']:8.0f} {row['active']:7d} {row['std']:14.2g}",
            "" if row["covered"] is None else f"{row['covered']:14.0%}",
        )


def draw_pictures(path: Path, models: dict, images: np.ndarray) -> None:
    rows = [("test images", images / 255.0)]
    for beta, model in models.items():
        rows.append((f"$\\beta$ = {beta:g}\nreconstructed", model.reconstruct(images)))
        rows.append(
            (f"$\\beta$ = {beta:g}\nfrom the prior", model.sample(len(images), seed=0))
        )
    figure = Figure(figsize=(9.5, 0.72 * len(rows)))
    axes = figure.subplots(
        len(rows),
        len(images),
        gridspec_kw={
            "left": 0.12,
            "right": 0.99,
            "top": 0.99,
            "bottom": 0.01,
            "wspace": 0.05,
            "hspace": 0.05,
        },
    )
    for line, (label, pictures) in zip(axes, rows, strict=True):
        for axis, picture in zip(line, pictures, strict=True):
            axis.imshow(picture, interpolation="nearest")
            axis.set_xticks([])
            axis.set_yticks([])
            axis.spines[:].set_visible(False)
        line[0].set_ylabel(
            label, rotation=0, ha="right", va="center", labelpad=8, fontsize=9
        )
    figure.savefig(path, dpi=130)


def draw_latents(path: Path, models: dict, rows: dict, images, labels) -> None:
    figure = Figure(figsize=(11, 11), layout="constrained")
    for axis, (beta, model) in zip(
        figure.subplots(2, 2).flat, models.items(), strict=True
    ):
        z_mean, z_log_var = model.encode(images)
        diameters = 4.0 * np.exp(0.5 * z_log_var)
        ellipses = EllipseCollection(
            *diameters.T,
            np.zeros(len(z_mean)),
            units="xy",
            offsets=z_mean,
            offset_transform=axis.transData,
            array=labels,
            cmap="tab10",
            alpha=0.35,
        )
        axis.add_collection(ellipses)
        axis.scatter(*z_mean.T, c=labels, cmap="tab10", s=6)
        angle = np.linspace(0.0, 2.0 * np.pi, 200)
        for radius in (1.0, 2.0):
            axis.plot(radius * np.cos(angle), radius * np.sin(angle), "k:", lw=1)
        axis.set_aspect("equal", adjustable="datalim")
        axis.set_title(
            f"$\\beta$ = {beta:g}: KL {rows[beta]['kl']:.1f} nats, posterior std "
            f"{rows[beta]['std']:.2g}"
        )
        axis.set_xlabel("z[0]")
        axis.set_ylabel("z[1]")
    figure.savefig(path, dpi=100)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--out", type=Path, default=Path("kl_term"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    train_set, test_set = data.load("emoji"), data.load("emoji", "test")
    images, test_images = np.asarray(train_set.images), np.asarray(test_set.images)

    for latents in LATENTS:
        models = {
            beta: train(images, latents, beta, arguments.epochs) for beta in BETAS
        }
        rows = {
            beta: measure(model, images, test_images) for beta, model in models.items()
        }
        spell(latents, rows)
        if latents == 2:
            draw_latents(
                arguments.out / "latents.png",
                models,
                rows,
                test_images,
                test_set.labels,
            )
        else:
            shown = test_images[:: len(test_images) // SHOWN][:SHOWN]
            draw_pictures(arguments.out / "pictures.png", models, shown)


if __name__ == "__main__":
    main()
