"""Annealed importance sampling where log p(x) is known, and its bookkeeping."""

import numpy as np
import pytest
from keras import ops

from keras_genzoo.evaluation.likelihood import (
    LatentModel,
    annealed_importance_sampling,
    annealer,
    bidirectional_monte_carlo,
    choose_noise_scale,
    importance_weighted_bound,
    sigmoid_schedule,
)
from keras_genzoo.evaluation.likelihood.hmc import Position
from tests.evaluation.likelihood.linear_models import (
    linear_model,
    orthogonal_columns,
    random_columns,
)
from tests.models.linear_gaussian import draw, log_marginal

D, Q, ETA = 20, 10, 0.3
W = random_columns(D, Q)


@pytest.fixture(scope="module")
def estimate():
    """500 distributions, 10 latents: what the tests below look at."""
    x = draw(W, ETA, 20)
    result = annealed_importance_sampling(
        linear_model(W, ETA), x, chains=40, distributions=500, seed=0
    )
    return result, log_marginal(x, W, ETA)


def test_it_is_the_exact_log_likelihood(estimate):
    result, exact = estimate
    assert abs(result.value - exact.mean()) <= 0.1
    assert (np.abs(result.values - exact) < 5 * result.errors + 0.05).all()


def test_the_mean_log_weight_is_a_lower_bound(estimate):
    result, exact = estimate
    weights = result.log_weights
    errors = weights.std(axis=1, ddof=1) / np.sqrt(weights.shape[1])
    assert (weights.mean(axis=1) <= exact + 3 * errors).all()
    assert (weights.mean(axis=1) < exact).mean() > 0.9


def test_each_weight_is_an_unbiased_estimate(estimate):
    result, exact = estimate
    ratios = np.exp(result.log_weights - exact[:, None])
    error = ratios.std() / np.sqrt(ratios.size)
    assert abs(ratios.mean() - 1) < 4 * error < 0.2


def test_step_sizes_lead_to_the_acceptance_that_was_asked_for(estimate):
    assert estimate[0].acceptance == pytest.approx(0.65, abs=0.1)


def test_the_result_is_a_sentence(estimate):
    text = str(estimate[0])
    assert text.startswith("AIS log-likelihood -")
    assert "nats, mean of 20 examples" in text
    assert "40 chains, 500 distributions, 10 leapfrog steps, Gaussian noise 0.3" in text
    assert estimate[0].to_dict()["n"] == 20


def test_the_truth_lies_between_both_directions():
    model = linear_model(W, ETA)
    result = bidirectional_monte_carlo(model, 100, chains=8, distributions=200, seed=3)
    _, x = model.simulate(100, 3)
    exact = log_marginal(x, W, ETA)
    low, high = result.lower, result.upper
    assert (low.values < exact + 3 * low.errors).sum() >= 95
    assert (high.values > exact - 3 * high.errors).sum() >= 95
    # A single weight's logarithm is off by much more than the mean's error.
    below = low.log_weights.mean(axis=1) - exact
    above = high.log_weights.mean(axis=1) - exact
    for gaps in (-below, above):
        assert gaps.mean() > 5 * gaps.std() / 10
    # And both kinds of weights are unbiased, of p(x) and of 1 / p(x).
    for ratios in (
        np.exp(low.log_weights - exact[:, None]).mean(axis=1),
        np.exp(exact[:, None] - high.log_weights).mean(axis=1),
    ):
        assert abs(ratios.mean() - 1) < 4 * ratios.std() / 10 < 0.5
    assert "BDMC gap" in str(result)
    assert result.value == pytest.approx(high.value - low.value)


def test_one_step_from_prior_to_posterior_is_importance_sampling():
    x = draw(W, 1.0, 7)
    model = linear_model(W, 1.0)
    annealed = annealed_importance_sampling(
        model, x, chains=50, schedule=[0, 1], seed=5, rows=150
    )
    sampled = importance_weighted_bound(model, x, samples=50, seed=5, rows=150)
    # The same arithmetic in other compiled programs: float32 rounding, no more.
    np.testing.assert_allclose(
        annealed.log_weights, sampled.log_weights, rtol=1e-5, atol=1e-4
    )
    assert annealed.acceptance is None


