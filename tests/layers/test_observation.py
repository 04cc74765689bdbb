import numpy as np
import pytest
from keras import ops
from scipy import stats

from keras_genzoo.layers import (
    BernoulliObservation,
    GaussianObservation,
    get_observation,
)

RNG = np.random.default_rng(0)
X, MEAN = RNG.normal(size=(2, 6, 5)).astype("float32")


def loglik(observation, training=False):
    return ops.convert_to_numpy(observation.log_likelihood(X, MEAN, training))


def expected(eta):
    return stats.norm.logpdf(X, MEAN, eta).sum(-1)


def test_fixed_noise():
    np.testing.assert_allclose(
        loglik(GaussianObservation(0.3)), expected(0.3), rtol=1e-5
    )


def test_learned_noise_starts_at_one_and_has_a_floor():
    observation = GaussianObservation("learned", floor=0.1)
    eta = np.sqrt(1.0 + 0.01)
    np.testing.assert_allclose(loglik(observation), expected(eta), rtol=1e-5)
    observation.log_scale.assign(-50.0)
    np.testing.assert_allclose(loglik(observation), expected(0.1), rtol=1e-4)
    assert [v.name for v in observation.trainable_variables] == ["log_scale"]


def test_profiled_noise_is_the_best_one():
    observation = GaussianObservation("profiled")
    error = np.mean(np.square(X - MEAN))
    got = loglik(observation, training=True).mean()
    # -(D / 2) log(2 pi e MSE)
    assert got == pytest.approx(-2.5 * np.log(2 * np.pi * np.e * error), rel=1e-5)
    for factor in (0.8, 1.25):
        assert expected(np.sqrt(error) * factor).mean() < got


def test_profiled_noise_is_reported_with_the_running_mean():
    observation = GaussianObservation("profiled")
    np.testing.assert_allclose(loglik(observation), expected(1.0), rtol=1e-5)
    errors = []
    for scale in (1.0, 2.0, 3.0):
        observation.log_likelihood(scale * X, scale * MEAN, True)
        errors.append(np.mean(np.square(scale * (X - MEAN))))
    eta = np.sqrt(np.mean(errors))
    np.testing.assert_allclose(loglik(observation), expected(eta), rtol=1e-4)
    assert observation.trainable_variables == []


def test_a_perfect_copy_meets_the_floor():
    observation = GaussianObservation("profiled", floor=0.01)
    got = ops.convert_to_numpy(observation.log_likelihood(X, X, True))
    np.testing.assert_allclose(got, -2.5 * np.log(2 * np.pi * 1e-4), rtol=1e-5)


def test_by_name():
    assert isinstance(get_observation("bernoulli", None), BernoulliObservation)
    assert get_observation("gaussian", None).noise == "learned"
    own = GaussianObservation(0.2)
    assert get_observation(own, None) is own
    with pytest.raises(ValueError, match="`floor` must be positive"):
        GaussianObservation("learned", floor=0.0)
