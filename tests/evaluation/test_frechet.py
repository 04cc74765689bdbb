"""The Fréchet distance against closed forms and SciPy's matrix root."""

import numpy as np
import pytest
from scipy import linalg

from keras_genzoo.evaluation import (
    FeatureStatistics,
    feature_statistics,
    frechet_distance,
    gaussian_frechet_distance,
    pixel_features,
)


def test_diagonal_gaussians():
    rng = np.random.default_rng(0)
    m1, m2 = rng.normal(size=(2, 5))
    s1, s2 = rng.uniform(0.1, 3, size=(2, 5))
    expected = ((m1 - m2) ** 2 + (np.sqrt(s1) - np.sqrt(s2)) ** 2).sum()
    value = gaussian_frechet_distance(m1, np.diag(s1), m2, np.diag(s2))
    assert value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("rank", [6, 3])
def test_any_gaussians(rank):
    rng = np.random.default_rng(rank)
    a, b = rng.normal(size=(2, 6, rank))
    s1, s2 = a @ a.T, b @ b.T
    root = linalg.sqrtm(s1 + 1e-14 * np.eye(6)).real
    overlap = np.linalg.svd(root @ b, compute_uv=False).sum()
    value = gaussian_frechet_distance(np.zeros(6), s1, np.zeros(6), s2)
    assert value == pytest.approx(np.trace(s1 + s2) - 2 * overlap, rel=1e-5)
    again = gaussian_frechet_distance(np.zeros(6), s2, np.zeros(6), s1)
    assert value == pytest.approx(again, rel=1e-9)


def test_a_shift_is_its_squared_length_and_identical_sets_are_at_0():
    x = np.random.default_rng(0).normal(size=(200, 8)) + 100
    shift = np.arange(8) / 10
    assert frechet_distance(x, x + shift).value == pytest.approx(
        (shift**2).sum(), rel=1e-9
    )
    assert abs(frechet_distance(x, x).value) < 1e-9


def test_streamed_statistics_are_those_of_all_at_once():
    rng = np.random.default_rng(0)
    # A mean that dwarfs the spread, in float32.
    images = (0.9 + 1e-3 * rng.normal(size=(403, 4, 4, 1))).astype("float32")
    batches = (images[i : i + 50] for i in range(0, 403, 50))
    statistics = feature_statistics(batches, pixel_features, split="test")
    rows = images.reshape(403, -1).astype("float64")
    assert statistics.n == 403
    np.testing.assert_allclose(statistics.mean, rows.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(
        statistics.covariance, np.cov(rows, rowvar=False), rtol=1e-7, atol=1e-15
    )
    pairs = ((images[i : i + 50], None) for i in range(0, 403, 50))
    again = feature_statistics(pairs, pixel_features)
    np.testing.assert_array_equal(again.covariance, statistics.covariance)


def test_uint8_and_float_pixels_are_the_same():
    images = np.random.default_rng(0).integers(0, 256, (30, 3, 3, 1), dtype="uint8")
    first = feature_statistics(images, pixel_features)
    second = feature_statistics(images.astype("float32") / 255, pixel_features)
    np.testing.assert_allclose(first.covariance, second.covariance, rtol=1e-6)


def test_the_bias_falls_like_one_over_n():
    """64 wide, same distribution: 22.1 at n = 100 and 2.31 at 1,000."""
    rng = np.random.default_rng(0)
    for n, expected in [(100, 22.1), (1000, 2.31)]:
        x, y = rng.normal(size=(2, n, 64))
        value = frechet_distance(x, y, error_groups=0).value
        assert value == pytest.approx(expected, rel=0.05)


def test_the_jackknife_error_is_the_spread_of_repeated_draws():
    rng = np.random.default_rng(0)
    reference = rng.normal(size=(20_000, 3))
    results = [
        frechet_distance(reference, 1.3 * rng.normal(size=(500, 3)) + 0.3)
        for _ in range(60)
    ]
    spread = np.std([r.value for r in results], ddof=1)
    error = np.sqrt(np.mean([r.error**2 for r in results]))
    assert error == pytest.approx(spread, rel=0.3)


def test_statistics_are_kept_in_a_file(tmp_path):
    rng = np.random.default_rng(0)
    reference, samples = rng.normal(size=(2, 50, 4))
    statistics = feature_statistics(reference, split="train")
    statistics.save(tmp_path / "reference.npz")
    loaded = FeatureStatistics.load(tmp_path / "reference.npz")
    assert frechet_distance(loaded, samples) == frechet_distance(
        reference, samples, split="train"
    )
    both = frechet_distance(loaded, feature_statistics(samples))
    assert both.value == pytest.approx(frechet_distance(reference, samples).value)
    assert both.error is None
    (tmp_path / "other.npz").write_bytes(b"no such file")
    with pytest.raises(ValueError, match="`path`"):
        FeatureStatistics.load(tmp_path / "other.npz")


def with_hole(x):
    x = x.copy()
    x[3, 1] = np.nan
    return x


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: frechet_distance(x[:4], x), "`reference`.*5 examples.*allow_few"),
        (lambda x: frechet_distance(x, x[:4]), "`samples`.*5 examples.*allow_few"),
        (lambda x: frechet_distance(x, x[:1], allow_few=True), "`samples`.*2"),
        (lambda x: frechet_distance(x, with_hole(x)), "NaN.*1 of 9 rows.*row 3"),
        (lambda x: frechet_distance(x, x[:, :3]), "same width.*4 and 3"),
        (lambda x: frechet_distance(x, x[None]), r"`samples`.*\(n, d\)"),
        (lambda x: frechet_distance(x, []), "`samples`.*2 examples.*got 0"),
        (lambda x: frechet_distance(x, x, error_groups=1), "`error_groups`"),
        (lambda x: frechet_distance(x, x, batch_size=0), "`batch_size`"),
        (lambda x: frechet_distance(x, x, lambda a: a[:-1]), "one row for each"),
        (
            lambda x: frechet_distance(feature_statistics(x), x, pixel_features),
            "one extractor",
        ),
        (lambda x: feature_statistics([x, x[:, :2]]), "one width, got 4 and 2"),
        (lambda x: gaussian_frechet_distance(x[0], x, x[0], x), "means and cov"),
    ],
)
def test_what_has_no_distance_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(np.random.default_rng(0).normal(size=(9, 4)))
