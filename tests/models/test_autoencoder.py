"""The linear autoencoder against scikit-learn's PCA; the deep one beyond it."""

import re

import keras
import numpy as np
import pytest
from keras import ops
from scipy.linalg import subspace_angles
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from keras_genzoo import networks
from keras_genzoo.models.autoencoder import Autoencoder
from keras_genzoo.models.linear_components import RunningMoments, exact_moments

# The digits' 10th eigenvalue is 1.30 times the 11th.
Q = 10
# Divides the 1,797 digits almost evenly: the gradient of a rest of 5 would count as
# much as that of a whole batch.
BATCH = 300


def digits():
    return (load_digits().data / 16).astype("float32")


def linear(shape=(64,), q=Q, seed=0):
    return Autoencoder(linear=True, example_shape=shape, latent_dim=q, seed=seed)


def set_weights(model, mean, inward, outward):
    """mean (size,), inward (size, q), outward (q, size)."""
    model.moments.mean.assign(mean.reshape(model.example_shape))
    model.encoder.get_layer("latents").kernel.assign(inward)
    model.decoder.get_layer("outputs").kernel.assign(outward)


def kernel(model):
    return ops.convert_to_numpy(model.decoder.get_layer("outputs").kernel)


def error(model, x):
    return model.evaluate(x, batch_size=256, verbose=0, return_dict=True)


def test_plain_fit_finds_the_principal_components():
    """Beside a mean whose length is 186 standard deviations."""
    x = digits() + np.float32(50)
    pca = PCA(Q).fit(x.astype("float64"))
    model = linear()
    epochs, steps = 70, -(-len(x) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(0.03, epochs * steps)
    model.compile(optimizer=keras.optimizers.Adam(rate))
    model.fit(x, batch_size=BATCH, epochs=epochs, verbose=0)

    angle = np.degrees(subspace_angles(kernel(model).T, pca.components_.T).max())
    assert angle < 1
    best = np.square(x - pca.inverse_transform(pca.transform(x))).sum(-1).mean()
    logs = error(model, x)
    assert logs["reconstruction_error"] == pytest.approx(best, rel=1e-3)
    assert logs["loss"] == logs["reconstruction_error"]
    # The running moments remember a little of the start, when the latents were others.
    for seen, tolerance in ((x, 1e-4), (None, 0.03)):
        np.testing.assert_allclose(
            model.explained_variance_ratio(seen),
            pca.explained_variance_ratio_,
            rtol=tolerance,
        )
        axes = model.components(seen).astype("float64")
        np.testing.assert_allclose(axes @ axes.T, np.eye(Q), atol=1e-6)
        # The third and the fourth stand apart from their neighbours by 1.4.
        for i in (2, 3):
            assert abs(axes[i] @ pca.components_[i]) > 0.99
        largest = np.abs(axes).argmax(axis=1)
        assert (axes[np.arange(Q), largest] > 0).all()


def test_default_optimizer_comes_close_to_pca():
    x = digits()
    model = linear()
    model.compile()
    model.fit(x, batch_size=BATCH, epochs=70, verbose=0)
    pca = PCA(Q).fit(x)
    best = np.square(x - pca.inverse_transform(pca.transform(x))).sum(-1).mean()
    assert best < error(model, x)["loss"] < 1.005 * best


def test_components_do_not_depend_on_the_coordinates_of_the_latents():
    """W G and G^-1 V are the same autoencoder for any invertible G."""
    x = digits().reshape(-1, 8, 8, 1)
    flat = x.reshape(-1, 64).astype("float64")
    pca = PCA(Q).fit(flat)
    rng = np.random.default_rng(0)
    g = rng.normal(size=(Q, Q)) * np.logspace(-1, 1, Q)
    model = linear((8, 8, 1))
    set_weights(
        model, pca.mean_, pca.components_.T @ np.linalg.inv(g), g @ pca.components_
    )
    axes = model.components(x)
    assert axes.shape == (Q, 8, 8, 1)
    assert axes.dtype == np.float32
    cosines = np.sum(axes.reshape(Q, -1) * pca.components_, axis=-1)
    np.testing.assert_allclose(np.abs(cosines), 1, atol=1e-5)
    np.testing.assert_allclose(
        model.explained_variance_ratio(x), pca.explained_variance_ratio_, rtol=1e-4
    )
    expected = pca.inverse_transform(pca.transform(flat)).clip(0, 1)
    got = model.reconstruct(x, batch_size=100).reshape(-1, 64)
    np.testing.assert_allclose(got, expected, atol=2e-3)


def test_exact_moments_of_a_span_are_numpys():
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(2500, 6)) * np.arange(1, 7) + 1e3).astype("float32")
    basis, _ = np.linalg.qr(rng.normal(size=(6, 2)))
    covariance, total = exact_moments(x, basis)
    full = np.cov(x.T.astype("float64"), bias=True)
    np.testing.assert_allclose(covariance, basis.T @ full @ basis, rtol=1e-9)
    assert total == pytest.approx(np.trace(full), rel=1e-9)


