"""Importance weighting, ELBO, AIS on a curved decoder, kernel density estimates."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import special, stats
from sklearn.neighbors import KernelDensity

import keras_genzoo as gz
from keras_genzoo import networks
from keras_genzoo.evaluation.likelihood import (
    LatentModel,
    annealed_importance_sampling,
    bidirectional_monte_carlo,
    choose_bandwidth,
    evidence_lower_bound,
    importance_weighted_bound,
    kernel_density_estimate,
)
from keras_genzoo.layers.observation import (
    BernoulliObservation,
    ContinuousBernoulliObservation,
    GaussianObservation,
)
from tests.evaluation.likelihood.linear_models import (
    linear_model,
    orthogonal_columns,
)
from tests.models.linear_gaussian import (
    best_posterior,
    draw,
    linear_vae,
    log_marginal,
    set_weights,
)

D, Q, ETA = 6, 3, 0.8
PLAIN = orthogonal_columns(D, [2.0, 1.2, 0.6])
ROTATED = PLAIN @ np.linalg.qr(np.random.default_rng(1).normal(size=(Q, Q)))[0]


def posterior(w, x):
    v, variances, m = best_posterior(w, ETA)
    return (x @ v.T, np.tile(np.log(variances), (len(x), 1))), m


def test_with_the_true_posterior_every_weight_is_exact():
    x = draw(PLAIN, ETA, 30)
    proposal, _ = posterior(PLAIN, x)
    model = linear_model(PLAIN, ETA)
    exact = log_marginal(x, PLAIN, ETA)
    result = importance_weighted_bound(model, x, 5, proposal)
    np.testing.assert_allclose(
        result.log_weights, np.repeat(exact[:, None], 5, 1), atol=1e-4
    )
    result = evidence_lower_bound(model, x, lambda x: posterior(PLAIN, x)[0], 3)
    np.testing.assert_allclose(result.values, exact, atol=1e-4)


def test_bounds_rise_to_the_exact_value():
    x = draw(ROTATED, ETA, 300)
    proposal, m = posterior(ROTATED, x)
    model = linear_model(ROTATED, ETA)
    exact = log_marginal(x, ROTATED, ETA).mean()
    gap = 0.5 * (np.log(np.diag(m)).sum() - np.linalg.slogdet(m)[1])
    elbo = evidence_lower_bound(model, x, proposal, samples=50)
    assert exact - elbo.value == pytest.approx(gap, abs=0.02)
    gaps = [
        exact - importance_weighted_bound(model, x, k, proposal).value
        for k in (1, 5, 50, 500)
    ]
    assert gaps[0] > gaps[1] > gaps[2] > -0.01
    assert abs(gaps[3]) < 0.02
    prior = importance_weighted_bound(model, x, 5000, rows=20_000)
    assert prior.value == pytest.approx(exact, abs=0.1)
    z = (prior.values - log_marginal(x, ROTATED, ETA)) / prior.errors
    assert 0.5 < z.std() < 2


def test_blocks_of_rows_change_nothing():
    """An example's draws span several blocks, the last of them reaching back."""
    x = draw(ROTATED, ETA, 2)
    model = linear_model(ROTATED, ETA)
    whole = importance_weighted_bound(model, x, 250, rows=250)
    split = importance_weighted_bound(model, x, 250, rows=96)
    np.testing.assert_allclose(split.log_weights, whole.log_weights, rtol=1e-5)


def test_a_vae_brings_its_own_parts():
    """Its encoder, decoder and noise; new weights count at once, compiled or not."""
    vae = linear_vae(D, Q, ETA)
    model = LatentModel(vae.decoder, vae.observation)
    assert model.latent_dim == Q
    x = draw(PLAIN, ETA, 30)
    for w in (PLAIN, 1.5 * PLAIN):
        v, variances, _ = best_posterior(w, ETA)
        set_weights(vae, w, v, variances)
        result = importance_weighted_bound(model, x, 5, vae.encode)
        np.testing.assert_allclose(result.values, log_marginal(x, w, ETA), atol=1e-3)
    annealed = annealed_importance_sampling(model, x, 20, distributions=100)
    assert annealed.value == pytest.approx(result.value, abs=0.1)


def test_a_gan_is_a_decoder_once_it_has_a_noise():
    gan = gz.GAN(
        networks.mlp_generator((4, 4, 1), 2, hidden=(8,), seed=0),
        networks.mlp_discriminator((4, 4, 1), hidden=(8,), seed=1),
        seed=2,
    )
    model = LatentModel(gan, 0.3)
    z, x = model.simulate(6, 0)
    # What the noise is added to is what the model generates.
    assert (x - gan.decode(z)).std() == pytest.approx(0.3, rel=0.25)
    np.testing.assert_allclose(model.decode(z), gan.decode(z), atol=1e-6)
    sampled = importance_weighted_bound(model, x, 10_000, rows=10_000)
    annealed = annealed_importance_sampling(
        model, x, 32, 50, leapfrog_steps=4, step_size=0.3
    )
    assert annealed.value == pytest.approx(sampled.value, abs=0.1)


