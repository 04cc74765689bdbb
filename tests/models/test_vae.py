"""The VAE against probabilistic PCA, where everything has a closed form."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

import keras_genzoo as gz
from keras_genzoo import networks

D, Q = 8, 4


def data(n=4000):
    """Gaussian data with a gap after the second eigenvalue; zero mean, rotated."""
    rng = np.random.default_rng(0)
    rotation, _ = np.linalg.qr(rng.normal(size=(D, D)))
    scales = np.sqrt([9.0, 4.0, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15])
    x = rng.normal(size=(n, D)) * scales @ rotation.T
    return (x - x.mean(0)).astype("float32")


def linear_vae(noise):
    return gz.VAE(
        networks.mlp_encoder((D,), Q, hidden=(), seed=0),
        networks.mlp_decoder((D,), Q, hidden=(), seed=1),
        noise=noise,
        seed=2,
    )


def optimum(x, variance):
    """Mean log-likelihood and active units of pPCA with this noise variance.

    Columns sqrt(lambda_j - variance) u_j where lambda_j > variance, else 0.
    """
    eigenvalues, vectors = np.linalg.eigh(np.cov(x.T.astype("float64"), bias=True))
    top = np.argsort(eigenvalues)[::-1][:Q]
    active = [j for j in top if eigenvalues[j] > variance]
    w = vectors[:, active] * np.sqrt(eigenvalues[active] - variance)
    covariance = w @ w.T + variance * np.eye(D)
    return stats.multivariate_normal(np.zeros(D), covariance).logpdf(x).mean(), active


def train(model, x, epochs=40):
    schedule = keras.optimizers.schedules.CosineDecay(2e-2, epochs * len(x) // 100)
    model.compile(optimizer=keras.optimizers.Adam(schedule))
    model.fit(x, batch_size=100, epochs=epochs, verbose=0)


def active_units(model, x):
    z_mean, _ = model.encode(x)
    return int(np.sum(z_mean.var(axis=0) > 1e-2))


def test_linear_vae_with_fixed_noise_reaches_the_ppca_optimum():
    x = data()
    model = linear_vae(noise=1.0)
    train(model, x)
    expected, active = optimum(x, 1.0)
    assert len(active) == 2
    elbo = model.elbo(x, samples=20, seed=0).mean()
    assert elbo == pytest.approx(expected, rel=0.005)
    assert elbo < expected + 0.01
    assert active_units(model, x) == 2
    evaluated = model.evaluate(x, batch_size=1000, verbose=0, return_dict=True)
    assert evaluated["elbo"] == pytest.approx(expected, rel=0.01)
    assert evaluated["loss"] == pytest.approx(-evaluated["elbo"], rel=1e-5)
    assert evaluated["elbo"] == pytest.approx(
        evaluated["reconstruction"] - evaluated["kl"], rel=1e-5
    )


@pytest.mark.parametrize("noise", ["learned", "profiled"])
def test_linear_vae_finds_the_noise_of_ppca(noise):
    x = data()
    model = linear_vae(noise=noise)
    train(model, x, epochs=60)
    eigenvalues = np.sort(np.linalg.eigvalsh(np.cov(x.T, bias=True)))[::-1]
    variance = eigenvalues[Q:].mean()
    expected, active = optimum(x, variance)
    assert len(active) == Q
    assert model.elbo(x, samples=20, seed=0).mean() == pytest.approx(
        expected, rel=0.005
    )
    log_var = float(ops.convert_to_numpy(model.observation.log_var()))
    # A profiled noise counts the spread of z's draws in the squared error.
    assert np.exp(log_var) == pytest.approx(variance, rel=0.02)
    assert active_units(model, x) == Q


def test_elbo_of_given_weights_equals_the_closed_form():
    """Reference: Lucas et al., Don't Blame the ELBO!, 2019, for the linear case."""
    x = data(4000)[:50]
    model = linear_vae(noise=0.7)
    rng = np.random.default_rng(1)
    v, w = 0.3 * rng.normal(size=(D, Q)), rng.normal(size=(Q, D))
    log_d = np.array([-1.0, -0.5, 0.0, 0.3])
    encoder = {layer.name: layer for layer in model.encoder.layers}
    encoder["z_mean"].kernel.assign(v)
    encoder["z_log_var"].bias.assign(log_d)
    model.decoder.layers[-1].kernel.assign(w)
    variance = 0.7**2
    mean = x @ v
    residual = np.square(x - mean @ w).sum(-1)
    spread = (np.exp(log_d) * np.square(w).sum(-1)).sum()
    reconstruction = -0.5 * (
        D * np.log(2 * np.pi * variance) + (residual + spread) / variance
    )
    kl = 0.5 * (np.exp(log_d) + np.square(mean) - log_d - 1).sum(-1)
    got = model.elbo(x, samples=1000, seed=0)
    # Monte-Carlo error: a few standard errors of 1000 draws.
    np.testing.assert_allclose(got, reconstruction - kl, rtol=0.1)
    assert got.mean() == pytest.approx((reconstruction - kl).mean(), rel=5e-3)
    model.compile(optimizer=keras.optimizers.SGD(0.0))
    logs = model.evaluate(x, verbose=0, return_dict=True)
    assert logs["kl"] == pytest.approx(kl.mean(), rel=1e-4)