@pytest.mark.parametrize("full", [False, True])
def test_running_moments_are_those_of_weighted_examples(full):
    """Batches of several sizes, with a mean that is 1,000 standard deviations."""
    rng = np.random.default_rng(0)
    sizes = [20, 20, 7] * 50
    batches = [(rng.normal(size=(n, 3)) + 1e3).astype("float32") for n in sizes]
    moments = RunningMoments((3,), full=full)
    for batch in batches:
        moments.update(ops.convert_to_tensor(batch))
    age = np.arange(len(sizes))[::-1]
    weights = np.repeat(0.99**age, sizes)
    x = np.concatenate(batches).astype("float64")
    mean = np.average(x, axis=0, weights=weights)
    covariance = np.cov(x.T, aweights=weights, bias=True)
    np.testing.assert_allclose(ops.convert_to_numpy(moments.mean), mean, rtol=1e-6)
    np.testing.assert_allclose(
        ops.convert_to_numpy(moments.variance),
        covariance if full else np.trace(covariance),
        atol=2e-3,
    )


def test_error_of_given_weights_equals_numpys():
    x = digits()[:50]
    rng = np.random.default_rng(1)
    mean, v, w = (rng.normal(size=s) for s in ((64,), (64, 3), (3, 64)))
    model = linear(q=3)
    set_weights(model, mean, v, w)
    z = (x - mean) @ v
    expected = np.square(x - (z @ w + mean)).sum(-1)
    np.testing.assert_allclose(model.encode(x, batch_size=16), z, rtol=1e-3, atol=1e-3)
    model.compile()
    assert error(model, x)["loss"] == pytest.approx(expected.mean(), rel=1e-5)
    # Looking leaves the moments alone.
    np.testing.assert_allclose(
        ops.convert_to_numpy(model.moments.mean), mean, rtol=1e-6
    )


def parabola():
    t = np.random.default_rng(0).uniform(-1, 1, 512)
    return np.stack([t, t**2], axis=-1).astype("float32")


def test_a_deep_autoencoder_follows_a_curve_that_pca_cannot():
    x = parabola()
    best_line = np.linalg.eigvalsh(np.cov(x.T, bias=True))[0]
    model = Autoencoder(
        networks.mlp_encoder((2,), 1, hidden=(32,), posterior=False, seed=0),
        networks.mlp_decoder((2,), 1, hidden=(32,), seed=1),
    )
    model.compile(optimizer=keras.optimizers.Adam(1e-2))
    model.fit(x, batch_size=64, epochs=30, verbose=0)
    logs = error(model, x)
    assert logs["loss"] == logs["reconstruction_error"]
    assert logs["loss"] < 0.05 * best_line
    outputs = model.decode(model.encode(x))
    assert logs["loss"] == pytest.approx(np.square(x - outputs).sum(-1).mean(), 1e-4)
    # Vectors are not images: nothing is clipped.
    assert outputs.min() < -0.5


IMAGES = np.random.default_rng(0).integers(0, 256, (11, 8, 8, 1), dtype="uint8")


def deep():
    return Autoencoder(
        networks.mlp_encoder((8, 8, 1), 3, hidden=(8,), posterior=False, seed=0),
        networks.mlp_decoder((8, 8, 1), 3, hidden=(8,), seed=1),
    )


def linear_of_images():
    return linear((8, 8, 1), 3)


