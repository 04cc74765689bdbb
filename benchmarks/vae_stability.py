"""Does a VAE's training end finite, with its latents in use?

    KERAS_BACKEND=jax python benchmarks/vae_stability.py

1. 20 runs: learning rates of Adam from 1e-4 to 1e-2, 5 seeds each, of a convolutional
   VAE with 64 latents and learned noise on the emoji. Each must end with finite weights
   and a finite ELBO; printed are the noise eta, and the largest |log-variance| that any
   posterior took at the end of an epoch, which an exponential turns into a variance.
2. Posterior collapse: a decoder of six wide layers and a noise so large that most
   latents are worth less than their divergence. How many of 64 latents are active
   (the variance of their posterior mean over the images is above 0.01; Burda, Grosse
   and Salakhutdinov, 2016) after plain training, and after KL warm-up (Bowman et al.,
   2016) with free bits (Kingma et al., 2016).

Measured (JAX). 1: all 20 ended finite, |z_log_var| at most 9.1, eta from 0.97 (rate
1e-4) to 0.21 (1e-2); 64 latents active but for one seed at 1e-2, which has none left.
2: a minute a run, one core:

    training             seed   ELBO    KL   active units of 64
    plain                0     -4980   0.8    9
    warm-up, free bits   0     -4978   5.7   64
    plain                1     -4980   0.9    9
    warm-up, free bits   1     -4979   5.8   64

At rates of 5e-3 and above such a decoder can also die in training, all its latents
with it; warm-up and free bits then saved three of six runs: they do not make up for a
rate that is too high.
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from keras import ops

from keras_genzoo import VAE, data, networks
from keras_genzoo.training import LinearWarmup

LATENT_DIM = 64
BATCH = 59
RATES = (1e-4, 1e-3, 3e-3, 1e-2)
SEEDS = 5
WIDTH = 16
# Hidden layers of the strong decoder, its noise, its rate, free nats of each latent.
STRONG = (512,) * 6
NOISE = 2.0
STRONG_RATE = 1e-3
FREE_BITS = 0.1


class Extremes(keras.callbacks.Callback):
    """The largest |z_log_var| over the images at the end of any epoch."""

    def __init__(self, images: np.ndarray):
        super().__init__()
        self.images = images
        self.log_var = 0.0

    def on_epoch_end(self, epoch, logs=None):
        _, z_log_var = self.model.encode(self.images)
        # NaN stays: `max` would lose it.
        self.log_var = float(np.maximum(self.log_var, np.abs(z_log_var).max()))


def eta(model: VAE) -> float:
    return float(ops.convert_to_numpy(ops.exp(0.5 * model.observation.log_var())))


def all_finite(model: VAE) -> bool:
    return all(np.isfinite(w).all() for w in model.get_weights())


def stability_run(images: np.ndarray, rate: float, seed: int, epochs: int) -> dict:
    """One VAE, trained from scratch at a constant rate."""
    keras.utils.set_random_seed(seed)
    shape = images.shape[1:]
    model = VAE(
        networks.conv_encoder(shape, LATENT_DIM, WIDTH, seed=10 * seed),
        networks.conv_decoder(shape, LATENT_DIM, WIDTH, seed=10 * seed + 1),
        noise="learned",
        seed=seed,
    )
    model.compile(keras.optimizers.Adam(rate))
    extremes = Extremes(images)
    start = time.perf_counter()
    history = model.fit(
        images, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=[extremes]
    ).history
    elbo = history["elbo"][-1]
    return {
        "rate": rate,
        "seed": seed,
        "epochs": epochs,
        "elbo": elbo,
        "lowest_elbo": float(np.min(history["elbo"])),
        "eta": eta(model),
        "log_var": extremes.log_var,
        "active_units": model.active_units(images),
        "finite": bool(np.isfinite(elbo)) and all_finite(model),
        "seconds": round(time.perf_counter() - start, 1),
    }


def collapse_run(images: np.ndarray, remedy: bool, seed: int, epochs: int) -> dict:
    """A VAE with a strong decoder, plain or with warm-up and free bits."""
    keras.utils.set_random_seed(seed)
    shape = images.shape[1:]
    steps = epochs * -(-len(images) // BATCH)
    options = {}
    if remedy:
        options = {"beta": LinearWarmup(steps // 2), "free_bits": FREE_BITS}
    model = VAE(
        networks.conv_encoder(shape, LATENT_DIM, WIDTH, seed=10 * seed),
        networks.mlp_decoder(shape, LATENT_DIM, STRONG, seed=10 * seed + 1),
        noise=NOISE,
        seed=seed,
        **options,
    )
    model.compile(keras.optimizers.Adam(STRONG_RATE))
    start = time.perf_counter()
    history = model.fit(images, batch_size=BATCH, epochs=epochs, verbose=0).history
    return {
        "remedy": remedy,
        "seed": seed,
        "epochs": epochs,
        "elbo": history["elbo"][-1],
        "kl": history["kl"][-1],
        "eta": eta(model),
        "active_units": model.active_units(images),
        "seconds": round(time.perf_counter() - start, 1),
    }


def spell_stability(records: list[dict]) -> None:
    print("\n| rate | seed | ELBO | eta | largest |z_log_var| | active | finite |")
    print("|---|---|---|---|---|---|---|")
    for r in records:
        print(
            f"| {r['rate']:g} | {r['seed']} | {r['elbo']:.0f} | {r['eta']:.3f} | "
            f"{r['log_var']:.1f} | {r['active_units']} | "
            f"{'yes' if r['finite'] else 'NO'} |"
        )
    finite = sum(r["finite"] for r in records)
    print(f"\n{finite} of {len(records)} runs ended finite\n")


def spell_collapse(records: list[dict]) -> None:
    print(f"| training | seed | ELBO | KL | active units of {LATENT_DIM} |")
    print("|---|---|---|---|---|")
    for r in records:
        training = "warm-up, free bits" if r["remedy"] else "plain"
        print(
            f"| {training} | {r['seed']} | {r['elbo']:.0f} | {r['kl']:.1f} | "
            f"{r['active_units']} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=10, help="of each of the 20 runs")
    parser.add_argument(
        "--collapse-epochs", type=int, default=20, help="of each strong decoder"
    )
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--collapse-seeds", type=int, default=2)
    parser.add_argument("--json", type=Path, help="file for every run, one a line")
    arguments = parser.parse_args()
    images = np.asarray(data.load("emoji").images)

    def keep(record: dict) -> dict:
        print(record, flush=True)
        if arguments.json:
            with arguments.json.open("a") as file:
                file.write(json.dumps(record) + "\n")
        return record

    stability = [
        keep(stability_run(images, rate, seed, arguments.epochs))
        for rate in RATES
        for seed in range(arguments.seeds)
    ]
    collapse = [
        keep(collapse_run(images, remedy, seed, arguments.collapse_epochs))
        for seed in range(arguments.collapse_seeds)
        for remedy in (False, True)
    ]
    spell_stability(stability)
    spell_collapse(collapse)
    if not all(r["finite"] for r in stability):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
