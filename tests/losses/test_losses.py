"""Every loss against SciPy, in float64, over the range where it can go wrong."""

import numpy as np
import pytest
from keras import ops
from scipy import special, stats

from keras_genzoo import losses


def values(tensor):
    return ops.convert_to_numpy(tensor)


def bernoulli(x, logits):
    return values(
        losses.bernoulli_log_likelihood(
            ops.convert_to_tensor(x), ops.convert_to_tensor(logits)
        )
    )


def test_kl_equals_the_integral_of_the_log_ratio():
    rng = np.random.default_rng(0)
    mean, log_var = rng.normal(size=(2, 4, 3)).astype("float32")
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    weights = weights / weights.sum()
    std = np.exp(0.5 * log_var)[..., None]
    z = mean[..., None] + std * nodes
    ratio = stats.norm.logpdf(z, mean[..., None], std) - stats.norm.logpdf(z)
    np.testing.assert_allclose(
        values(losses.gaussian_kl(mean, log_var)),
        (ratio * weights).sum(-1).sum(-1),
        rtol=1e-5,
    )


def test_kl_keeps_its_digits_near_the_prior():
    mean = np.zeros((1, 1), "float32")
    log_var = np.full((1, 1), 1e-3, "float32")
    # KL = (exp(v) - 1 - v) / 2 = v^2 / 4 + v^3 / 12 + ...
    expected = 1e-6 / 4 + 1e-9 / 12
    assert float(values(losses.gaussian_kl(mean, log_var))[0]) == pytest.approx(
        expected, rel=1e-3
    )


def test_gaussian_likelihood_keeps_every_constant():
    rng = np.random.default_rng(0)
    x, mean = rng.normal(size=(2, 5, 4, 3)).astype("float32")
    for log_var in (np.float32(-1.3), rng.normal(size=(4, 3)).astype("float32")):
        got = values(losses.gaussian_log_likelihood(x, mean, log_var))
        expected = stats.norm.logpdf(x, mean, np.exp(0.5 * log_var)).sum((1, 2))
        np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_bernoulli_likelihood_of_bits():
    rng = np.random.default_rng(0)
    logits = rng.normal(scale=5.0, size=(6, 8)).astype("float32")
    x = (rng.random((6, 8)) < 0.5).astype("float32")
    got = bernoulli(x, logits)
    expected = stats.bernoulli.logpmf(x, special.expit(logits.astype("float64")))
    np.testing.assert_allclose(got, expected.sum(-1), rtol=1e-5)


def test_bernoulli_likelihood_of_grey_is_the_mean_over_its_bits():
    logits = np.array([[2.0, -40.0]], "float32")
    grey = np.array([[0.25, 0.5]], "float32")
    expected = sum(
        weight * bernoulli(bits, logits)[0]
        for weight, bits in (
            (0.125, np.array([[1.0, 1.0]], "float32")),
            (0.125, np.array([[1.0, 0.0]], "float32")),
            (0.375, np.array([[0.0, 1.0]], "float32")),
            (0.375, np.array([[0.0, 0.0]], "float32")),
        )
    )
    got = bernoulli(grey, logits)[0]
    assert got == pytest.approx(expected, rel=1e-5)


def test_bernoulli_likelihood_of_confident_logits_is_finite():
    logits = np.array([[200.0, -200.0]], "float32")
    right = np.array([[1.0, 0.0]], "float32")
    assert bernoulli(right, logits)[0] == 0.0
    assert bernoulli(1 - right, logits)[0] == -400.0
