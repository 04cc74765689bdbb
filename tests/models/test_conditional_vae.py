"""The conditional VAE: labels reach both networks, and the bound is that of x | y."""

import re

import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

import keras_genzoo as gz
from keras_genzoo import networks
from keras_genzoo.latent import label_analogies

D, Q, K, ETA = 4, 2, 3, 0.7
LABELS = np.arange(30) % K


def linear(num_classes=K, **kwargs):
    return gz.ConditionalVAE(
        networks.mlp_encoder((D,), Q, hidden=(), num_classes=K, seed=0),
        networks.mlp_decoder((D,), Q, hidden=(), num_classes=K, seed=1),
        num_classes,
        noise=ETA,
        seed=2,
        **kwargs,
    )


def embeddings(network):
    found = [x for x in network.layers if isinstance(x, keras.layers.Embedding)]
    # Those that start at zero last.
    return sorted(
        (x.embeddings for x in found), key=lambda v: not np.any(ops.convert_to_numpy(v))
    )


def at_the_optimum():
    """x = Wz + mu_y + noise, W's columns orthogonal; every quantity is known."""
    rng = np.random.default_rng(0)
    columns, _ = np.linalg.qr(rng.normal(size=(D, Q)))
    w = columns * np.array([2.0, 0.9])
    means = rng.normal(size=(K, D))
    m = w.T @ w + ETA**2 * np.eye(Q)
    v = np.linalg.solve(m, w.T)
    return linear(), w, means, v, np.diag(m)


def test_bounds_equal_the_log_likelihood_given_the_label():
    model, w, means, v, m = at_the_optimum()
    dense = next(x for x in model.decoder.layers if isinstance(x, keras.layers.Dense))
    dense.kernel.assign(w.T)
    embeddings(model.decoder)[0].assign(means)
    model.encoder.get_layer("z_mean").kernel.assign(v.T)
    model.encoder.get_layer("z_log_var").bias.assign(np.log(ETA**2 / m))
    # The mean's embedding takes the class mean out again; the other starts at zero.
    for_mean, for_log_var = embeddings(model.encoder)
    assert not np.any(ops.convert_to_numpy(for_log_var))
    for_mean.assign(-means @ v.T)
    x = np.random.default_rng(1).normal(size=(30, D)).astype("float32")
    covariance = w @ w.T + ETA**2 * np.eye(D)
    expected = [
        stats.multivariate_normal(means[y], covariance).logpdf(row)
        for row, y in zip(x, LABELS, strict=True)
    ]
    got = model.importance_weighted_bound(x, LABELS, samples=2, seed=0)
    np.testing.assert_allclose(got, expected, atol=2e-4)
    elbo = model.elbo(x, LABELS, samples=2000, seed=0)
    assert elbo.mean() == pytest.approx(np.mean(expected), abs=0.02)
    logs = _evaluated(model, x, LABELS)
    assert logs["elbo"] == pytest.approx(np.mean(expected), abs=1.0)


def _evaluated(model, x, labels):
    model.compile()
    return model.evaluate(x, labels, verbose=0, return_dict=True)


def test_training_separates_label_and_latent():
    """Clouds of points: the label says which, the latent where in it."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, K, 600)
    style = rng.normal(size=600)
    x = np.zeros((600, D), "float32")
    x[:, 0] = 1.5 * labels
    x[:, 1] = 2.0 * style
    x += 0.1 * rng.normal(size=x.shape).astype("float32")
    model = gz.ConditionalVAE(
        networks.mlp_encoder((D,), 1, hidden=(), num_classes=K, seed=0),
        networks.mlp_decoder((D,), 1, hidden=(), num_classes=K, seed=1),
        K,
        noise=0.3,
        seed=0,
    )
    schedule = keras.optimizers.schedules.CosineDecay(5e-2, 600)
    model.compile(optimizer=keras.optimizers.Adam(schedule))
    model.fit(x, labels, batch_size=100, epochs=100, verbose=0)
    z, _ = model.encode(x, labels)
    assert abs(stats.spearmanr(z[:, 0], style).statistic) > 0.97
    moved = label_analogies(model, z[:20])
    for target in range(K):
        assert moved[:, target, 0].mean() == pytest.approx(1.5 * target, abs=0.2)
        np.testing.assert_allclose(moved[:, target, 1], x[:20, 1], atol=0.8)
    made = model.sample(300, labels=2, seed=0)
    assert made[:, 0].mean() == pytest.approx(3.0, abs=0.2)
    assert made[:, 1].std() == pytest.approx(2.0, rel=0.25)


def test_samples_follow_labels_and_seed():
    model = linear()
    one = model.sample(labels=[0, 1, 2, 2], seed=3)
    assert one.shape == (4, D)
    np.testing.assert_array_equal(one, model.sample(4, [0, 1, 2, 2], seed=3))
    assert np.abs(one[:3] - model.sample(3, [1, 2, 0], seed=3)).max() > 0.1
    assert model.sample(5, seed=1).shape == (5, D)


def test_a_file_brings_back_the_whole_model(tmp_path):
    model = linear(beta=0.5)
    model.compile()
    x = np.random.default_rng(0).normal(size=(30, D)).astype("float32")
    model.fit(x, LABELS, batch_size=10, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert (loaded.num_classes, loaded.beta) == (K, 0.5)
    np.testing.assert_array_equal(
        model.elbo(x, LABELS, seed=1), loaded.elbo(x, LABELS, seed=1)
    )
    np.testing.assert_allclose(
        model.predict([x, LABELS], verbose=0), model.reconstruct(x, LABELS), atol=1e-6
    )


X = np.zeros((6, D), "float32")
Y = np.arange(6) % K
BAD_LABELS = {
    "missing": (None, "`y` must be the labels, 6 integers in [0, 3), got None"),
    "too few": (Y[:5], "`y` must be 6 labels, one for each example, got shape (5,)"),
    "floats": (Y.astype("float32"), "`y` must be integers, got dtype float32"),
    "too large": (Y + 1, "`y` must be in [0, 3), got values from 1 to 3"),
    "negative": (Y - 1, "`y` must be in [0, 3), got values from -1 to 1"),
}


@pytest.mark.parametrize("case", BAD_LABELS)
def test_bad_labels(case):
    labels, message = BAD_LABELS[case]
    model = linear()
    model.compile()
    for method in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match=re.escape(message)):
            method(X, labels)
    with pytest.raises(ValueError, match="`labels` must be"):
        model.encode(X, labels)


def test_networks_without_labels_are_refused():
    with pytest.raises(ValueError, match="`encoder` must have 2 inputs, got 1"):
        gz.ConditionalVAE(
            networks.mlp_encoder((D,), Q),
            networks.mlp_decoder((D,), Q, num_classes=K),
            K,
        )