def test_the_likelihood_of_a_gan_is_that_of_what_it_samples_from():
    """Where there is an averaged generator, `sample` and the likelihood use it."""
    gan = gz.GAN(
        networks.mlp_generator((6,), 2, hidden=(), seed=0),
        networks.mlp_discriminator((6,), hidden=(4,), seed=1),
        average_half_life=100,
        seed=2,
    )
    averaged = orthogonal_columns(6, [1.5, 0.7])
    for network, w in ((gan.average_generator, averaged), (gan.generator, PLAIN)):
        network.set_weights([w[:, :2].T, np.zeros(6)])
    model = LatentModel(gan, ETA)
    np.testing.assert_allclose(
        model.decode(gan.draw_latents(5, 0)), gan.sample(5, 0), rtol=1e-5, atol=1e-6
    )
    x = draw(averaged, ETA, 10)
    estimate = importance_weighted_bound(model, x, 20_000, rows=20_000)
    np.testing.assert_allclose(
        estimate.values, log_marginal(x, averaged, ETA), atol=0.15
    )
    annealed = annealed_importance_sampling(model, x, 20, 50, leapfrog_steps=4)
    np.testing.assert_allclose(
        annealed.values, log_marginal(x, averaged, ETA), atol=0.3
    )


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_a_curved_decoder_against_quadrature(likelihood):
    d = 5
    decoder = networks.mlp_decoder((d,), 2, hidden=(8,), activation="tanh", seed=1)
    rng = np.random.default_rng(0)
    scale = 2.0 if likelihood == "bernoulli" else 0.5
    decoder.layers[-1].kernel.assign(scale * rng.normal(size=(8, d)))
    noise = BernoulliObservation() if likelihood == "bernoulli" else 0.5
    model = LatentModel(decoder, noise)
    x = (np.random.default_rng(1).uniform(size=(5, d)) < 0.5).astype("float32")
    axis = np.linspace(-6, 6, 161)
    z = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2).astype("float32")
    outputs = ops.convert_to_numpy(decoder(z)).astype("float64")[:, None]
    if likelihood == "bernoulli":
        log_p = (x * outputs - np.logaddexp(0, outputs)).sum(-1)
    else:
        log_p = stats.norm(outputs, 0.5).logpdf(x).sum(-1)
    prior = stats.norm.logpdf(z).sum(-1, keepdims=True)
    cell = 2 * np.log(axis[1] - axis[0])
    exact = special.logsumexp(log_p + prior, axis=0) + cell
    sampled = importance_weighted_bound(model, x, 50_000, rows=25_000)
    np.testing.assert_allclose(sampled.values, exact, atol=0.05)
    annealed = annealed_importance_sampling(
        model, x, chains=400, distributions=200, leapfrog_steps=5
    )
    np.testing.assert_allclose(annealed.values, exact, atol=0.08)
    means = annealed.log_weights.mean(axis=1)
    assert (means < exact + 3 * annealed.log_weights.std(axis=1) / 10).all()
    assert means.mean() < exact.mean()
    both = bidirectional_monte_carlo(
        model, 20, chains=10, distributions=50, leapfrog_steps=5
    )
    assert both.lower.log_weights.mean() < both.upper.log_weights.mean()


def test_a_convolutional_decoder_of_images():
    """With batch normalisation, and pixels in 8 bits; against draws of the prior."""
    decoder = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(4 * 4 * 3),
            keras.layers.Reshape((4, 4, 3)),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
            keras.layers.Conv2DTranspose(
                1, 4, strides=2, padding="same", activation="sigmoid"
            ),
        ]
    )
    # Statistics that are not those of the batch.
    normalisation = decoder.layers[2]
    normalisation.moving_mean.assign([0.1, -0.2, 0.3])
    normalisation.moving_variance.assign([0.05, 0.1, 0.2])
    model = LatentModel(decoder, 0.3)
    _, x = model.simulate(4, 0)
    pixels = (np.clip(x, 0, 1) * 255).astype("uint8")
    sampled = importance_weighted_bound(model, pixels, 20_000, rows=10_000)
    assert sampled.errors.max() < 0.05
    annealed = annealed_importance_sampling(
        model, pixels, 32, 75, leapfrog_steps=4, step_size=0.3, rows=64
    )
    np.testing.assert_allclose(annealed.values, sampled.values, atol=0.25)
    assert annealed.value == pytest.approx(sampled.value, abs=0.1)


