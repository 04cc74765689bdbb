"""Linear Gaussian models: a VAE whose every quantity has a closed form.

x = Wz + mu + noise, with M = W'W + eta^2 I; the true posterior is
N(M^-1 W'(x - mu), eta^2 M^-1).
"""

import numpy as np
from scipy import stats

import keras_genzoo as gz
from keras_genzoo import networks


def linear_vae(d, q, noise, seed=0, **kwargs):
    return gz.VAE(
        networks.mlp_encoder((d,), q, hidden=(), seed=seed),
        networks.mlp_decoder((d,), q, hidden=(), seed=seed + 1),
        noise=noise,
        seed=seed + 2,
        **kwargs,
    )


def set_weights(model, w, v, variances):
    """Decoder mean `z @ w.T`, posterior N(x @ v.T, diag(variances)); w is (d, q)."""
    model.encoder.get_layer("z_mean").kernel.assign(v.T)
    model.encoder.get_layer("z_log_var").bias.assign(np.log(variances))
    model.decoder.layers[-1].kernel.assign(w.T)


def best_posterior(w, eta):
    """The diagonal Gaussian nearest to the true posterior, and M."""
    m = w.T @ w + eta**2 * np.eye(w.shape[1])
    return np.linalg.solve(m, w.T), eta**2 / np.diag(m), m


def log_marginal(x, w, eta):
    """log p(x), exact."""
    covariance = w @ w.T + eta**2 * np.eye(len(w))
    return stats.multivariate_normal(np.zeros(len(w)), covariance).logpdf(x)


def draw(w, eta, n, seed=0):
    rng = np.random.default_rng(seed)
    d, q = w.shape
    x = rng.normal(size=(n, q)) @ w.T + eta * rng.normal(size=(n, d))
    return x.astype("float32")
