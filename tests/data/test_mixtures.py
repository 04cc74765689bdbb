"""The mixtures' points have the moments that the densities say."""

import numpy as np
import pytest

from keras_genzoo.data import Mixture, grid_mixture, ring_mixture

pytestmark = pytest.mark.backend_free


def test_the_ring_has_eight_modes_45_degrees_apart():
    mixture = ring_mixture()
    degrees = np.degrees(np.arctan2(mixture.means[:, 1], mixture.means[:, 0]))
    np.testing.assert_allclose(np.sort(degrees % 360), np.arange(0, 360, 45))
    np.testing.assert_allclose(np.linalg.norm(mixture.means, axis=1), 1.0)
    assert (mixture.std, mixture.name) == (0.01, "ring")


def test_the_grid_has_25_modes():
    mixture = grid_mixture()
    expected = {(x, y) for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4)}
    assert {tuple(m) for m in mixture.means} == expected
    assert (len(mixture), mixture.std, mixture.name) == (25, 0.05, "grid")


@pytest.mark.parametrize("mixture", [ring_mixture(), grid_mixture()])
def test_samples_have_the_moments_of_the_mixture(mixture):
    n = 50_000
    x = mixture.sample(n, seed=3).astype("float64")
    # E[x] = mean of means; E[xx^T] = cov of means + std^2 I.
    truth = np.cov(mixture.means.T, ddof=0) + mixture.std**2 * np.eye(2)
    spread = np.sqrt(np.diag(truth))
    assert (np.abs(x.mean(axis=0)) < 5 * spread / np.sqrt(n)).all()
    np.testing.assert_allclose(np.cov(x.T), truth, atol=0.03 * truth.max())
    nearest = np.linalg.norm(x[:, None] - mixture.means, axis=-1).argmin(axis=1)
    residual = x - mixture.means[nearest]
    np.testing.assert_allclose(residual.std(axis=0), mixture.std, rtol=0.02)
    counts = np.bincount(nearest, minlength=len(mixture))
    # Chi-squared of k - 1 degrees of freedom: mean k - 1, variance 2 (k - 1).
    k = len(mixture)
    chi2 = ((counts - n / k) ** 2 / (n / k)).sum()
    assert abs(chi2 - (k - 1)) < 5 * np.sqrt(2 * (k - 1))


def test_a_seed_repeats_the_points():
    mixture = ring_mixture()
    assert mixture.sample(5, seed=1).dtype == np.float32
    np.testing.assert_array_equal(mixture.sample(5, seed=1), mixture.sample(5, seed=1))
    assert (mixture.sample(5, seed=1) != mixture.sample(5, seed=2)).any()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((np.zeros((3, 4)), 1.0), "`means`"),
        ((np.zeros((0, 2)), 1.0), "`means`"),
        ((np.zeros((3, 2)), 0.0), "`std`"),
    ],
)
def test_other_shapes_are_refused(arguments, word):
    with pytest.raises(ValueError, match=word):
        Mixture(*arguments)


@pytest.mark.parametrize("n", [0, 1.5, True])
def test_another_number_of_points_is_refused(n):
    with pytest.raises(ValueError, match="`n`"):
        ring_mixture().sample(n)
