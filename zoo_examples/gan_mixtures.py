"""Mode collapse, seen: a GAN on a ring of 8 or a grid of 25 Gaussians.

    KERAS_BACKEND=jax python zoo_examples/gan_mixtures.py
    KERAS_BACKEND=jax python zoo_examples/gan_mixtures.py --data grid --method minimax

Trains one method of `benchmarks/mode_coverage.py`, draws real and generated points and
prints what they cover. The benchmark has all methods over several seeds.

Expected, about (JAX, 10,000 steps, a minute on one core; measured by the benchmark
with seed 0): `relativistic_r1_r2` finds 8 of 8 modes of the ring with 95 % of its
points near one, and 25 of 25 of the grid with 90 %; a perfect generator has 98.9 %.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import matplotlib
import numpy as np

matplotlib.use("Agg")
from keras import layers
from matplotlib import pyplot as plt

from keras_genzoo import GAN
from keras_genzoo.data import Mixture, grid_mixture, ring_mixture
from keras_genzoo.evaluation import ceiling, mode_coverage
from keras_genzoo.losses import R1, R2

MIXTURES = {"ring": ring_mixture, "grid": grid_mixture}
METHODS = {
    "minimax": {"objective": "minimax"},
    "non_saturating": {"objective": "non_saturating"},
    "ns_r1": {"objective": "non_saturating", "regularizer": R1(0.1)},
    "relativistic_r1_r2": {
        "objective": "relativistic",
        "regularizer": [R1(0.1), R2(0.1)],
    },
    "pacgan2": {"objective": "non_saturating", "pack": 2},
}
BATCH = 256
POINTS = 400 * BATCH
LATENT_DIM = 2
RATE = 4e-3
SAMPLES = 2500
# The networks see points in units in which the outermost mode has this coordinate.
REACH = 4.0


def mlp(inputs: int, outputs: int, reach: float, seed: int) -> keras.Model:
    """2 x 128 ReLU; the first layer's random biases let it look at all the modes."""
    initializers = keras.initializers
    x = first = keras.Input((inputs,))
    x = layers.Dense(
        128,
        activation="relu",
        kernel_initializer=initializers.RandomNormal(stddev=inputs**-0.5, seed=seed),
        bias_initializer=initializers.RandomUniform(-reach, reach, seed=seed + 1),
    )(x)
    x = layers.Dense(
        128,
        activation="relu",
        kernel_initializer=initializers.GlorotUniform(seed + 2),
    )(x)
    x = layers.Dense(outputs, kernel_initializer=initializers.GlorotUniform(seed + 3))(
        x
    )
    return keras.Model(first, x)


def train(method: str, points: np.ndarray, steps: int, seed: int) -> GAN:
    options = METHODS[method]
    gan = GAN(
        mlp(LATENT_DIM, 2, 2.0, 100 * seed),
        mlp(2 * options.get("pack", 1), 1, REACH, 100 * seed + 10),
        seed=seed,
        **options,
    )

    def adam():
        rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
        return keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.99)

    gan.compile(discriminator_optimizer=adam(), generator_optimizer=adam())
    epochs = -(-steps * BATCH // POINTS)
    gan.fit(points, batch_size=BATCH, epochs=epochs, verbose=2)
    return gan


def draw(path: Path, mixture: Mixture, samples: np.ndarray, title: str) -> None:
    figure, axes = plt.subplots(1, 2, figsize=(9, 4.6), layout="constrained")
    reach = 1.3 * np.abs(mixture.means).max()
    for ax, points, name in zip(
        axes,
        (mixture.sample(len(samples), seed=0), samples),
        ("data", f"generated: {title}"),
        strict=True,
    ):
        ax.scatter(*points.T, s=4, alpha=0.3, linewidths=0)
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", title=name)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=MIXTURES, default="ring")
    parser.add_argument("--method", choices=METHODS, default="relativistic_r1_r2")
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=Path("gan_mixtures.png"))
    arguments = parser.parse_args()

    mixture = MIXTURES[arguments.data]()
    unit = np.float32(np.abs(mixture.means).max() / REACH)
    points = mixture.sample(POINTS, seed=arguments.seed) / unit
    gan = train(arguments.method, points, arguments.steps, arguments.seed)
    samples = gan.sample(SAMPLES, seed=arguments.seed) * unit
    result = mode_coverage(samples, mixture)
    print(f"{arguments.method} on the {arguments.data}: {result}")
    print(ceiling(mixture, SAMPLES))
    title = f"{result.modes} of {result.n_modes}, {result.high_quality:.0%} near"
    draw(arguments.output, mixture, samples, title)
    print(f"wrote {arguments.output}")


if __name__ == "__main__":
    main()
