"""VEEGAN's three players, by hand."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import keras_genzoo as gz


def scaled(a):
    network = keras.Sequential([keras.Input((1,)), layers.Dense(1, use_bias=False)])
    network.set_weights([np.full((1, 1), a)])
    return network


def joint(weights):
    z, x = keras.Input((1,)), keras.Input((1,))
    outputs = layers.Dense(1, use_bias=False)(layers.Concatenate()([z, x]))
    network = keras.Model([z, x], outputs)
    network.set_weights([np.reshape(weights, (2, 1))])
    return network


def sigmoid(t):
    return 1 / (1 + np.exp(-t))


def test_one_step_by_hand():
    g, f, d, rate = 1.5, 0.4, np.array([0.3, -0.6]), 0.05
    model = gz.VEEGAN(scaled(g), joint(d), scaled(f), seed=4)
    model.compile(
        discriminator_optimizer=keras.optimizers.SGD(rate),
        generator_optimizer=keras.optimizers.SGD(rate),
        reconstructor_optimizer=keras.optimizers.SGD(rate),
    )
    x = np.array([[1.0], [2.0], [-0.5]], "float32")
    z = ops.convert_to_numpy(
        keras.random.normal((3, 1), seed=keras.random.SeedGenerator(4))
    ).astype("float64")
    logs = model.train_on_batch(x, return_dict=True)
    logs = {k: float(ops.convert_to_numpy(v)) for k, v in logs.items()}

    real, fake = np.hstack([f * x, x]), np.hstack([z, g * z])
    loss = np.logaddexp(0, -real @ d) + np.logaddexp(0, fake @ d)
    assert logs["discriminator_loss"] == pytest.approx(loss.mean(), rel=1e-5)
    slope = -real * sigmoid(-real @ d)[:, None] + fake * sigmoid(fake @ d)[:, None]
    d = d - rate * slope.mean(axis=0)
    np.testing.assert_allclose(model.discriminator.get_weights()[0][:, 0], d, rtol=1e-5)

    assert logs["generator_loss"] == pytest.approx(-np.mean(fake @ d), rel=1e-4)
    g_before = g
    g -= rate * np.mean(-d[1] * z - 2 * (z - f * g * z) * f * z)
    assert model.generator.get_weights()[0][0, 0] == pytest.approx(g, rel=1e-5)

    # The reconstructor's turn takes the same generated examples.
    error = z - f * g_before * z
    assert logs["reconstruction_error"] == pytest.approx(np.mean(error**2), rel=1e-5)
    f -= rate * np.mean(-2 * error * g_before * z)
    assert model.reconstructor.get_weights()[0][0, 0] == pytest.approx(f, rel=1e-5)


def test_a_file_brings_back_three_networks(tmp_path):
    model = gz.VEEGAN(scaled(1.0), joint([1.0, 1.0]), scaled(1.0), 50.0, seed=1)
    model.compile()
    x = np.random.default_rng(0).normal(size=(16, 1)).astype("float32")
    model.fit(x, batch_size=8, verbose=0)
    model.save(tmp_path / "veegan.keras")
    loaded = keras.saving.load_model(tmp_path / "veegan.keras")
    model.train_on_batch(x)
    loaded.train_on_batch(x)
    for a, b in zip(loaded.variables, model.variables, strict=True):
        np.testing.assert_allclose(*map(ops.convert_to_numpy, (a, b)), atol=1e-6)


BAD = {
    "discriminator of examples alone": (
        lambda: gz.VEEGAN(scaled(1.0), scaled(1.0), scaled(1.0)),
        "`discriminator` must have 2 inputs",
    ),
    "reconstructor of another width": (
        lambda: gz.VEEGAN(
            scaled(1.0), joint([1.0, 1.0]), gz.networks.mlp_generator((3,), 1, (2,))
        ),
        "`reconstructor` must map \\(None, 1\\) to \\(None, 1\\)",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_networks(case):
    make, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        make()


def test_options_of_other_gans_are_refused():
    with pytest.raises(TypeError, match="A VEEGAN takes no \\['pack'\\]"):
        gz.VEEGAN(scaled(1.0), joint([1.0, 1.0]), scaled(1.0), pack=2)
