"""Mode counts against closed forms, SciPy and simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from keras_genzoo.data import Mixture, grid_mixture, ring_mixture
from keras_genzoo.evaluation import (
    ceiling,
    class_ceiling,
    class_coverage,
    mode_coverage,
)

MIXTURES = [ring_mixture(), grid_mixture()]
N = 2500


@pytest.mark.parametrize("mixture", MIXTURES, ids=["ring", "grid"])
def test_the_mixture_itself_reaches_the_ceiling(mixture):
    results = [mode_coverage(mixture.sample(N, seed=i), mixture) for i in range(100)]
    top = ceiling(mixture, N)
    k = len(mixture)
    # Within three std in two dimensions: chi-squared of two degrees of freedom.
    assert top.high_quality == pytest.approx(stats.chi2.cdf(9, 2), abs=1e-12)
    assert top.high_quality == pytest.approx(0.9889, abs=5e-5)
    assert top.modes == pytest.approx(k, abs=1e-9)
    assert top.reverse_kl == pytest.approx((k - 1) / (2 * N), rel=0.03)
    quality = np.mean([r.high_quality for r in results])
    error = math.sqrt(top.high_quality * (1 - top.high_quality) / (100 * N))
    assert abs(quality - top.high_quality) < 4 * error
    assert all(r.modes == r.n_modes == k for r in results)
    kls = [r.reverse_kl for r in results]
    assert abs(np.mean(kls) - top.reverse_kl) < 4 * np.std(kls) / 10


@pytest.mark.parametrize(("k", "m"), [(8, 1), (8, 3), (25, 24)])
def test_lost_modes_cost_their_logarithm(k, m):
    mixture = MIXTURES[0] if k == 8 else MIXTURES[1]
    # Exactly as many points at each of the first m modes, none at the others.
    result = mode_coverage(np.repeat(mixture.means[:m], 7, axis=0), mixture)
    assert (result.modes, result.n_modes, result.high_quality) == (m, k, 1.0)
    assert result.reverse_kl == pytest.approx(math.log(k / m), abs=1e-12)
    np.testing.assert_array_equal(result.counts, [7] * m + [0] * (k - m))


def test_uneven_modes_have_the_kl_of_their_shares():
    mixture = ring_mixture()
    counts = np.array([100, 50, 20, 10, 5, 3, 2, 1])
    result = mode_coverage(np.repeat(mixture.means, counts, axis=0), mixture)
    expected = stats.entropy(counts / counts.sum(), np.full(8, 1 / 8))
    assert result.reverse_kl == pytest.approx(expected, abs=1e-12)


def test_only_samples_near_a_mode_count():
    mixture = Mixture([[0.0, 0.0], [10.0, 0.0]], 1.0)
    samples = [[2.9, 0.0], [3.1, 0.0], [6.9, 0.0], [10.0, 3.1], [-2.0, 2.3]]
    result = mode_coverage(samples, mixture)
    # The last is 3.05 away. Mode 1 is nearest to two, neither of them near.
    assert (result.modes, result.high_quality) == (1, 1 / 5)
    np.testing.assert_array_equal(result.counts, [1, 0])
    wider = mode_coverage(samples, mixture, threshold=3.2)
    np.testing.assert_array_equal(wider.counts, [3, 2])
    assert wider.reverse_kl == pytest.approx(
        0.6 * math.log(1.2) + 0.4 * math.log(0.8), abs=1e-12
    )


def test_the_cloud_between_the_modes_finds_them_with_bad_quality():
    mixture = grid_mixture()
    samples = np.random.default_rng(0).uniform(-5, 5, (100_000, 2))
    result = mode_coverage(samples, mixture)
    share = 25 * math.pi * 0.15**2 / 100
    assert result.high_quality == pytest.approx(share, rel=0.05)
    assert result.modes == 25


def test_no_sample_near_any_mode_has_no_kl():
    result = mode_coverage(np.full((10, 2), 50.0), ring_mixture())
    assert (result.modes, result.high_quality) == (0, 0.0)
    assert math.isnan(result.reverse_kl)


def test_the_result_reads_as_a_sentence():
    mixture = ring_mixture()
    text = str(mode_coverage(np.repeat(mixture.means[:4], 5, axis=0), mixture))
    assert text == (
        "4 of 8 modes, 100.0% of 20 samples of high quality, reverse KL 0.6931 nats"
    )


# A perfect generator of 1,000 equally likely classes; simulated, 20 sets each.
@pytest.mark.parametrize("n", [2500, 5000, 10_000, 26_000])
def test_class_ceiling_is_the_simulated_mean(n):
    rng = np.random.default_rng(n)
    results = [class_coverage(rng.integers(1000, size=n), 1000) for _ in range(20)]
    top = class_ceiling(1000, n)
    assert top.modes == pytest.approx(1000 * (1 - 0.999**n), abs=1e-6)
    kls = np.array([r.reverse_kl for r in results])
    error = kls.std(ddof=1) / math.sqrt(20)
    assert abs(kls.mean() - top.reverse_kl) < 4 * error


def test_class_coverage_of_known_labels():
    result = class_coverage(np.array([0, 0, 3, 3]), 8)
    assert (result.modes, result.n_modes, result.n_samples) == (2, 8, 4)
    assert result.reverse_kl == pytest.approx(math.log(4), abs=1e-12)
    assert str(result) == "2 of 8 modes in 4 samples, reverse KL 1.3863 nats"


def test_one_class_alone_is_covered():
    assert class_ceiling(1, 5).modes == 1
    assert class_ceiling(1, 5).reverse_kl == 0.0
    assert class_coverage([0, 0], 1).reverse_kl == 0.0


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda m: mode_coverage(np.zeros((5, 3)), m), r"`samples`.*\(5, 3\)"),
        (lambda m: mode_coverage(np.zeros((0, 2)), m), "`samples`"),
        (lambda m: mode_coverage(np.zeros(2), m), "`samples`"),
        (lambda m: mode_coverage([[0.0, math.nan]], m), "`samples`.*finite"),
        (lambda m: mode_coverage(np.zeros((5, 2)), m, threshold=0), "`threshold`"),
        (lambda m: ceiling(m, 0), "`n`"),
        (lambda m: ceiling(m, 10, threshold=-1), "`threshold`"),
        (lambda m: class_ceiling(0, 10), "`n_classes`"),
        (lambda m: class_coverage(np.zeros(3), 10), "`labels`"),
        (lambda m: class_coverage(np.zeros((3, 1), int), 10), "`labels`"),
        (lambda m: class_coverage(np.array([0, 10]), 10), r"`labels`.*\[0, 10\)"),
        (lambda m: class_coverage(np.array([0, -1]), 10), "`labels`"),
        (lambda m: class_coverage(np.array([0]), 1.5), "`n_classes`"),
    ],
)
def test_what_cannot_be_counted_is_refused(call, word):
    with pytest.raises(ValueError, match=word):
        call(ring_mixture())
