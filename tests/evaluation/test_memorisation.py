"""Copies and dropped modes, against SciPy and against sets made for it."""

import numpy as np
import pytest
from scipy import stats

from keras_genzoo.evaluation import (
    memorisation,
    precision_recall,
    uncovered_examples,
)
from keras_genzoo.evaluation.memorisation import mann_whitney, nearest_neighbours


def images(n, seed):
    return np.random.default_rng(seed).random((n, 4, 4, 1), dtype="float32")


@pytest.mark.parametrize("ties", [False, True])
def test_the_statistic_is_scipys(ties):
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=60), rng.normal(size=45) - 0.3
    if ties:
        first, second = first.round(), second.round()
    share, z, p, _ = mann_whitney(first, second)
    expected = stats.mannwhitneyu(
        first, second, alternative="greater", method="asymptotic", use_continuity=False
    )
    assert share == pytest.approx(expected.statistic / (60 * 45), rel=1e-12)
    assert p == pytest.approx(expected.pvalue, rel=1e-9)
    assert z == pytest.approx(stats.norm.isf(expected.pvalue), rel=1e-9)


def test_its_error_is_the_spread_of_repeated_draws():
    rng = np.random.default_rng(0)
    results = [
        mann_whitney(rng.normal(size=80), rng.normal(size=50) - 0.7) for _ in range(400)
    ]
    spread = np.std([r[0] for r in results])
    assert np.mean([r[3] for r in results]) == pytest.approx(spread, rel=0.1)


def test_new_samples_are_as_far_as_new_data():
    results = [
        memorisation(images(80, 3 * i), images(200, 3 * i + 1), images(70, 3 * i + 2))
        for i in range(60)
    ]
    z = np.array([r.z for r in results])
    assert abs(z.mean()) < 4 / np.sqrt(60)
    assert 0.7 < z.std() < 1.4
    assert abs(np.mean([r.copying.value for r in results]) - 0.5) < 0.03


def test_copies_are_found_and_shown():
    train, held_out, samples = images(100, 0), images(50, 1), images(50, 2)
    samples[::2] = train[10:35]
    result = memorisation(samples, train, held_out, seed=1)
    # Half are copies, the other half like new data.
    assert result.copying.value == pytest.approx(0.75, abs=0.08)
    assert result.p_value < 1e-4
    np.testing.assert_array_equal(result.nearest[::2], np.arange(10, 35))
    assert (result.distances[::2] == 0).all()
    picture = result.pairs(samples, train, count=4, padding=0, gap=0, columns=4)
    np.testing.assert_array_equal(picture[:4], picture[4:8])
    assert "z = " in str(result)
    assert "seed 1" in str(result)


def test_neighbours_are_those_of_all_differences():
    x, y = images(30, 0).reshape(30, -1), images(40, 1).reshape(40, -1)
    distances = np.linalg.norm(x[:, None] - y[None], axis=-1)
    nearest, found = nearest_neighbours(x, y)
    np.testing.assert_array_equal(nearest, distances.argmin(axis=1))
    np.testing.assert_allclose(found, distances.min(axis=1), rtol=1e-5)


def test_a_dropped_mode_is_what_no_sample_covers():
    rng = np.random.default_rng(0)
    test = rng.normal(size=(300, 2)) / 10
    test[200:] += 5
    samples = rng.normal(size=(300, 2)) / 10
    result = uncovered_examples(test, samples, None)
    assert set(range(200, 300)) <= set(result.indices)
    assert set(result.indices[:100]) == set(range(200, 300))
    assert (np.diff(result.ratios) <= 0).all()
    assert result.ratios.min() >= 1
    coverage = precision_recall(test, samples).coverage
    assert result.share.value == pytest.approx(1 - coverage.value)


def test_of_the_true_distribution_few_examples_are_uncovered():
    rng = np.random.default_rng(0)
    shares = [
        uncovered_examples(*rng.normal(size=(2, 300, 2)), None, k=3).share.value
        for _ in range(20)
    ]
    assert np.mean(shares) == pytest.approx(2**-3, abs=0.02)


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ValueError, match="`train` and `held_out` must not share"):
        memorisation(images(5, 0), images(9, 1), images(9, 1)[3:])
    allowed = memorisation(
        images(5, 0), images(9, 1), images(9, 1)[3:], allow_shared=True
    )
    assert (allowed.held_out_distances == 0).all()
    with pytest.raises(ValueError, match=r"`samples`.*at least 2"):
        memorisation(images(1, 0), images(9, 1), images(9, 2))
    with pytest.raises(ValueError, match=r"`test`.*at least 6"):
        uncovered_examples(images(5, 0), images(9, 1))
    with pytest.raises(ValueError, match="one width"):
        uncovered_examples(np.zeros((9, 2)), np.zeros((9, 3)), None)
