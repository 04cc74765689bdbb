"""M2: the exact sum over classes, missing labels, the classifier's share."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import special

import keras_genzoo as gz
from keras_genzoo import networks

D, Q, K = 6, 2, 3


def model_of(alpha=0.1, **kwargs):
    model = gz.SemiSupervisedVAE(
        networks.mlp_encoder((D,), Q, hidden=(8,), num_classes=K, seed=0),
        networks.mlp_decoder((D,), Q, hidden=(8,), num_classes=K, seed=1),
        networks.mlp_classifier((D,), K, hidden=(8,), seed=2),
        alpha=alpha,
        seed=0,
        **kwargs,
    )
    # Random, so that classes differ.
    rng = np.random.default_rng(0)
    for weight in model.trainable_variables:
        weight.assign(0.7 * rng.normal(size=weight.shape))
    return model


def bits(n=8, seed=0):
    return (np.random.default_rng(seed).uniform(size=(n, D)) < 0.5).astype("float32")


def test_the_unlabelled_bound_is_the_sum_over_classes():
    """-U(x) = sum_y q(y|x) ELBO(x, y) + H[q] <= log sum_y exp ELBO(x, y)."""
    model, x = model_of(), bits()
    draws = {"samples": 400, "seed": 0}
    by_class = np.stack([model.elbo(x, y, **draws) for y in range(K)], axis=1)
    q = model.class_probabilities(x).astype("float64")
    np.testing.assert_allclose(q.sum(1), 1.0, rtol=1e-6)
    unlabelled = model.elbo(x, **draws)
    expected = (q * (by_class - np.log(q))).sum(1)
    np.testing.assert_allclose(unlabelled, expected, rtol=1e-5)
    ceiling = special.logsumexp(by_class, axis=1)
    assert np.all(unlabelled < ceiling)
    # With q(y|x) proportional to exp ELBO(x, y) the two are equal.
    head = next(v for v in model.classifier.layers[::-1] if hasattr(v, "kernel"))
    for i in range(len(x)):
        head.kernel.assign(np.zeros(head.kernel.shape))
        head.bias.assign(by_class[i])
        np.testing.assert_allclose(
            model.elbo(x, **draws)[i], ceiling[i], rtol=1e-5, atol=1e-4
        )


def test_the_bounds_stand_below_the_evidence():
    model, x = model_of(), bits()
    # A posterior as wide as the prior, with which importance weights are bounded.
    for weight in model.encoder.trainable_variables[-4:]:
        weight.assign(np.zeros(weight.shape))
    axis = np.linspace(-6, 6, 121)
    z = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2).astype("float32")
    cell = 2 * np.log(axis[1] - axis[0])
    prior = -0.5 * (z**2).sum(1) - np.log(2 * np.pi)
    log_joint = []
    for y in range(K):
        labels = np.full(len(z), y, "int32")
        logits = ops.convert_to_numpy(model.decoder([z, labels])).astype("float64")
        log_p = x @ logits.T - np.logaddexp(0, logits).sum(1)
        log_joint.append(special.logsumexp(log_p + prior, axis=1) + cell - np.log(K))
    evidence = special.logsumexp(log_joint, axis=0)
    tight = model.importance_weighted_bound(x, samples=20_000, seed=0)
    np.testing.assert_allclose(tight, evidence, atol=0.05)
    assert np.all(model.elbo(x, samples=400, seed=0) < evidence)
    given = model.importance_weighted_bound(x, 1, samples=20_000, seed=0)
    np.testing.assert_allclose(given, log_joint[1], atol=0.05)


def test_a_step_minimises_what_the_paper_says():
    model, x = model_of(alpha=0.3), np.tile(bits(), (250, 1))
    labels = np.tile([0, -1, -1, 2, -1, -1, -1, -1], 250)
    model.compile(optimizer=keras.optimizers.SGD(0.0))
    history = model.fit(x, labels, batch_size=1000, shuffle=False, verbose=0).history
    logs = {k: v[0] for k, v in history.items()}
    expected = model.elbo(x[:8], labels[:8], samples=2000, seed=0).mean()
    assert logs["elbo"] == pytest.approx(expected, abs=0.15)
    assert logs["elbo"] == pytest.approx(logs["reconstruction"] - logs["kl"], rel=1e-4)
    q = model.class_probabilities(x[:8])
    cross_entropy = -np.log([q[0, 0], q[3, 2]]).mean()
    assert logs["classification_loss"] == pytest.approx(cross_entropy, rel=1e-4)
    accuracy = np.mean([q[0].argmax() == 0, q[3].argmax() == 2])
    assert logs["accuracy"] == pytest.approx(accuracy)
    # alpha N / N_labelled, here 4 alpha, on a quarter of the examples.
    assert logs["loss"] == pytest.approx(-logs["elbo"] + 0.3 * cross_entropy, rel=1e-4)
    np.testing.assert_array_equal(ops.convert_to_numpy(model.seen), [2000, 500])
    evaluated = model.evaluate(x, labels, batch_size=1000, verbose=0, return_dict=True)
    assert evaluated.keys() == logs.keys()
    for name, value in logs.items():
        assert evaluated[name] == pytest.approx(value, abs=0.15)


def test_without_any_label_nothing_is_classified():
    model, x = model_of(), bits()
    model.compile()
    logs = model.evaluate(x, np.full(8, -1), verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(-logs["elbo"], rel=1e-5)
    assert logs["classification_loss"] == 0


def test_unlabelled_points_help():
    """Two noisy rings of bits, two labelled examples a class."""
    rng = np.random.default_rng(0)
    prototypes = np.array([[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1], [1, 0, 1, 0, 1, 0]])
    y = rng.integers(0, K, 900)
    x = np.abs(prototypes[y] - (rng.uniform(size=(900, D)) < 0.1)).astype("float32")
    labels = np.full(900, -1)
    for k in range(K):
        labels[np.flatnonzero(y == k)[:2]] = k
    model = gz.SemiSupervisedVAE(
        networks.mlp_encoder((D,), 1, hidden=(16,), num_classes=K, seed=0),
        networks.mlp_decoder((D,), 1, hidden=(16,), num_classes=K, seed=1),
        networks.mlp_classifier((D,), K, hidden=(16,), seed=2),
        seed=0,
    )
    model.compile(optimizer=keras.optimizers.Adam(5e-3))
    model.fit(x, labels, batch_size=100, epochs=60, verbose=0)
    best = np.abs(x[:, None] - prototypes).sum(-1).argmin(1)
    assert np.mean(best == y) > 0.9
    assert np.mean(model.classify(x) == y) > np.mean(best == y) - 0.05


def test_labels_are_read_where_none_are_given():
    model, x = model_of(), bits()
    read = model.classify(x)
    np.testing.assert_array_equal(read, model.class_probabilities(x).argmax(1))
    np.testing.assert_array_equal(model.encode(x)[0], model.encode(x, read)[0])
    np.testing.assert_array_equal(model.reconstruct(x), model.reconstruct(x, read))


def test_a_file_brings_back_the_whole_model(tmp_path):
    model, x = model_of(alpha=0.2), bits()
    model.compile()
    model.fit(x, np.array([0, 1, 2, -1, -1, -1, 0, 1]), batch_size=4, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.alpha == 0.2
    np.testing.assert_array_equal(ops.convert_to_numpy(loaded.seen), [8, 5])
    np.testing.assert_array_equal(model.elbo(x, seed=1), loaded.elbo(x, seed=1))


BAD = {
    "free bits": ({"free_bits": 1.0}, "`free_bits` must be 0.0"),
    "importance samples": ({"importance_samples": 2}, "`importance_samples` must be 1"),
    "alpha": ({"alpha": -1.0}, "`alpha` must be a number >= 0, got -1.0"),
    "classes": ({"num_classes": 4}, "`num_classes` must be 3, the width of"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_options(case):
    options, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        model_of(**options)


def test_labels_below_minus_one_are_refused():
    model = model_of()
    model.compile()
    with pytest.raises(ValueError, match=r"`y` must be in \[0, 3\) or -1, got values"):
        model.fit(bits(), np.full(8, -2), verbose=0)
    with pytest.raises(ValueError, match="`classifier` must take"):
        gz.SemiSupervisedVAE(
            model.encoder, model.decoder, networks.mlp_classifier((D + 1,), K)
        )
