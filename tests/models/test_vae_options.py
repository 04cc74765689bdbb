"""beta, free bits, warm-up and readings of pixels."""

import keras
import numpy as np
import pytest

import keras_genzoo as gz
from keras_genzoo import networks
from keras_genzoo.training import LinearWarmup
from tests.models.linear_gaussian import linear_vae

IMAGES = np.random.default_rng(0).integers(0, 256, (12, 8, 8, 1), dtype="uint8")


def image_vae(**kwargs):
    return gz.VAE(
        networks.mlp_encoder((8, 8, 1), 3, (8,), seed=0),
        networks.mlp_decoder((8, 8, 1), 3, (8,), seed=1),
        seed=0,
        **kwargs,
    )


def evaluated(model, x=IMAGES, **kwargs):
    model.compile()
    return model.evaluate(x, verbose=0, return_dict=True, **kwargs)


@pytest.mark.parametrize("beta", [0.5, 2.0, 0])
def test_beta_weighs_the_kl_in_the_loss_alone(beta):
    logs = evaluated(image_vae(beta=beta))
    assert logs["elbo"] == pytest.approx(logs["reconstruction"] - logs["kl"], rel=1e-5)
    assert logs["loss"] == pytest.approx(
        beta * logs["kl"] - logs["reconstruction"], rel=1e-5
    )


def spectrum(n=4000, d=8):
    rng = np.random.default_rng(0)
    scales = np.sqrt([9.0, 4.0, 1.6, 1.0, 0.2, 0.16, 0.13, 0.1])
    rotation, _ = np.linalg.qr(rng.normal(size=(d, d)))
    x = rng.normal(size=(n, d)) * scales @ rotation.T
    return (x - x.mean(0)).astype("float32")


@pytest.mark.parametrize("beta", [2.5, 6.0])
def test_beta_moves_the_threshold_of_active_units(beta):
    """Units are active where the eigenvalue exceeds beta eta^2, here eta = 1."""
    x = spectrum()
    eigenvalues = np.linalg.eigvalsh(np.cov(x.T, bias=True))[::-1]
    model = linear_vae(8, 5, noise=1.0, beta=beta)
    schedule = keras.optimizers.schedules.CosineDecay(2e-2, 40 * 20)
    model.compile(optimizer=keras.optimizers.Adam(schedule))
    model.fit(x, batch_size=200, epochs=40, verbose=0)
    expected = int(np.sum(eigenvalues[:5] > beta))
    assert expected == {2.5: 2, 6.0: 1}[beta]
    assert model.active_units(x) == expected
    kl = np.sort(model.kl_per_dimension(x))[::-1]
    # At the optimum a unit's KL is 1/2 log(lambda / beta); which direction is whose
    # is found late, how many nats there are in all is found soon.
    optimum = 0.5 * np.log(eigenvalues[:expected] / beta)
    assert kl.sum() == pytest.approx(optimum.sum(), rel=0.08)
    np.testing.assert_allclose(kl[expected:], 0.0, atol=0.01)


def test_free_bits_in_the_loss():
    # The log-variance starts at 0, so that only the means make a divergence.
    kl = 0.5 * np.square(image_vae().encode(IMAGES)[0]).sum(-1)
    free = float(np.median(kl))
    model = image_vae(free_bits=free, free_bits_per="total")
    logs = evaluated(model)
    assert logs["kl"] == pytest.approx(kl.mean(), rel=1e-4)
    allowed = np.maximum(kl, free).mean()
    assert allowed > 1.01 * kl.mean()
    assert logs["loss"] + logs["reconstruction"] == pytest.approx(allowed, rel=1e-3)


def test_warmup_counts_steps_and_is_the_same_in_evaluation(tmp_path):
    model = image_vae(beta=LinearWarmup(10))
    model.compile(optimizer=keras.optimizers.SGD(0.0))
    history = model.fit(IMAGES, batch_size=4, epochs=2, verbose=0).history
    # Steps 0, 1, 2 and 3, 4, 5.
    assert history["beta"] == pytest.approx([0.1, 0.4])
    logs = model.evaluate(IMAGES, verbose=0, return_dict=True)
    assert logs["beta"] == pytest.approx(0.6)
    assert logs["loss"] == pytest.approx(
        0.6 * logs["kl"] - logs["reconstruction"], rel=1e-5
    )
    model.save(tmp_path / "vae.keras")
    loaded = keras.saving.load_model(tmp_path / "vae.keras")
    logs = loaded.evaluate(IMAGES, verbose=0, return_dict=True)
    assert logs["beta"] == pytest.approx(0.6)


