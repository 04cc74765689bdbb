"""Kernel distance, precision and recall, class scores: closed forms and conventions."""

import math

import numpy as np
import pytest

from keras_genzoo.evaluation import (
    check_disjoint,
    class_balance,
    class_score,
    kernel_distance,
    pixel_features,
    precision_recall,
    sample_quality,
)


def test_the_exact_kernel_distance_is_unbiased_and_so_is_its_error():
    """E k(x, y) of one-dimensional Gaussians by their moments."""
    rng = np.random.default_rng(0)
    shift = 0.5

    def expected_kernel(a, b):
        # E (xy + 1)^3 for x ~ N(a, 1), y ~ N(b, 1) independent.
        moments = [(m, m**2 + 1, m**3 + 3 * m) for m in (a, b)]
        first, second, third = (x * y for x, y in zip(*moments, strict=True))
        return third + 3 * second + 3 * first + 1

    expected = (
        expected_kernel(0, 0)
        + expected_kernel(shift, shift)
        - 2 * expected_kernel(0, shift)
    )
    results = [
        kernel_distance(
            rng.normal(size=(80, 1)), shift + rng.normal(size=(60, 1)), subsets=None
        )
        for _ in range(400)
    ]
    values = np.array([r.value for r in results])
    assert abs(values.mean() - expected) < 4 * values.std() / 20
    errors = np.sqrt(np.mean([r.error**2 for r in results]))
    assert errors == pytest.approx(values.std(), rel=0.3)


def test_precision_is_of_samples_and_recall_of_data():
    """A tight cluster of samples amid wide data: all precise, little recalled."""
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(300, 2)), 0.1 * rng.normal(size=(300, 2))
    scores = precision_recall(real, fake)
    assert scores.precision.value > 0.95
    assert scores.recall.value < 0.1
    swapped = precision_recall(fake, real)
    assert swapped.recall.value == scores.precision.value
    assert swapped.precision.value == scores.recall.value
    far = precision_recall(real, fake + 100)
    assert [far.precision.value, far.coverage.value, far.density.value] == [0, 0, 0]


def test_data_against_itself_is_perfect():
    real = np.random.default_rng(0).normal(size=(200, 5)) + 50
    scores = precision_recall(real, real.copy())
    values = [s.value for s in (scores.precision, scores.recall, scores.coverage)]
    assert values == [1, 1, 1]
    # A sample lies in its own ball and, on average, in k others.
    assert scores.density.value == pytest.approx(1.0, abs=0.25)


def test_class_scores_of_known_probabilities():
    sure = np.eye(4)[np.arange(40) % 4]
    assert class_score(sure, splits=1, shuffle_seed=None).value == pytest.approx(4)
    assert class_score(np.full((40, 4), 0.25)).value == pytest.approx(1)
    collapsed = np.eye(4)[np.zeros(40, int)]
    assert class_score(collapsed).value == pytest.approx(1)


def test_class_balance_counts_classes():
    p = np.eye(4)[[0, 0, 0, 1, 1, 2]] * 0.9 + 0.025
    result = class_balance(p)
    np.testing.assert_array_equal(result.counts, [3, 2, 1, 0])
    assert result.modes.value == 3
    shares = np.array([3, 2, 1]) / 6
    assert result.kl.value == pytest.approx((shares * np.log(shares * 4)).sum())
    assert result.confidence.value == pytest.approx(0.925)
    assert result.modes.error == pytest.approx(4 * 0.75**6)
    same = class_balance(p, reference_labels=[0, 0, 0, 1, 1, 2])
    assert same.kl.value == pytest.approx(0, abs=1e-12)
    two = class_balance(p[:3], reference_labels=[0, 1])
    assert two.kl.value == pytest.approx(math.log(2))


