"""How many of 1,000 modes a GAN finds: three digits stacked as the colours of an image.

    KERAS_BACKEND=jax python benchmarks/stacked_digits.py [--steps 10000] [--seeds 3]

The reduced form of the stacked MNIST protocol (Srivastava et al., VEEGAN, 2017; Lin et
al., PacGAN, 2018), with scikit-learn's 8x8 digits: 128,000 random triples for training,
10,000 samples, each colour's digit read by a support vector machine, the modes counted
and the Kullback-Leibler divergence of their frequencies from the uniform. Printed
beside it are the classifier's accuracy on digits that it was not trained on, what the
same count gives for real triples, and the closed-form ceiling of so many perfect
samples.

All methods share networks (perceptrons of 2 x 256) and Adam's numbers.
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

import keras_genzoo as gz
from keras_genzoo.evaluation import class_ceiling, class_coverage
from keras_genzoo.losses import R1, R2
from keras_genzoo.visualization import image_grid, save_png

TRIPLES = 128_000
SAMPLES = 10_000
BATCH = 128
SHAPE = (8, 8, 3)
LATENT_DIM = 64
HIDDEN = (256, 256)
METHODS = {
    "gan": {},
    "pacgan2": {"pack": 2},
    "relativistic_r1_r2": {
        "objective": "relativistic",
        "regularizer": [R1(1.0), R2(1.0)],
    },
}


def stack(digits: np.ndarray, n: int, seed: int) -> np.ndarray:
    """n triples of digits `(n, 8, 8, 3)`, drawn at random."""
    chosen = np.random.default_rng(seed).integers(0, len(digits), (n, 3))
    return np.moveaxis(digits[chosen], 1, -1)


class Reader:
    """Reads the number of a stacked image; knows its accuracy on unseen digits."""

    def __init__(self, digits: np.ndarray, labels: np.ndarray):
        flat = digits.reshape(len(digits), -1)
        seen, unseen, seen_labels, unseen_labels = train_test_split(
            flat, labels, test_size=0.3, random_state=0, stratify=labels
        )
        self.accuracy = _machine().fit(seen, seen_labels).score(unseen, unseen_labels)
        self.machine = _machine().fit(flat, labels)

    def __call__(self, images: np.ndarray) -> np.ndarray:
        digits = np.moveaxis(images, -1, 1).reshape(-1, 64)
        hundreds, tens, ones = self.machine.predict(digits).reshape(-1, 3).T
        return 100 * hundreds + 10 * tens + ones


def _machine() -> SVC:
    return SVC(C=10.0, gamma=0.25)


def build(method: str, steps: int, seed: int) -> keras.Model:
    """One method's model, compiled; rates fall to 0 along half a cosine."""
    options = METHODS[method]
    model = gz.GAN(
        gz.networks.mlp_generator(
            SHAPE, LATENT_DIM, HIDDEN, output_activation="tanh", seed=10 * seed
        ),
        gz.networks.mlp_discriminator(
            SHAPE, HIDDEN, pack=options.get("pack", 1), seed=10 * seed + 1
        ),
        seed=seed,
        **options,
    )

    def adam() -> keras.optimizers.Optimizer:
        rate = keras.optimizers.schedules.CosineDecay(5e-4, steps)
        return keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.99, epsilon=1e-8)

    model.compile(discriminator_optimizer=adam(), generator_optimizer=adam())
    return model


def run(method: str, steps: int, seed: int, digits: np.ndarray, reader: Reader) -> dict:
    """Trains one model from scratch and counts what its samples show."""
    keras.utils.set_random_seed(seed)
    model = build(method, steps, seed)
    batch = BATCH * model.pack
    triples = stack(digits, TRIPLES, seed)
    epochs = -(-steps * batch // TRIPLES)
    start = time.perf_counter()
    model.fit(triples, batch_size=batch, epochs=epochs, verbose=0)
    seconds = time.perf_counter() - start
    samples = model.sample(SAMPLES, seed=seed)
    found = class_coverage(reader(samples), 1000)
    return {
        "method": method,
        "seed": seed,
        "steps": epochs * TRIPLES // batch,
        "seconds": round(seconds, 1),
        "modes": found.modes,
        "kl": found.reverse_kl,
        "samples": samples[:64],
    }


def spell(values: list[float], digits: int) -> str:
    """`mean±standard error`."""
    mean = f"{statistics.mean(values):.{digits}f}"
    if len(values) == 1:
        return mean
    return f"{mean}±{statistics.stdev(values) / len(values) ** 0.5:.{digits}f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="file for every run, one a line")
    parser.add_argument("--pictures", type=Path, help="folder for grids of samples")
    arguments = parser.parse_args()
    bunch = load_digits()
    digits = (bunch.images / 16.0).astype("float32")
    reader = Reader(digits, bunch.target)
    real = class_coverage(reader(stack(digits, SAMPLES, seed=99)), 1000)
    records = []
    for seed in range(arguments.seeds):
        for method in arguments.methods:
            record = run(method, arguments.steps, seed, digits, reader)
            samples = record.pop("samples")
            records.append(record)
            print(record, flush=True)
            if arguments.json:
                with arguments.json.open("a") as file:
                    file.write(json.dumps(record) + "\n")
            if arguments.pictures:
                save_png(
                    arguments.pictures / f"{method}_{seed}.png",
                    image_grid(samples, scale=3),
                )
    print(f"\nclassifier accuracy on unseen digits: {reader.accuracy:.2%}\n")
    print("| method | modes of 1,000 | KL |\n|---|---|---|")
    for method in arguments.methods:
        mine = [r for r in records if r["method"] == method]
        modes, kl = ([r[k] for r in mine] for k in ("modes", "kl"))
        print(f"| {method} | {spell(modes, 1)} | {spell(kl, 3)} |")
    ceiling = class_ceiling(1000, SAMPLES)
    print(f"| real triples | {real.modes} | {real.reverse_kl:.3f} |")
    print(f"| perfect generator | {ceiling.modes:.1f} | {ceiling.reverse_kl:.3f} |")


if __name__ == "__main__":
    main()
