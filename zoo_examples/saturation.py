"""Why the generator does not minimise log(1 - D(G(z))): the saturating cost.

    KERAS_BACKEND=jax python zoo_examples/saturation.py

Goodfellow et al. (2014, section 3) let the generator maximise log D(G(z)) where the
game would have it minimise log(1 - D(G(z))). Both have the same fixed point. What
differs is the gradient where the discriminator is sure that a sample is generated,
which is where a generator starts.

Left: the size of the gradient of each cost with respect to the discriminator's logit.
Right: the discriminator is first trained alone, against a generator far from the data,
until its mean logit on generated points is -10; then both costs train from the very
same weights. Generators take steps of plain gradient descent, so that the size of the
gradient shows: Adam divides by it, and hides the effect until the gradient has fewer
digits than floating point.

Expected, in under a minute on one core, with the picture in saturation.png: at logit
-10 the minimax gradient is 4.5e-5 and the other 0.99995. From a distance of 4.1 between
the mean of the generated points and that of the data, the non-saturating cost comes to
0.1 or less within 1,000 steps (0.05 on JAX); the minimax cost does not move: 4.1.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import matplotlib
import numpy as np
from keras import ops

matplotlib.use("Agg")
from matplotlib import pyplot as plt

from keras_genzoo import GAN
from keras_genzoo.losses import get_objective
from keras_genzoo.networks import mlp_discriminator, mlp_generator
from keras_genzoo.training import input_gradient

COSTS = {
    "minimax": r"$\log(1 - D(G(z)))$, minimax",
    "non_saturating": r"$-\log D(G(z))$, non-saturating",
}
LATENT_DIM = 2
CENTRE = (4.0, 0.0)
STD = 0.5
BATCH = 128
# Steps between two points of a curve.
STRIDE = 20
SURE = -10.0


def gradient_sizes(objective: str, logits: np.ndarray) -> np.ndarray:
    """|d cost / d logit| of the generator, at each logit."""
    cost = get_objective(objective).generator
    gradient = input_gradient(
        lambda fake: cost(None, fake), ops.convert_to_tensor(logits, "float32")
    )
    return np.abs(ops.convert_to_numpy(gradient))


def make_gan(objective: str, generator_rate: float) -> GAN:
    """The same starting weights each time."""
    gan = GAN(
        mlp_generator((2,), LATENT_DIM, hidden=(64, 64), seed=0),
        mlp_discriminator((2,), hidden=(64, 64), seed=1),
        objective=objective,
        seed=0,
    )
    gan.compile(
        discriminator_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5),
        generator_optimizer=keras.optimizers.SGD(generator_rate),
    )
    return gan


def mean_fake_logit(gan: GAN) -> float:
    fakes = gan.sample(1000, seed=1)
    return float(np.mean(ops.convert_to_numpy(gan.discriminator(fakes))))


def distance(gan: GAN) -> float:
    """From the mean of the generated points to that of the data."""
    return float(np.linalg.norm(gan.sample(1000, seed=1).mean(axis=0) - CENTRE))


class UntilSure(keras.callbacks.Callback):
    """Stops when generated points have a mean logit of -10."""

    def on_epoch_end(self, epoch, logs=None):
        if mean_fake_logit(self.model) <= SURE:
            self.model.stop_training = True


class Distances(keras.callbacks.Callback):
    """The distance from the data after each epoch."""

    def on_train_begin(self, logs=None):
        self.values = [distance(self.model)]

    def on_epoch_end(self, epoch, logs=None):
        self.values.append(distance(self.model))


def draw(path: Path, logits: np.ndarray, sizes: dict, curves: dict, start: float):
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for name, label in COSTS.items():
        left.semilogy(logits, sizes[name], label=label)
        right.plot(STRIDE * np.arange(len(curves[name])), curves[name], label=label)
    left.axvline(SURE, color="0.7", linewidth=1, zorder=0)
    left.set_xlabel("the discriminator's logit of a generated sample")
    left.set_ylabel("size of the generator's gradient")
    left.set_title("the cost")
    left.legend()
    right.set_xlabel("step")
    right.set_ylabel("distance between the means")
    right.set_ylim(bottom=0)
    right.set_title(f"training from a mean logit of {start:.1f}")
    right.legend(loc="center right")
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=0.01)
    parser.add_argument("--output", type=Path, default=Path("saturation.png"))
    arguments = parser.parse_args()

    logits = np.linspace(-12, 12, 241)
    sizes = {name: gradient_sizes(name, logits) for name in COSTS}
    for name in COSTS:
        at = float(gradient_sizes(name, np.array([SURE]))[0])
        print(f"{name}: gradient {at:.5f} at logit {SURE:.0f}")

    rng = np.random.default_rng(0)
    data = CENTRE + STD * rng.standard_normal((STRIDE * BATCH, 2))
    data = data.astype("float32")
    # A generator with a learning rate of 0 stands still.
    judge = make_gan("minimax", 0.0)
    judge.fit(data, batch_size=BATCH, epochs=500, verbose=0, callbacks=[UntilSure()])
    start = mean_fake_logit(judge)
    print(f"start: mean logit {start:.1f}, distance {distance(judge):.2f}")

    curves = {}
    for name in COSTS:
        gan = make_gan(name, arguments.rate)
        gan.set_weights(judge.get_weights())
        distances = Distances()
        gan.fit(
            data,
            batch_size=BATCH,
            epochs=-(-arguments.steps // STRIDE),
            verbose=0,
            callbacks=[distances],
        )
        curves[name] = distances.values
        print(
            f"{name}: distance {distances.values[-1]:.2f} after {arguments.steps} steps"
        )
    draw(arguments.output, logits, sizes, curves, start)
    print(f"wrote {arguments.output}")


if __name__ == "__main__":
    main()
