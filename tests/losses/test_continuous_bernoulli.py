"""The continuous Bernoulli against quadrature of its definition."""

import numpy as np
import pytest
from keras import ops
from scipy import integrate, special

import keras_genzoo as gz
from keras_genzoo.losses import (
    continuous_bernoulli_log_likelihood,
    continuous_bernoulli_mean,
)
from keras_genzoo.training import input_gradient

# Either side of the series' end, and where exp(logit) has no float32.
LOGITS = [0.0, 1e-4, -0.03, 0.9, 0.999, 1.001, -1.1, 3.0, -8.0, 30.0]


def unnormalised(x, logit):
    return special.expit(logit) ** x * special.expit(-logit) ** (1 - x)


def log_likelihood(x, logits):
    tensors = ops.convert_to_tensor(x), ops.convert_to_tensor(logits)
    return ops.convert_to_numpy(continuous_bernoulli_log_likelihood(*tensors))


def mean_of(logits):
    return ops.convert_to_numpy(
        continuous_bernoulli_mean(ops.convert_to_tensor(logits))
    )


@pytest.mark.parametrize("logit", LOGITS)
def test_density_and_mean_are_those_of_the_definition(logit):
    def integral(f):
        return integrate.quad(f, 0, 1, epsabs=1e-15, epsrel=1e-12)[0]

    total = integral(lambda x: unnormalised(x, logit))
    first = integral(lambda x: x * unnormalised(x, logit))
    x = np.array([[0.0], [0.3], [1.0]], "float32")
    logits = np.full_like(x, logit)
    got = log_likelihood(x, logits)
    expected = np.log(unnormalised(x[:, 0].astype("float64"), logit) / total)
    np.testing.assert_allclose(got, expected, rtol=2e-6, atol=5e-6)
    mean = mean_of(logits)
    np.testing.assert_allclose(mean, first / total, rtol=2e-6)


def test_the_gradient_is_x_minus_the_mean():
    logits = np.array([LOGITS, [-v for v in LOGITS]], "float32")
    x = np.random.default_rng(0).uniform(size=logits.shape).astype("float32")
    given = ops.convert_to_tensor(x)
    gradient = input_gradient(
        lambda t: continuous_bernoulli_log_likelihood(given, t),
        ops.convert_to_tensor(logits),
    )
    mean = mean_of(logits)
    # At 0 itself |logit| has no derivative; the subgradient 0 leaves x - 1 / 2.
    np.testing.assert_allclose(ops.convert_to_numpy(gradient), x - mean, atol=2e-6)


def test_sums_over_pixels_and_stays_finite():
    x = np.array([[[0.0, 1.0], [1.0, 0.0]]], "float32")
    logits = np.array([[[-500.0, 500.0], [1000.0, -1e4]]], "float32")
    got = log_likelihood(x, logits)
    # Far out the density at the near end is |logit|.
    assert got == pytest.approx([np.log([500.0, 500.0, 1000.0, 1e4]).sum()], rel=1e-5)
    mean = mean_of(logits)
    np.testing.assert_allclose(mean, x, atol=3e-3)


def test_a_model_decodes_to_the_mean():
    observation = gz.layers.get_observation("continuous_bernoulli", None)
    logits = np.array([[-2.0, 0.0, 2.0]], "float32")
    got = ops.convert_to_numpy(observation.mean(ops.convert_to_tensor(logits)))
    np.testing.assert_allclose(got, mean_of(logits))
    assert abs(got[0, 2] - special.expit(2.0)) > 0.1