def test_weights_of_perfect_moves_have_their_closed_form(monkeypatch):
    """E[log w] = log p - sum of KL(p_t-1 || p_t); backwards, of KL(p_t || p_t-1).

    With moves that draw from each distribution anew, nothing but the bookkeeping of
    the weights is left. The columns are orthogonal: every posterior is diagonal.
    """
    scales, eta = np.array([1.5, 1.0, 0.5]), 0.5
    w = orthogonal_columns(6, scales)
    model = linear_model(w, eta)
    betas = sigmoid_schedule(60)
    matrix = ops.convert_to_tensor(w.astype("float32"))
    curvature = ops.convert_to_tensor((scales**2 / eta**2).astype("float32"))

    def perfect_move(model, x, start, momentum, log_uniform, beta, step, steps):
        variance = 1.0 / (1.0 + beta * curvature)
        mean = beta * variance * ops.matmul(x, matrix) / eta**2
        z = mean + ops.sqrt(variance) * momentum
        here = Position(z, model.log_likelihood(x, z), start.gradient)
        return here, ops.ones_like(log_uniform)

    monkeypatch.setattr(annealer, "hmc_move", perfect_move)
    chains, count = 400, 8
    result = bidirectional_monte_carlo(
        model, count, chains, schedule=betas, leapfrog_steps=1, step_size=0.1, seed=1
    )
    _, x = model.simulate(count, 1)
    exact = log_marginal(x, w, eta)
    variances = 1 / (1 + betas[:, None] * scales**2 / eta**2)
    means = (betas[:, None] * variances)[:, None] * (x @ w)[None] / eta**2
    # (betas - 1, examples) of KL between neighbours, both ways.
    variances = variances[:, None]

    def kl(m1, v1, m2, v2):
        return 0.5 * (np.log(v2 / v1) + (v1 + (m1 - m2) ** 2) / v2 - 1).sum(axis=-1)

    up = kl(means[:-1], variances[:-1], means[1:], variances[1:]).sum(axis=0)
    down = kl(means[1:], variances[1:], means[:-1], variances[:-1]).sum(axis=0)
    low, high = result.lower.log_weights, result.upper.log_weights
    for weights, expected in ((low, exact - up), (high, exact + down)):
        difference = weights.mean(axis=1) - expected
        error = weights.std(axis=1) / np.sqrt(chains)
        # The one exact sample is shared by an example's chains backwards; it gives
        # the first of 59 steps.
        assert (np.abs(difference) < 4 * error + 0.05).all()
        assert abs(difference.mean()) < 0.02
    assert (up + down).mean() > 0.2


def test_the_same_seed_gives_the_same_result_and_another_another():
    model = linear_model(W, ETA)
    x = draw(W, ETA, 3)

    def weights(seed):
        return annealed_importance_sampling(
            model, x, chains=4, distributions=60, leapfrog_steps=3, seed=seed
        ).log_weights

    first = weights(1)
    np.testing.assert_array_equal(weights(1), first)
    assert np.abs(weights(2) - first).min() > 0


class Interrupted(Exception):
    pass


@pytest.mark.parametrize("calls", [2, 4, 6])
def test_an_interrupted_run_goes_on_to_the_identical_result(
    calls, tmp_path, monkeypatch
):
    """Two batches of three calls each: stopped in the first, between, in the last."""
    x = draw(W, ETA, 5)

    def run(file):
        return annealed_importance_sampling(
            linear_model(W, ETA),
            x,
            chains=4,
            distributions=70,
            leapfrog_steps=3,
            seed=7,
            rows=12,
            state_file=file,
            save_every=25,
        )

    whole = run(None)
    advance, made = annealer.Annealer.advance, []

    def stopped(self, *args):
        made.append(1)
        if len(made) == calls:
            raise Interrupted
        return advance(self, *args)

    monkeypatch.setattr(annealer.Annealer, "advance", stopped)
    file = tmp_path / "state.npz"
    with pytest.raises(Interrupted):
        run(file)
    made.clear()
    calls = 7 - calls + 1  # so many are left, and not one more
    resumed = run(file)
    assert len(made) == calls - 1
    np.testing.assert_array_equal(resumed.log_weights, whole.log_weights)
    assert resumed.acceptance == whole.acceptance
    made.clear()
    np.testing.assert_array_equal(run(file).log_weights, whole.log_weights)
    assert not made