def image_vae(likelihood="bernoulli"):
    return gz.VAE(
        networks.conv_encoder((8, 8, 1), 3, width=4, dense=8, seed=0),
        networks.conv_decoder((8, 8, 1), 3, width=4, dense=8, seed=1),
        likelihood=likelihood,
        seed=0,
    )


IMAGES = np.random.default_rng(0).integers(0, 256, (11, 8, 8, 1), dtype="uint8")


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_images_in_and_out(likelihood):
    model = image_vae(likelihood)
    reconstructed = model.reconstruct(IMAGES, batch_size=4)
    assert reconstructed.dtype == np.float32
    assert reconstructed.min() >= 0 <= reconstructed.max() <= 1
    np.testing.assert_allclose(
        reconstructed, model.reconstruct(IMAGES / 255.0), atol=1e-6
    )
    np.testing.assert_allclose(
        reconstructed, model.predict(IMAGES, verbose=0), atol=1e-6
    )
    z_mean, _ = model.encode(IMAGES)
    np.testing.assert_allclose(reconstructed, model.decode(z_mean), atol=1e-6)
    outputs = ops.convert_to_numpy(model.decoder(z_mean))
    expected = 1 / (1 + np.exp(-outputs)) if likelihood == "bernoulli" else outputs
    np.testing.assert_allclose(reconstructed, expected.clip(0, 1), atol=1e-6)


def test_samples_follow_the_seed():
    model = image_vae()
    one = model.sample(5, seed=3)
    np.testing.assert_array_equal(one, model.sample(5, seed=3))
    assert np.abs(one - model.sample(5, seed=4)).max() > 0
    assert np.abs(model.sample(5) - model.sample(5)).max() > 0


def test_looking_at_samples_does_not_change_training():
    runs = []
    for look in (False, True):
        model = image_vae()
        model.compile()
        for _ in range(2):
            model.fit(IMAGES, batch_size=4, shuffle=False, verbose=0)
            if look:
                model.sample(2)
                model.elbo(IMAGES)
        runs.append(model.get_weights())
    for a, b in zip(*runs, strict=True):
        np.testing.assert_array_equal(a, b)


def test_elbo_does_not_depend_on_the_batch_size():
    model = image_vae()
    # A posterior with hardly a spread: every draw is near its mean.
    model.encoder.get_layer("z_log_var").bias.assign([-60.0] * 3)
    many, few = (model.elbo(IMAGES, batch_size=size) for size in (256, 3))
    np.testing.assert_allclose(few, many, rtol=1e-4)
    z_mean, z_log_var = model.encode(IMAGES)
    p = model.decode(z_mean).astype("float64")
    x = IMAGES / 255.0
    reconstruction = (x * np.log(p) + (1 - x) * np.log1p(-p)).sum((1, 2, 3))
    kl = 0.5 * (z_mean**2 + np.exp(z_log_var) - z_log_var - 1).sum(-1)
    np.testing.assert_allclose(many, reconstruction - kl, rtol=1e-4)


def test_a_file_brings_back_the_whole_model(tmp_path):
    model = image_vae("gaussian")
    model.compile()
    model.fit(IMAGES, batch_size=4, verbose=0)
    model.save(tmp_path / "vae.keras")
    loaded = keras.saving.load_model(tmp_path / "vae.keras")
    assert loaded.observation.noise == "learned"
    np.testing.assert_array_equal(model.sample(3), loaded.sample(3))
    np.testing.assert_array_equal(
        model.elbo(IMAGES, seed=1), loaded.elbo(IMAGES, seed=1)
    )
