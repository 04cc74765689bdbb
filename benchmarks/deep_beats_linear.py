"""The likelihood of a deep VAE against that of the best linear one, on test images.

    KERAS_BACKEND=jax python benchmarks/deep_beats_linear.py --data fashion_mnist
    KERAS_BACKEND=jax python benchmarks/deep_beats_linear.py --data emoji

Both have a Gaussian prior, as many latents and one learned noise for all pixels; the
decoder alone differs.

Linear is probabilistic PCA: its log-likelihood is exact, at its global optimum (Tipping
and Bishop, Probabilistic Principal Component Analysis, 1999), with the moments of the
dequantised training images in expectation over the dequantising noise. Deep is a `VAE`
whose networks are a linear map plus a perceptron of 512 and 256. The linear maps start
at that optimum and its posterior, the perceptrons at 0, so that training starts from
what linear can do; without the maps 64 latents are worse than linear after 30 epochs of
Fashion-MNIST. Its log-likelihood is bounded from below by 500 importance samples.

Both are evaluated on the same dequantised images, (255 x + u) / 256 with u uniform: the
first 1,000 of the test split (all 200 of the emoji) and the first 1,000 of the training
split. In nats per dimension, pixels in [0, 1]; the difference is a mean over images,
with its standard error.

With `--json` a run that is in the file already is not run again, so that the widths can
be run one at a time.
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from keras import layers, ops

from keras_genzoo import VAE, data
from keras_genzoo.layers import soft_bound

LATENTS = (2, 10, 32, 64)
HIDDEN = (512, 256)
# Epochs, batch size, initial rate.
SETTINGS = {"fashion_mnist": (20, 200, 1e-3), "emoji": (100, 59, 1e-3)}
IMAGES = 1000
SAMPLES = 500


def dequantize(images: np.ndarray, seed: int) -> np.ndarray:
    """`(255 x + u) / 256`, float32 in [0, 1)."""
    u = np.random.default_rng(seed).random(images.shape)
    return ((images + u) / 256.0).astype("float32")


class LinearModel:
    """Probabilistic PCA of dequantised images, fitted in closed form.

    The noise u has mean 1/2 and variance 1/12 and does not depend on the image, so that
    the mean and the covariance over all its draws are known.
    """

    def __init__(self, images: np.ndarray):
        flat = images.reshape(len(images), -1)
        self.mean = (flat.mean(axis=0, dtype="float64") + 0.5) / 256.0
        covariance = np.zeros((flat.shape[1],) * 2)
        for begin in range(0, len(flat), 5000):
            centred = (flat[begin : begin + 5000] + 0.5) / 256.0 - self.mean
            covariance += centred.T @ centred / len(flat)
        values, vectors = np.linalg.eigh(covariance)
        self.eigenvalues = np.maximum(values[::-1], 0.0) + 1.0 / (12.0 * 256.0**2)
        self.directions = vectors[:, ::-1]

    def noise(self, latents: int) -> float:
        """eta, the standard deviation of what the latents leave."""
        return float(np.sqrt(self.eigenvalues[latents:].mean()))

    def log_likelihood(self, x: np.ndarray, latents: int) -> np.ndarray:
        """log p(x) of dequantised images, exact, in nats, `(n,)`."""
        centred = x.reshape(len(x), -1) - self.mean
        d = centred.shape[1]
        kept, variance = self.eigenvalues[:latents], self.noise(latents) ** 2
        squares = np.square(centred @ self.directions[:, :latents])
        rest = np.square(centred).sum(axis=1) - squares.sum(axis=1)
        log_det = np.log(kept).sum() + (d - latents) * np.log(variance)
        distance = (squares / kept).sum(axis=1) + rest / variance
        return -0.5 * (d * np.log(2.0 * np.pi) + log_det + distance)


def perceptron(x: keras.KerasTensor, hidden: tuple) -> keras.KerasTensor:
    for width in hidden:
        x = layers.Dense(width, activation="relu")(x)
    return x


def build(shape: tuple, linear: LinearModel, latents: int, seed: int) -> VAE:
    """A VAE that is probabilistic PCA until it is trained."""
    kept, noise = linear.eigenvalues[:latents], linear.noise(latents)
    # Columns of W are sqrt(lambda - eta^2) u; the posterior of such a latent is
    # N(w'(x - mean) / lambda, eta^2 / lambda).
    w = linear.directions[:, :latents] * np.sqrt(kept - noise**2)
    v = w / kept

    x = keras.Input(shape)
    flat = layers.Flatten()(x)
    hidden = perceptron(flat, HIDDEN)
    straight = layers.Dense(latents)
    bend = layers.Dense(latents, kernel_initializer="zeros")
    spread = layers.Dense(latents, kernel_initializer="zeros", activation=soft_bound)
    z_mean = layers.Add()([straight(flat), bend(hidden)])
    encoder = keras.Model(x, [z_mean, spread(hidden)])
    z = keras.Input((latents,))
    hidden = perceptron(z, HIDDEN[::-1])
    back = layers.Dense(linear.mean.size)
    bend = layers.Dense(linear.mean.size, kernel_initializer="zeros")
    pixels = layers.Add()([back(z), bend(hidden)])
    decoder = keras.Model(z, layers.Reshape(shape)(pixels))
    straight.set_weights([v, -linear.mean @ v])
    spread.bias.assign(np.log(noise**2 / kept))
    back.set_weights([w.T, linear.mean])
    model = VAE(encoder, decoder, noise="learned", pixels="dequantized", seed=seed)
    model.observation.log_scale.assign(np.log(noise))
    return model


def train(
    images: np.ndarray, linear: LinearModel, latents: int, settings: tuple, seed: int
) -> VAE:
    epochs, batch, rate = settings
    keras.utils.set_random_seed(seed)
    model = build(images.shape[1:], linear, latents, seed)
    steps = epochs * -(-len(images) // batch)
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps))
    )
    model.fit(images, batch_size=batch, epochs=epochs, verbose=0)
    return model


def bound(model: VAE, x: np.ndarray, samples: int) -> np.ndarray:
    """A lower bound on log p(x) of images that are dequantised already, `(n,)`."""
    # `model` would draw the noise of the pixels once more.
    reader = VAE(model.encoder, model.decoder, likelihood=model.observation)
    values = reader.importance_weighted_bound(x, samples=samples, seed=0)
    return values.astype("float64")


def run(
    name: str, images: dict, linear: LinearModel, latents: int, arguments, settings
) -> dict:
    """Trains one VAE from scratch and compares it with the linear model."""
    start = time.perf_counter()
    model = train(images["train"], linear, latents, settings, arguments.seed)
    seconds = time.perf_counter() - start
    record = {
        "data": name,
        "latents": latents,
        "settings": list(settings),
        "seed": arguments.seed,
        "samples": arguments.samples,
        "seconds": round(seconds, 1),
        "active_units": model.active_units(images["train"]),
        "eta": float(ops.convert_to_numpy(ops.exp(0.5 * model.observation.log_var()))),
        "linear_eta": linear.noise(latents),
    }
    d = linear.mean.size
    for split, seed in (("test", 1), ("train", 2)):
        x = dequantize(images[split][:IMAGES], seed)
        deep = bound(model, x, arguments.samples) / d
        exact = linear.log_likelihood(x, latents) / d
        difference = deep - exact
        record[split] = {
            "images": len(x),
            "vae": float(deep.mean()),
            "ppca": float(exact.mean()),
            "difference": float(difference.mean()),
            "standard_error": float(difference.std(ddof=1) / len(x) ** 0.5),
        }
    return record


def read_records(path: Path | None) -> list[dict]:
    if path is None or not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def identity(record: dict) -> tuple:
    names = ("data", "latents", "settings", "seed", "samples")
    return tuple(json.dumps(record[n]) for n in names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", choices=SETTINGS, default="fashion_mnist")
    parser.add_argument("--latents", type=int, nargs="+", default=list(LATENTS))
    parser.add_argument(
        "--epochs", type=int, help="default: fashion_mnist 20, emoji 100"
    )
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="file for every run, one a line")
    arguments = parser.parse_args()
    name = arguments.data
    epochs, *rest = SETTINGS[name]
    settings = (arguments.epochs or epochs, *rest)

    images = {s: np.asarray(data.load(name, s).images) for s in ("train", "test")}
    linear = LinearModel(images["train"])
    done = {identity(r): r for r in read_records(arguments.json)}
    records = []
    for latents in arguments.latents:
        wanted = {
            "data": name,
            "latents": latents,
            "settings": list(settings),
            "seed": arguments.seed,
            "samples": arguments.samples,
        }
        record = done.get(identity(wanted))
        if record is None:
            record = run(name, images, linear, latents, arguments, settings)
            print(record, flush=True)
            if arguments.json:
                with arguments.json.open("a") as file:
                    file.write(json.dumps(record) + "\n")
        records.append(record)

    print("\nnats per dimension; the VAE's a lower bound, pPCA's exact\n")
    print("| latents | VAE test | pPCA test | difference | VAE train | pPCA train |")
    print("|---|---|---|---|---|---|")
    for record in records:
        test, own = record["test"], record["train"]
        print(
            f"| {record['latents']} | {test['vae']:.4f} | {test['ppca']:.4f} | "
            f"{test['difference']:+.4f} ± {test['standard_error']:.4f} | "
            f"{own['vae']:.4f} | {own['ppca']:.4f} |"
        )


if __name__ == "__main__":
    main()