def test_a_file_of_another_run_is_refused(tmp_path):
    file = tmp_path / "state.npz"

    def run(w, **changes):
        arguments = {"chains": 2, "distributions": 5, "leapfrog_steps": 1, "seed": 0}
        return annealed_importance_sampling(
            linear_model(w, ETA),
            draw(W, ETA, 2),
            state_file=file,
            **(arguments | changes),
        )

    run(W)
    for w, changes in [
        (W, {"seed": 1}),
        (W, {"chains": 3}),
        (W, {"acceptance": 0.7}),
        (W, {"leapfrog_steps": 2}),
        (W * 1.01, {}),
    ]:
        with pytest.raises(ValueError, match=r"`state_file`.*another run"):
            run(w, **changes)
    file.write_bytes(b"PK no archive")
    with pytest.raises(ValueError, match=r"`state_file`.*cannot be read"):
        run(W)


def test_noise_is_chosen_where_the_truth_is_most_likely():
    x = draw(W, ETA, 20)
    matrix = ops.convert_to_tensor(W.T.astype("float32"))
    noise, estimates = choose_noise_scale(
        lambda z: ops.matmul(z, matrix),
        x,
        candidates=(0.1, 0.3, 0.9),
        latent_dim=Q,
        chains=8,
        distributions=100,
        leapfrog_steps=5,
    )
    assert noise == 0.3
    exact = {eta: log_marginal(x, W, eta).mean() for eta in estimates}
    assert max(exact, key=exact.get) == 0.3
    assert estimates[0.9].value == pytest.approx(exact[0.9], abs=0.3)


def test_a_bar_tells_the_time_left(capfd):
    annealed_importance_sampling(
        linear_model(W, ETA),
        draw(W, ETA, 2),
        chains=2,
        distributions=30,
        leapfrog_steps=1,
        progress=True,
    )
    text = capfd.readouterr().err
    assert "AIS" in text
    assert "100%" in text
    assert "left" in text


def test_schedules_rise_from_0_to_1():
    betas = sigmoid_schedule(9)
    assert (betas[0], betas[-1], betas[4]) == (0, 1, 0.5)
    s = 1 / (1 + np.exp(-np.array([-4, -3, 4.0])))
    assert betas[1] == pytest.approx((s[1] - s[0]) / (s[2] - s[0]))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m, x: linear_model(W, 0.0), "`noise`.*positive.*0.0"),
        (lambda m, x: linear_model(W, -0.1), "`noise`.*positive"),
        (lambda m, x: LatentModel(m.decoder, "loud", 3), "`noise`.*'loud'"),
        (lambda m, x: LatentModel(m.decoder, 0.1), "`latent_dim`"),
        (lambda m, x: LatentModel(None, 0.1, 3), "`decoder`"),
        (lambda m, x: run(m, x[:, :5]), r"`x`.*\(n, 20\).*\(2, 5\)"),
        (lambda m, x: run(m, x * np.nan), "`x`.*finite"),
        (lambda m, x: run(m, x, distributions=1), "`distributions`"),
        (lambda m, x: run(m, x, schedule=[0, 0.5, 0.5, 1]), "`schedule`"),
        (lambda m, x: run(m, x, schedule=[0.1, 1]), "`schedule`"),
        (lambda m, x: run(m, x, chains=0), "`chains`"),
        (lambda m, x: run(m, x, leapfrog_steps=0), "`leapfrog_steps`"),
        (lambda m, x: run(m, x, acceptance=1.0), "`acceptance`"),
        (lambda m, x: run(m, x, step_size=0), "`step_size`"),
        (lambda m, x: run(m, x, seed=-1), "`seed`"),
        (lambda m, x: choose_noise_scale(m.decoder, x, (0.1, 0.0), Q), "`candidates`"),
        (lambda m, x: choose_noise_scale(m.decoder, x, (), Q), "`candidates`"),
    ],
)
def test_what_cannot_be_run_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(linear_model(W, ETA), draw(W, ETA, 2))


def run(model, x, **kwargs):
    return annealed_importance_sampling(model, x, **kwargs)