def test_kernel_densities_are_those_of_scikit_learn_and_scipy():
    rng = np.random.default_rng(0)
    samples, x = rng.normal(size=(300, 4)), rng.normal(size=(20, 4))
    samples, x = (a.astype("float32").astype("float64") for a in (samples, x))
    for bandwidth in (0.02, 0.5):
        result = kernel_density_estimate(samples, x, bandwidth)
        terms = stats.norm(samples, bandwidth).logpdf(x[:, None]).sum(axis=-1)
        expected = special.logsumexp(terms, axis=1) - np.log(300)
        np.testing.assert_allclose(result.values, expected, rtol=1e-9)
    # At small bandwidths the tree of scikit-learn loses its digits.
    library = KernelDensity(bandwidth=0.5).fit(samples)
    np.testing.assert_allclose(result.values, library.score_samples(x), rtol=1e-6)
    # SciPy scales its kernel with the samples' covariance.
    line = samples[:, 0]
    kernel = stats.gaussian_kde(line, 0.3)
    result = kernel_density_estimate(
        line[:, None], x[:, :1], float(0.3 * line.std(ddof=1))
    )
    np.testing.assert_allclose(result.values, kernel.logpdf(x[:, 0]), rtol=1e-6)


def test_the_bandwidth_is_chosen_on_validation_data():
    rng = np.random.default_rng(0)
    samples, validation, x = rng.normal(size=(3, 400, 2))
    candidates = (0.02, 0.3, 3.0)
    bandwidth, means = choose_bandwidth(samples, validation, candidates)
    assert bandwidth == max(means, key=means.get) == 0.3
    for scale, mean in means.items():
        single = kernel_density_estimate(samples, validation, scale)
        assert mean == pytest.approx(single.value)
    chosen = kernel_density_estimate(samples, x, None, validation, candidates)
    fixed = kernel_density_estimate(samples, x, 0.3)
    np.testing.assert_array_equal(chosen.values, fixed.values)
    assert "bandwidth 0.3, chosen on 400 validation examples" in str(chosen)


def test_the_density_errors_are_their_spread():
    rng = np.random.default_rng(0)
    x = np.zeros((1, 1))
    results = [
        kernel_density_estimate(rng.normal(size=(500, 1)), x, 0.3) for _ in range(200)
    ]
    spread = np.std([r.value for r in results])
    assert np.mean([r.errors[0] for r in results]) == pytest.approx(spread, rel=0.2)


def test_simulated_examples_have_the_models_moments():
    model = linear_model(PLAIN, ETA)
    z, x = model.simulate(20_000, 0)
    np.testing.assert_allclose(
        np.cov(x.T), PLAIN @ PLAIN.T + ETA**2 * np.eye(D), atol=0.15
    )
    np.testing.assert_allclose((x - z @ PLAIN.T).std(), ETA, rtol=0.02)
    bits = LatentModel(lambda z: 2.0 * z, BernoulliObservation(), 2)
    z, x = bits.simulate(20_000, 0)
    assert set(np.unique(x)) == {0, 1}
    np.testing.assert_allclose((x - special.expit(2.0 * z)).mean(axis=0), 0, atol=0.02)
    learned = GaussianObservation("learned")
    learned.log_scale.assign(np.log(0.5))
    model = LatentModel(lambda z: z, learned, 2)
    z, x = model.simulate(5000, 0)
    assert (x - z).std() == pytest.approx(0.5, rel=0.05)
    assert model.noise_name == "Gaussian noise 0.5"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m, x: importance_weighted_bound(m, x, 0), "`samples`"),
        (
            lambda m, x: importance_weighted_bound(m, x, 5, (x, x)),
            r"`proposal`.*\(4, 3\).*\(4, 6\)",
        ),
        (
            lambda m, x: importance_weighted_bound(
                m, x, 5, (x[:, :3] * np.nan, x[:, :3])
            ),
            "`proposal`.*finite",
        ),
        (lambda m, x: kernel_density_estimate(x, x, 0), "`bandwidth`"),
        (lambda m, x: kernel_density_estimate(x, x), "`bandwidth` or `validation`"),
        (lambda m, x: kernel_density_estimate(x, x[:, :2], 1.0), "same shape"),
        (lambda m, x: kernel_density_estimate(x * np.inf, x, 1.0), "`samples`"),
        (
            lambda m, x: kernel_density_estimate(x, x, None, x[2:]),
            "`validation` and `x` must not share",
        ),
        (lambda m, x: choose_bandwidth(x, x, [0.1, -1]), "`candidates`"),
        (
            lambda m, x: LatentModel(
                lambda z: z, BernoulliObservation(), D
            ).check_examples(x),
            r"\[0, 1\]",
        ),
        (
            lambda m, x: LatentModel(
                lambda z: z, ContinuousBernoulliObservation(), D
            ).simulate(3),
            "`noise`.*simulate",
        ),
    ],
)
def test_what_has_no_likelihood_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(linear_model(PLAIN, ETA), draw(PLAIN, ETA, 4))