def test_the_error_of_the_kl_is_its_spread():
    rng = np.random.default_rng(0)
    results = [
        class_balance(np.eye(3)[rng.choice(3, 1000, p=[0.6, 0.3, 0.1])])
        for _ in range(300)
    ]
    spread = np.std([r.kl.value for r in results])
    assert np.mean([r.kl.error for r in results]) == pytest.approx(spread, rel=0.15)


def test_sample_quality_has_a_floor():
    rng = np.random.default_rng(0)
    train, test, samples = rng.random((3, 100, 3, 3, 1), dtype="float32")
    result = sample_quality(samples * 0.5, test, pixel_features, train, seed=4)
    assert result.frechet.value > 10 * result.frechet_floor.value
    assert result.kernel.value > 10 * abs(result.kernel_floor.value)
    assert result.frechet.split == "test"
    assert str(result.frechet).startswith("Fréchet distance 0.")
    assert (
        "of 100 samples (seed 4) against 100 real examples of the test split "
        "(features: pixels, 9 wide; resizer: none; error: standard error, jackknife "
        "over 10 groups of samples)"
    ) in str(result.frechet)
    assert "k = 5" in str(result)
    with pytest.raises(ValueError, match="2 of `test` are in `train`, first number 7"):
        sample_quality(
            samples, np.concatenate([test[:7], train[5:7]]), pixel_features, train
        )


def test_sample_quality_of_few_samples_has_an_error():
    rng = np.random.default_rng(0)
    test, samples = rng.random((2, 100, 3, 3, 1), dtype="float32")
    exact = kernel_distance(test, samples, pixel_features, subsets=None)
    few = sample_quality(samples, test, pixel_features, subset_size=100).kernel
    assert (few.value, few.error) == (exact.value, exact.error)
    many = sample_quality(samples, test, pixel_features, subset_size=99).kernel
    assert many.settings.startswith("100 subsets of 99")


def test_shared_images_are_found_whatever_their_type():
    pixels = np.random.default_rng(0).integers(0, 256, (20, 4, 4, 1), dtype="uint8")
    check_disjoint(pixels[:10], pixels[10:])
    for other in (pixels[8:12], pixels[8:12].astype("float32") / 255):
        with pytest.raises(ValueError, match=r"2 of `b` are in `a`"):
            check_disjoint(pixels[:10], other, ("a", "b"))
    floats = np.random.default_rng(1).normal(size=(6, 3))
    check_disjoint(floats[:3], floats[3:])
    with pytest.raises(ValueError, match="must not share"):
        check_disjoint(floats[:4], floats[3:].astype("float32"))
    # Features between 0 and 1 that differ by less than a pixel's step.
    small = np.random.default_rng(2).random((6, 1)) / 1000
    check_disjoint(small[:3], small[3:])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: kernel_distance(x, x), "`samples`.*1000 examples.*subset_size"),
        (lambda x: kernel_distance(x, x[:1], subsets=None), "`samples`.*2 examples"),
        (lambda x: kernel_distance(x, x[:, :2], subsets=None), "4 and 2"),
        (lambda x: kernel_distance(x, x * np.nan, subsets=None), "NaN"),
        (lambda x: kernel_distance(x, x, subsets=0), "`subsets`"),
        (lambda x: precision_recall(x[:5], x), "`reference`.*6 examples"),
        (lambda x: precision_recall(x, x[:3]), "`samples`.*4 examples"),
        (lambda x: precision_recall(x, x * np.inf), "infinite"),
        (lambda x: precision_recall(x, x, k=0), "`k`"),
        (lambda x: class_score(x), "must return probabilities"),
        (lambda x: class_score(np.eye(4), splits=5), "`samples`.*5 examples"),
        (lambda x: class_balance(np.eye(4), reference_labels=[4]), r"\[0, 4\)"),
        (lambda x: class_balance(np.eye(4), reference_labels=[0, 1]), r"\[2, 3\]"),
        (lambda x: class_balance(np.eye(4), reference_labels=[0.5]), "integers"),
    ],
)
def test_what_has_no_score_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(np.random.default_rng(0).normal(size=(9, 4)))
