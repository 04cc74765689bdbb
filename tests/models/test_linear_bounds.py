"""ELBO and importance-weighted bounds where log p(x) has a closed form."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import special, stats

import keras_genzoo as gz
from keras_genzoo import networks
from tests.models.linear_gaussian import (
    best_posterior,
    draw,
    linear_vae,
    log_marginal,
    set_weights,
)

D, Q, ETA = 6, 3, 0.8
ROTATION, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(Q, Q)))
COLUMNS, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(D, Q)))
# Orthogonal columns have a diagonal posterior, rotated ones have not.
PLAIN = COLUMNS * np.array([2.0, 1.2, 0.6])
ROTATED = PLAIN @ ROTATION


def at_the_optimum(w):
    model = linear_vae(D, Q, ETA)
    v, variances, m = best_posterior(w, ETA)
    set_weights(model, w, v, variances)
    return model, m


@pytest.mark.parametrize("w", [PLAIN, ROTATED], ids=["plain", "rotated"])
def test_the_gap_is_that_of_the_covariances(w):
    """1/2 (sum log M_jj - log |M|), the same for every x (Lucas et al., 2019)."""
    model, m = at_the_optimum(w)
    expected = 0.5 * (np.log(np.diag(m)).sum() - np.linalg.slogdet(m)[1])
    assert expected == pytest.approx(0.0 if w is PLAIN else 0.0966, abs=1e-4)
    x = draw(w, ETA, 500)
    # One importance sample is the ELBO with log q evaluated, whose draws vary less
    # than those with the closed-form KL; many copies of x make many draws.
    bound = np.mean(
        [
            model.importance_weighted_bound(
                np.tile(x, (1600, 1)), samples=1, seed=s, batch_size=65_536
            )
            for s in range(4 if w is ROTATED else 1)
        ],
        dtype="float64",
    )
    gap = log_marginal(x, w, ETA).mean() - bound
    # A draw's standard deviation is 0.4 nats where W is rotated: 2e-4 for their mean.
    assert gap == pytest.approx(expected, abs=1e-3 if w is ROTATED else 2e-5)
    elbo = model.elbo(x, samples=400, seed=0).mean()
    assert log_marginal(x, w, ETA).mean() - elbo == pytest.approx(expected, abs=0.02)


def test_with_the_true_posterior_every_weight_is_the_evidence():
    model, _ = at_the_optimum(PLAIN)
    x = draw(PLAIN, ETA, 50)
    expected = log_marginal(x, PLAIN, ETA)
    bounds = [
        model.importance_weighted_bound(x, samples=k, seed=s)
        for k in (1, 5)
        for s in range(4)
    ]
    assert np.std(bounds, axis=0).max() < 1e-4
    np.testing.assert_allclose(bounds[0], expected, atol=1e-4)


def test_more_samples_are_a_tighter_bound():
    """E[p-hat] = p(x); the gap is about chi^2 / 2k (Burda et al., 2016)."""
    model, _ = at_the_optimum(ROTATED)
    x = draw(ROTATED, ETA, 400)
    expected = log_marginal(x, ROTATED, ETA)
    gaps = {
        k: (expected - model.importance_weighted_bound(x, samples=k, seed=k)).mean()
        for k in (1, 5, 50, 500)
    }
    assert gaps[1] > gaps[5] > gaps[50] > gaps[500] > -0.01
    assert gaps[500] < 0.03
    # Each weight is an unbiased estimate of p(x).
    log_weights = np.stack(
        [model.importance_weighted_bound(x, samples=1, seed=s) for s in range(200)]
    ).astype("float64")
    ratio = special.logsumexp(log_weights - expected, axis=0) - np.log(200)
    assert np.exp(ratio).mean() == pytest.approx(1.0, abs=0.05)


def test_training_on_the_importance_weighted_bound_logs_it():
    model = linear_vae(D, Q, ETA, importance_samples=8)
    v, variances, _ = best_posterior(ROTATED, ETA)
    set_weights(model, ROTATED, v, variances)
    model.compile(optimizer=keras.optimizers.SGD(0.0))
    x = draw(ROTATED, ETA, 4000)
    logs = model.evaluate(x, batch_size=1000, verbose=0, return_dict=True)
    expected = model.importance_weighted_bound(x, samples=8, seed=0).mean()
    assert logs["importance_weighted_bound"] == pytest.approx(expected, abs=0.03)
    assert logs["loss"] == pytest.approx(-logs["importance_weighted_bound"], rel=1e-6)
    assert logs["elbo"] == pytest.approx(model.elbo(x, seed=1).mean(), abs=0.06)
    history = model.fit(x, batch_size=1000, verbose=0).history
    assert history.keys() == logs.keys()
    for name, value in logs.items():
        assert history[name][0] == pytest.approx(value, abs=0.1)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_bounds_of_a_nonlinear_decoder_against_quadrature(likelihood):
    d = 5
    model = gz.VAE(
        networks.mlp_encoder((d,), 2, hidden=(8,), activation="tanh", seed=0),
        networks.mlp_decoder((d,), 2, hidden=(8,), activation="tanh", seed=1),
        likelihood=likelihood,
        noise=0.5 if likelihood == "gaussian" else None,
        seed=0,
    )
    # A curved decoder, so that the posterior is no Gaussian.
    model.decoder.layers[-1].kernel.assign(
        (2.0 if likelihood == "bernoulli" else 0.5)
        * np.random.default_rng(0).normal(size=(8, d))
    )
    x = (np.random.default_rng(1).uniform(size=(5, d)) < 0.5).astype("float32")
    axis = np.linspace(-6, 6, 161)
    z = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2).astype("float32")
    outputs = ops.convert_to_numpy(model.decoder(z)).astype("float64")[:, None]
    if likelihood == "bernoulli":
        log_p = (x * outputs - np.logaddexp(0, outputs)).sum(-1)
    else:
        log_p = stats.norm(outputs, 0.5).logpdf(x).sum(-1)
    prior = stats.norm.logpdf(z).sum(-1, keepdims=True)
    cell = 2 * np.log(axis[1] - axis[0])
    expected = special.logsumexp(log_p + prior, axis=0) + cell
    tight = model.importance_weighted_bound(x, samples=50_000, seed=0)
    np.testing.assert_allclose(tight, expected, atol=0.05)
    loose = model.importance_weighted_bound(x, samples=5, seed=0).mean()
    elbo = model.elbo(x, samples=500, seed=0).mean()
    assert elbo < loose < tight.mean() + 0.1
