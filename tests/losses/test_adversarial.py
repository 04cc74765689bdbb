"""Every objective and its derivatives against closed forms in float64."""

import numpy as np
import pytest
from keras import ops
from scipy.special import expit, log_expit

from keras_genzoo.losses import OBJECTIVES, get_objective
from keras_genzoo.training import input_gradient

REAL = np.array([-100.0, -10.0, -1.5, 0.0, 0.3, 5.0, 100.0], "float32")
FAKE = np.array([100.0, -3.0, 7.0, 0.0, -0.4, -10.0, -100.0], "float32")
CROSS_ENTROPY = ["minimax", "non_saturating"]
SMOOTHED = [*CROSS_ENTROPY, "least_squares"]


def relu(x):
    return np.maximum(x, 0.0)


def cross_entropy(r, f, s):
    value = -(1 - s) * log_expit(r) - s * log_expit(-r) - log_expit(-f)
    return value, s * expit(r) - (1 - s) * expit(-r), expit(f)


def least_squares(r, f, s):
    return 0.5 * (r - (1 - s)) ** 2 + 0.5 * f**2, r - (1 - s), f


def hinge(r, f, s):
    return relu(1 - r) + relu(1 + f), -1.0 * (r < 1), 1.0 * (f > -1)


def wasserstein(r, f, s):
    return f - r, -np.ones_like(r), np.ones_like(f)


def relativistic(r, f, s):
    return -log_expit(r - f), -expit(f - r), expit(f - r)


def raise_logits(r, f):
    return -f, 0 * r, -np.ones_like(f)


# Of real and generated logits: the value and its derivatives by either.
DISCRIMINATOR = {
    "minimax": cross_entropy,
    "non_saturating": cross_entropy,
    "least_squares": least_squares,
    "hinge": hinge,
    "wasserstein": wasserstein,
    "relativistic": relativistic,
}
GENERATOR = {
    "minimax": lambda r, f: (log_expit(-f), 0 * r, -expit(f)),
    "non_saturating": lambda r, f: (-log_expit(f), 0 * r, -expit(-f)),
    "least_squares": lambda r, f: (0.5 * (f - 1) ** 2, 0 * r, f - 1),
    "hinge": raise_logits,
    "wasserstein": raise_logits,
    "relativistic": lambda r, f: (-log_expit(f - r), expit(r - f), -expit(r - f)),
}


def evaluate(loss, real=REAL, fake=FAKE):
    """The loss and its derivatives by the real and the generated logits."""
    real, fake = ops.convert_to_tensor(real), ops.convert_to_tensor(fake)
    results = (
        loss(real, fake),
        input_gradient(lambda r: loss(r, fake), real),
        input_gradient(lambda f: loss(real, f), fake),
    )
    return [ops.convert_to_numpy(result) for result in results]


def check(got, expected):
    for value, truth in zip(got, expected, strict=True):
        assert value.shape == REAL.shape
        np.testing.assert_allclose(value, truth, rtol=2e-5, atol=1e-30)


def cases():
    for name in OBJECTIVES:
        yield name, 0.0
    for name in SMOOTHED[1:]:
        yield name, 0.1


@pytest.mark.parametrize(("name", "smoothing"), cases())
def test_discriminator(name, smoothing):
    objective = get_objective(name)
    got = evaluate(lambda r, f: objective.discriminator(r, f, smoothing))
    real, fake = REAL.astype("float64"), FAKE.astype("float64")
    check(got, DISCRIMINATOR[name](real, fake, smoothing))


@pytest.mark.parametrize("name", list(OBJECTIVES))
def test_generator(name):
    got = evaluate(get_objective(name).generator)
    real, fake = REAL.astype("float64"), FAKE.astype("float64")
    value, by_real, by_fake = GENERATOR[name](real, fake)
    check(got, (value, by_real, by_fake))


def test_only_a_paired_generator_needs_real_logits():
    for name, objective in OBJECTIVES.items():
        assert objective.name == name
        assert objective.paired == (name == "relativistic")
        if not objective.paired:
            alone = objective.generator(None, ops.convert_to_tensor(FAKE))
            expected = GENERATOR[name](FAKE, FAKE.astype("float64"))[0]
            np.testing.assert_allclose(
                ops.convert_to_numpy(alone), expected, rtol=2e-5, atol=1e-30
            )


def test_minimax_saturates_where_the_modified_cost_does_not():
    logit = np.full_like(REAL, -10.0)
    minimax = evaluate(get_objective("minimax").generator, logit, logit)[2]
    modified = evaluate(get_objective("non_saturating").generator, logit, logit)[2]
    assert 0 < abs(minimax[0]) < 1e-4
    assert abs(modified[0]) > 0.99


@pytest.mark.parametrize("name", CROSS_ENTROPY)
def test_an_ignorant_discriminator_pays_two_log_two(name):
    zero = np.zeros_like(REAL)
    got = ops.convert_to_numpy(get_objective(name).discriminator(zero, zero))
    np.testing.assert_allclose(got, 2 * np.log(2.0), rtol=1e-6)


@pytest.mark.parametrize("name", SMOOTHED)
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("share", [0.5, 0.8])
def test_the_best_discriminator(name, smoothing, share):
    """At a point where a share p of the examples is real the best output, as a
    probability, is p (1 - s); with equal densities its log-odds are
    log((1 - s) / (1 + s))."""
    best = share * (1 - smoothing)
    if name in CROSS_ENTROPY:
        best = np.log(best / (1 - best))
        if share == 0.5:
            assert best == pytest.approx(np.log((1 - smoothing) / (1 + smoothing)))
    objective = get_objective(name)
    # One number for both densities: the cost is convex, so a zero slope is the minimum.
    around = (best + 0.01 * np.arange(-3, 4)).astype("float32")
    _, by_real, by_fake = evaluate(
        lambda r, f: objective.discriminator(r, f, smoothing), around, around
    )
    slope = share * by_real + (1 - share) * by_fake
    assert np.all(slope[:3] < -1e-3)
    assert abs(slope[3]) < 1e-6
    assert np.all(slope[4:] > 1e-3)


@pytest.mark.parametrize("name", SMOOTHED)
def test_the_threshold_is_what_an_ignorant_discriminator_says(name):
    """Where both densities are equal and nothing is smoothed."""
    objective = get_objective(name)
    assert objective.smooths
    at = np.full_like(REAL, objective.threshold)
    _, by_real, by_fake = evaluate(objective.discriminator, at, at)
    np.testing.assert_allclose(by_real + by_fake, 0.0, atol=1e-7)


def test_thresholds_of_the_others():
    assert get_objective("hinge").threshold == 0.0
    assert get_objective("wasserstein").threshold is None
    assert get_objective("relativistic").threshold is None


@pytest.mark.parametrize("name", sorted(set(OBJECTIVES) - set(SMOOTHED)))
def test_no_smoothing_without_targets(name):
    objective = get_objective(name)
    assert not objective.smooths
    with pytest.raises(ValueError, match="`label_smoothing` must be 0"):
        objective.discriminator(REAL, FAKE, label_smoothing=0.1)


@pytest.mark.parametrize("name", ["lsgan", None, 3, ["hinge"]])
def test_unknown_objective(name):
    with pytest.raises(ValueError, match=r"`objective` must be one of .*least_squares"):
        get_objective(name)