def test_binarized_pixels_have_a_proper_likelihood():
    model = image_vae(likelihood="bernoulli", pixels="binarized")
    grey = image_vae(likelihood="bernoulli")
    for of in (model, grey):
        of.encoder.get_layer("z_mean").kernel.assign(np.zeros((8, 3)))
        # Latents say little, so that most of the spread is that of the bits.
        of.decoder.layers[1].kernel.assign(0.01 * np.ones((3, 8)))
        of.decoder.layers[-2].bias.assign(np.linspace(-3, 3, 64))
    # The encoder is blind and the bits are drawn anew: the mean over visits is what
    # grey values give, a single visit is not.
    x = np.repeat(IMAGES[:1], 2000, axis=0)
    bits, expected = (of.elbo(x, seed=0) for of in (model, grey))
    assert bits.mean() == pytest.approx(expected.mean(), abs=0.6)
    assert np.std(bits) > 10 * np.std(expected)
    logs = evaluated(model, x, batch_size=500)
    assert logs["elbo"] == pytest.approx(expected.mean(), abs=0.6)
    np.testing.assert_array_equal(
        model.encode(IMAGES)[0], model.encode(IMAGES / 255.0)[0]
    )


def test_dequantized_pixels_of_a_constant_decoder():
    """E(y - c)^2 of y = (v + u) / 256 in closed form."""
    model = image_vae(noise=0.3, pixels="dequantized")
    model.decoder.layers[-2].kernel.assign(np.zeros((8, 64)))
    x = np.repeat(IMAGES, 400, axis=0)
    y = (IMAGES.astype("float64") + 0.5) / 256
    squared = (np.square(y) + 1 / (12 * 256**2)).sum((1, 2, 3))
    log_p = -0.5 * (squared / 0.09 + 64 * np.log(2 * np.pi * 0.09))
    kl = 0.5 * np.square(model.encode(IMAGES)[0]).sum(-1)
    got = model.elbo(x, seed=0).reshape(12, 400).mean(1)
    np.testing.assert_allclose(got, log_p - kl, atol=0.02)
    assert np.abs(model.reconstruct(IMAGES)).max() == 0


@pytest.mark.parametrize(
    "options",
    [
        {"importance_samples": 3},
        {"beta": LinearWarmup(5), "free_bits": 0.1},
        {"likelihood": "continuous_bernoulli"},
        {"likelihood": "bernoulli", "pixels": "binarized"},
    ],
    ids=["weighted", "warm-up", "continuous", "binarized"],
)
def test_fit_and_evaluate_log_the_same_and_files_keep_it(options, tmp_path):
    model = image_vae(**options)
    model.compile()
    history = model.fit(
        IMAGES, validation_data=(IMAGES,), batch_size=4, epochs=2, verbose=0
    ).history
    own = {name for name in history if not name.startswith("val_")}
    assert {f"val_{name}" for name in own} == set(history) - own
    for name in own:
        # One quantity with one sign: training goes on from where it was evaluated.
        close = 0.1 * abs(history[name][0]) + 0.4
        assert history[name][1] == pytest.approx(history["val_" + name][0], abs=close)
    model.save(tmp_path / "vae.keras")
    loaded = keras.saving.load_model(tmp_path / "vae.keras")
    for name in ("importance_samples", "free_bits", "free_bits_per", "pixels"):
        assert loaded.get_config()[name] == model.get_config()[name]
    assert type(loaded.observation) is type(model.observation)
    for each in (model, loaded):
        each.fit(IMAGES, batch_size=4, shuffle=False, verbose=0)
    for one, two in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)


BAD_OPTIONS = {
    "negative beta": ({"beta": -1.0}, "`beta` must be a number >= 0 or a function"),
    "unknown beta": ({"beta": "warm"}, "got 'warm'"),
    "free bits": ({"free_bits": -0.1}, "`free_bits` must be a number of nats >= 0"),
    "free bits per": ({"free_bits_per": "pixel"}, "must be 'dimension' or 'total'"),
    "free bits of a weighted bound": (
        {"free_bits": 1.0, "importance_samples": 2},
        "`free_bits` must be 0 with `importance_samples` above 1",
    ),
    "no samples": ({"importance_samples": 0}, "`importance_samples` must be a pos"),
    "reading": ({"pixels": "bits"}, "`pixels` must be one of"),
}


@pytest.mark.parametrize("case", BAD_OPTIONS)
def test_bad_options(case):
    options, message = BAD_OPTIONS[case]
    with pytest.raises(ValueError, match=message):
        image_vae(**options)


def test_labels_are_refused_without_a_conditional_model():
    with pytest.raises(ValueError, match="`labels` must be None: VAE is not"):
        image_vae().encode(IMAGES, labels=0)
