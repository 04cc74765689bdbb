"""log p(x) - ELBO, where both are known: in a linear model.

    KERAS_BACKEND=jax python zoo_examples/elbo_gap.py

x = W z + noise is Gaussian, so log p(x) is exact, and so is its posterior, with the
precision M / eta^2, M = W'W + eta^2 I. A VAE's posterior has a diagonal covariance; the
best one leaves the gap 1/2 (sum log M_jj - log |M|). Rotating the latents, W R, does
not change log p(x) but changes M: there is no gap only where the columns of W are
orthogonal (Lucas, Tucker, Grosse and Norouzi, Don't Blame the ELBO!, 2019).

1. For a rotated W the gap is the same for every x.
2. The importance-weighted bound (Burda, Grosse and Salakhutdinov, 2016) closes it with
   more samples k, at last as chi^2 / 2k.
3. So does training: log p(x) is at its optimum from the start, and the ELBO turns the
   decoder until its columns are orthogonal. They are then the principal components.

Expected (JAX, half a minute): a gap of 0.2228 nats in closed form, for every x; bounds
0.2266, 0.0624, 0.0109 and 0.0022 below log p(x) for k = 1, 5, 50, 500; after training
a gap of 0.0002, log p(x) as before to 0.0001 (on the way it dips by 0.04).
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

from keras_genzoo import VAE, networks

FEATURES, NOISE = 8, 0.8
# Lengths of the principal columns of W.
LENGTHS = (2.0, 1.5, 1.0, 0.5)
LATENTS = len(LENGTHS)
SAMPLES = (1, 5, 50, 500)
BATCH = 200


def random_rotation(n: int, seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))[0]


def log_marginal(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """log p(x) of each row, exact."""
    covariance = w @ w.T + NOISE**2 * np.eye(len(w))
    _, log_det = np.linalg.slogdet(covariance)
    distance = (x * np.linalg.solve(covariance, x.T).T).sum(axis=1)
    return -0.5 * (len(w) * np.log(2.0 * np.pi) + log_det + distance)


def precision(w: np.ndarray) -> np.ndarray:
    """M, the posterior's precision times eta^2."""
    return w.T @ w + NOISE**2 * np.eye(w.shape[1])