@pytest.mark.parametrize("build", [deep, linear_of_images])
def test_images_in_and_out(build):
    model = build()
    model.compile()
    model.fit(IMAGES, batch_size=4, epochs=3, verbose=0)
    reconstructed = model.reconstruct(IMAGES, batch_size=4)
    assert reconstructed.dtype == np.float32
    assert reconstructed.min() >= 0 <= reconstructed.max() <= 1
    for same in (
        model.reconstruct(IMAGES / 255.0),
        model.predict(IMAGES, verbose=0),
        model.decode(model.encode(IMAGES)),
    ):
        np.testing.assert_allclose(same, reconstructed, atol=1e-6)
    outputs = ops.convert_to_numpy(model.decoder(model.encode(IMAGES)))
    np.testing.assert_allclose(outputs.clip(0, 1), reconstructed, atol=1e-6)
    # The error is that of pixels in [0, 1], before they are clipped.
    expected = np.square(IMAGES / 255.0 - outputs).sum((1, 2, 3)).mean()
    assert error(model, IMAGES)["loss"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("build", [deep, linear_of_images])
def test_a_file_brings_back_the_model_and_its_training(build, tmp_path):
    path = tmp_path / "autoencoder.keras"
    model = build()
    model.compile()
    model.fit(IMAGES, batch_size=4, shuffle=False, verbose=0)
    model.save(path)
    loaded = keras.saving.load_model(path)
    np.testing.assert_allclose(model.encode(IMAGES), loaded.encode(IMAGES), atol=1e-6)
    if model.linear:
        np.testing.assert_array_equal(model.components(), loaded.components())
    for one in (model, loaded):
        one.fit(IMAGES, batch_size=4, shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    if model.linear:
        np.testing.assert_allclose(
            model.explained_variance_ratio(),
            loaded.explained_variance_ratio(),
            rtol=1e-4,
        )


def encoder(latent=2, shape=(4,)):
    return networks.mlp_encoder(shape, latent, (3,), posterior=False)


def decoder(latent=2, shape=(4,)):
    return networks.mlp_decoder(shape, latent, (3,))


def untrained():
    return linear((4,), 2)


BAD = {
    "neither": (lambda: Autoencoder(), "`encoder` must be a `keras.Model`"),
    "no decoder": (lambda: Autoencoder(encoder()), "`decoder` must be a `keras.Model`"),
    "a VAE's encoder": (
        lambda: Autoencoder(networks.mlp_encoder((4,), 2, (3,)), decoder()),
        "`encoder` must have 1 outputs, got 2",
    ),
    "latents of rank 4": (
        lambda: Autoencoder(decoder(2, (2, 2, 1)), decoder()),
        "`encoder` must return latents of shape (batch, latent_dim), got [(None, 2, 2",
    ),
    "latent widths differ": (
        lambda: Autoencoder(encoder(2), decoder(3)),
        "`decoder` must take latents of shape (None, 2)",
    ),
    "shapes differ": (
        lambda: Autoencoder(encoder(), decoder(2, (5,))),
        "`decoder` must return (None, 4), what `encoder` takes, got (None, 5)",
    ),
    "linear with an encoder": (
        lambda: Autoencoder(encoder(), linear=True, example_shape=(4,), latent_dim=2),
        "`encoder` must be None with `linear=True`",
    ),
    "linear with a decoder": (
        lambda: Autoencoder(
            decoder=decoder(), linear=True, example_shape=(4,), latent_dim=2
        ),
        "`decoder` must be None with `linear=True`",
    ),
    "deep with a shape": (
        lambda: Autoencoder(encoder(), decoder(), example_shape=(4,)),
        "`example_shape` must be None without `linear=True`",
    ),
    "deep with a width": (
        lambda: Autoencoder(encoder(), decoder(), latent_dim=2),
        "`latent_dim` must be None without `linear=True`: the networks say it; got 2",
    ),
    "deep with a seed": (
        lambda: Autoencoder(encoder(), decoder(), seed=1),
        "`seed` must be None without `linear=True`",
    ),
    "linear that is a string": (
        lambda: Autoencoder(linear="yes"),
        "`linear` must be True or False, got 'yes'",
    ),
    "linear without a shape": (
        lambda: Autoencoder(linear=True, latent_dim=2),
        "`example_shape` must be a tuple of positive integers with `linear=True`",
    ),
    "a number as the shape": (
        lambda: Autoencoder(linear=True, example_shape=4, latent_dim=2),
        "`example_shape` must be a tuple of positive integers with `linear=True`, got",
    ),
    "linear without a width": (
        lambda: Autoencoder(linear=True, example_shape=(4,)),
        "`latent_dim` must be a positive integer, got None",
    ),
    "more latents than values": (
        lambda: Autoencoder(linear=True, example_shape=(2, 2, 1), latent_dim=5),
        "`latent_dim` must be at most 4, the values in an example of shape (2, 2, 1)",
    ),
    "negative seed": (
        lambda: Autoencoder(linear=True, example_shape=(4,), latent_dim=2, seed=-1),
        "`seed` must be None or an integer >= 0, got -1",
    ),
    "components of a deep one": (
        lambda: Autoencoder(encoder(), decoder()).components(),
        "`components` needs an `Autoencoder(linear=True)`",
    ),
    "shares of a deep one": (
        lambda: Autoencoder(encoder(), decoder()).explained_variance_ratio(),
        "`explained_variance_ratio` needs an `Autoencoder(linear=True)`",
    ),
    "components before training": (
        lambda: untrained().components(),
        "`x` must be given: `components` uses moments of the training data",
    ),
    "shares before training": (
        lambda: untrained().explained_variance_ratio(),
        "`x` must be given: `explained_variance_ratio` uses moments",
    ),
    "shares of one example": (
        lambda: untrained().explained_variance_ratio(np.ones((1, 4))),
        "`x` must vary",
    ),
    "components of other data": (
        lambda: untrained().components(np.ones((3, 5))),
        "`x` must have shape (batch, 4); got (3, 5)",
    ),
    "nothing to encode": (
        lambda: untrained().encode(np.ones((0, 4))),
        "`x` must hold at least one example",
    ),
    "NaN": (
        lambda: untrained().encode(np.full((1, 4), np.nan)),
        "`x` must be finite, got NaN or infinity in 4 of 4 values",
    ),
    "pixels out of range": (
        lambda: deep().reconstruct(IMAGES.astype("float32")),
        "`x` must be uint8 in [0, 255] or float in [0, 1]",
    ),
    "latents of the wrong width": (
        lambda: untrained().decode(np.ones((3, 5))),
        "`z` must be latents of shape (n, 2) with n at least 1, got shape (3, 5)",
    ),
    "bad batch size": (
        lambda: untrained().encode(np.ones((3, 4)), batch_size=0),
        "`batch_size` must be a positive integer, got 0",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