def best_posterior(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """V and the variances of the best q(z | x) = N(V x, diag(variances))."""
    m = precision(w)
    return np.linalg.solve(m, w.T), NOISE**2 / np.diag(m)


def exact_elbo(x, w, v, variances) -> np.ndarray:
    """The ELBO of each row, in closed form."""
    z_mean = x @ v.T
    squares = np.square(x - z_mean @ w.T).sum(axis=1)
    squares = squares + (variances * np.square(w).sum(axis=0)).sum()
    log_likelihood = -0.5 * (
        w.shape[0] * np.log(2.0 * np.pi * NOISE**2) + squares / NOISE**2
    )
    kl = 0.5 * (
        np.square(z_mean).sum(axis=1) + (variances - 1.0 - np.log(variances)).sum()
    )
    return log_likelihood - kl


def closed_form_gap(w: np.ndarray) -> float:
    m = precision(w)
    return float(0.5 * (np.log(np.diag(m)).sum() - np.linalg.slogdet(m)[1]))


def chi_squared(w: np.ndarray) -> float:
    """The chi^2 divergence of q(z | x) from the true posterior, finite for this W."""
    true = precision(w) / NOISE**2
    own = np.diag(np.diag(true))
    log_dets = [np.linalg.slogdet(a)[1] for a in (own, true, 2.0 * true - own)]
    # Two covariances with one mean.
    return float(np.exp(-0.5 * log_dets[0] + log_dets[1] - 0.5 * log_dets[2]) - 1.0)


def largest_cosine(w: np.ndarray) -> float:
    """Of the angle between two columns of W; 0 where all are orthogonal."""
    w = w / np.linalg.norm(w, axis=0)
    return float(np.abs(w.T @ w - np.eye(w.shape[1])).max())


def linear_vae(w: np.ndarray) -> VAE:
    """A VAE with this decoder and the encoder that is best for it."""
    shape = (len(w),)
    model = VAE(
        networks.mlp_encoder(shape, w.shape[1], hidden=(), seed=0),
        networks.mlp_decoder(shape, w.shape[1], hidden=(), seed=1),
        noise=NOISE,
        seed=0,
    )
    v, variances = best_posterior(w)
    model.encoder.get_layer("z_mean").kernel.assign(v.T)
    model.encoder.get_layer("z_log_var").bias.assign(np.log(variances))
    model.decoder.layers[-1].kernel.assign(w.T)
    return model


def weights(model: VAE) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`(W, V, variances)`, what an exact ELBO needs; biases stay near 0 and are left
    out."""
    w = model.decoder.layers[-1].kernel
    v = model.encoder.get_layer("z_mean").kernel
    log_var = model.encoder.get_layer("z_log_var").bias
    w, v, log_var = (ops.convert_to_numpy(a).astype("float64") for a in (w, v, log_var))
    return w.T, v.T, np.exp(log_var)


class Record(keras.callbacks.Callback):
    """log p(x), the ELBO and the largest cosine after each epoch, in closed form."""

    def __init__(self, x: np.ndarray):
        super().__init__()
        self.x = x
        self.rows = []

    def on_train_begin(self, logs=None):
        self.on_epoch_end(-1)

    def on_epoch_end(self, epoch, logs=None):
        w, v, variances = weights(self.model)
        self.rows.append(
            (
                log_marginal(self.x, w).mean(),
                exact_elbo(self.x, w, v, variances).mean(),
                largest_cosine(w),
            )
        )


def maximum_likelihood(x: np.ndarray) -> np.ndarray:
    """The W of highest likelihood for centred data and this noise, columns orthogonal.

    Tipping and Bishop, Probabilistic Principal Component Analysis, 1999.
    """
    values, vectors = np.linalg.eigh(x.T @ x / len(x))
    return vectors[:, ::-1][:, :LATENTS] * np.sqrt(values[::-1][:LATENTS] - NOISE**2)


def draw(path: Path, exact, gaps, gap, bounds, chi, curves) -> None:
    figure, axes = plt.subplots(2, 2, figsize=(10, 7.5), layout="constrained")
    axis = axes[0, 0]
    axis.plot(exact, gaps, ".", markersize=3, label="model.elbo, 2,000 draws")
    axis.axhline(gap, color="C3", label="closed form")
    axis.set_ylim(0, 2 * gap)
    axis.set_xlabel("log p(x), nats")
    axis.set_ylabel("log p(x) - ELBO, nats")
    axis.set_title("the gap of each x, decoder rotated")
    axis.legend()

    axis = axes[0, 1]
    means, errors = np.array(list(bounds.values())).T
    axis.errorbar(list(bounds), means, errors, fmt="o", capsize=3, label="mean gap")
    axis.plot(SAMPLES, chi / (2.0 * np.array(SAMPLES)), "C3--", label=r"$\chi^2 / 2k$")
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlabel("importance samples k")
    axis.set_ylabel("log p(x) - bound, nats")
    axis.set_title("more samples")
    axis.legend()

    log_p, elbo, cosine = curves
    axis = axes[1, 0]
    axis.plot(log_p, label="log p(x)")
    axis.plot(elbo, label="ELBO")
    axis.set_xlabel("epoch")
    axis.set_ylabel("nats, mean over x")
    axis.set_title("training turns the decoder")
    axis.legend()

    axis = axes[1, 1]
    axis.plot(cosine, "C2")
    axis.set_ylim(bottom=0)
    axis.set_xlabel("epoch")
    axis.set_ylabel("largest |cosine| between two columns of W")
    axis.set_title("until its columns are orthogonal")
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--output", type=Path, default=Path("elbo_gap.png"))
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)

    rng = np.random.default_rng(0)
    columns = random_rotation(FEATURES, seed=2)[:, :LATENTS] * LENGTHS
    x = rng.normal(size=(arguments.examples, LATENTS)) @ columns.T
    x = x + NOISE * rng.normal(size=x.shape)
    x = (x - x.mean(axis=0)).astype("float32").astype("float64")
    w = maximum_likelihood(x) @ random_rotation(LATENTS, seed=14)
    model = linear_vae(w)
    log_p = log_marginal(x, w)

    gap = closed_form_gap(w)
    exact = log_p - exact_elbo(x, w, *best_posterior(w))
    few = x[:500].astype("float32")
    estimated = log_p[:500] - model.elbo(few, samples=2000, seed=0)
    print(f"gap in closed form          {gap:.4f} nats")
    print(f"exact, of each x            {exact.min():.4f} to {exact.max():.4f}")
    print(
        f"model.elbo, 500 x           {estimated.mean():.4f}, a standard deviation of "
        f"{estimated.std():.3f} between x"
    )

    chi = chi_squared(w)
    bounds = {}
    print("   k   log p(x) - bound        chi^2 / 2k")
    for k in SAMPLES:
        bound = model.importance_weighted_bound(x.astype("float32"), samples=k, seed=k)
        differences = log_p - bound
        error = differences.std() / len(x) ** 0.5
        bounds[k] = float(differences.mean()), float(error)
        print(f"{k:4d}   {bounds[k][0]:.4f} ± {error:.4f}   {chi / (2 * k):15.4f}")

    steps = arguments.epochs * -(-len(x) // BATCH)
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-2, steps))
    )
    record = Record(x)
    model.fit(
        x.astype("float32"),
        batch_size=BATCH,
        epochs=arguments.epochs,
        verbose=0,
        callbacks=[record],
    )
    curves = np.array(record.rows).T
    print("           log p(x)      ELBO      gap   largest cosine")
    for name, at in (("start", 0), ("end", -1)):
        log_p_now, elbo, cosine = curves[:, at]
        print(
            f"{name:6} {log_p_now:12.4f} {elbo:9.4f} {log_p_now - elbo:8.4f} "
            f"{cosine:16.3f}"
        )
    draw(arguments.output, log_p[:500], estimated, gap, bounds, chi, curves)
    print(f"wrote {arguments.output}")


if __name__ == "__main__":
    main()
