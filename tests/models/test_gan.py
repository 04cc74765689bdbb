"""The GAN where its optimum is known."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from scipy import stats

import keras_genzoo as gz
from keras_genzoo import networks


def affine_generator(scale, shift):
    return keras.Sequential(
        [
            keras.Input((1,)),
            layers.Dense(
                1,
                kernel_initializer=keras.initializers.Constant(scale),
                bias_initializer=keras.initializers.Constant(shift),
            ),
        ]
    )


class Powers(layers.Layer):
    """x to (x, x^2): on it the log ratio of two Gaussians is linear."""

    def call(self, x):
        return ops.concatenate([x, ops.square(x)], axis=-1)


def quadratic_discriminator():
    return keras.Sequential(
        [keras.Input((1,)), Powers(), layers.Dense(1, kernel_initializer="zeros")]
    )


def normal_data(n, mean, std):
    rng = np.random.default_rng(0)
    return (mean + std * rng.normal(size=(n, 1))).astype("float32")


def test_discriminator_finds_the_log_density_ratio():
    """D* = p / (p + q), so its logit is log p - log q, and J_D is known."""
    mean, std, shift = 0.5, 0.8, -0.3
    model = gz.GAN(affine_generator(1.0, shift), quadratic_discriminator(), seed=0)
    model.compile(
        discriminator_optimizer=keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(5e-2, 600)
        ),
        generator_optimizer=keras.optimizers.SGD(0.0),
    )
    x = normal_data(100_000, mean, std)
    model.fit(x, batch_size=1000, epochs=6, verbose=0)
    points = np.linspace(-1.5, 1.5, 7, dtype="float32")[:, None]
    logits = ops.convert_to_numpy(model.discriminator(points))[:, 0]
    p, q = stats.norm(mean, std), stats.norm(shift, 1.0)
    expected = (p.logpdf(points) - q.logpdf(points))[:, 0]
    np.testing.assert_allclose(logits, expected, atol=0.06)
    grid = np.linspace(-12, 12, 20001)
    ratio = p.logpdf(grid) - q.logpdf(grid)
    optimal = np.trapezoid(
        p.pdf(grid) * np.logaddexp(0, -ratio) + q.pdf(grid) * np.logaddexp(0, ratio),
        grid,
    )
    logs = model.evaluate(x, batch_size=1000, verbose=0, return_dict=True)
    assert logs["discriminator_loss"] == pytest.approx(optimal, abs=0.005)
    tells_real = p.expect(lambda t: p.logpdf(t) > q.logpdf(t), lb=-10, ub=10)
    assert logs["real_accuracy"] == pytest.approx(tells_real, abs=0.02)


@pytest.mark.parametrize("objective", ["non_saturating", "minimax"])
def test_equilibrium_is_two_log_two(objective):
    mean, std = 1.0, 0.5
    model = gz.GAN(
        affine_generator(1.0, 0.0),
        quadratic_discriminator(),
        objective=objective,
        seed=0,
    )
    model.compile(
        discriminator_optimizer=keras.optimizers.SGD(
            keras.optimizers.schedules.CosineDecay(0.5, 1000)
        ),
        generator_optimizer=keras.optimizers.SGD(
            keras.optimizers.schedules.CosineDecay(0.1, 1000)
        ),
    )
    x = normal_data(50_000, mean, std)
    history = model.fit(x, batch_size=500, epochs=10, verbose=0).history
    assert history["discriminator_loss"][-1] == pytest.approx(2 * np.log(2), abs=0.01)
    kernel, bias = model.generator.get_weights()
    assert bias[0] == pytest.approx(mean, abs=0.1)
    assert abs(kernel[0, 0]) == pytest.approx(std, abs=0.1)
    logs = model.evaluate(x, batch_size=500, verbose=0, return_dict=True)
    known = {"non_saturating": np.log(2), "minimax": -np.log(2)}
    assert logs["generator_loss"] == pytest.approx(known[objective], abs=0.02)


def test_one_step_by_hand():
    """Both players are one number: logit = a x, generator = z + b."""
    discriminator = keras.Sequential(
        [
            keras.Input((1,)),
            layers.Dense(1, use_bias=False, kernel_initializer="ones"),
        ]
    )
    generator = affine_generator(1.0, 0.0)
    model = gz.GAN(generator, discriminator, seed=4)
    rate = 0.1
    model.compile(
        discriminator_optimizer=keras.optimizers.SGD(rate),
        generator_optimizer=keras.optimizers.SGD(rate),
    )
    x = normal_data(6, 2.0, 1.0)
    z = ops.convert_to_numpy(
        keras.random.normal((6, 1), seed=keras.random.SeedGenerator(4))
    ).astype("float64")
    logs = model.train_on_batch(x, return_dict=True)

    def sigmoid(t):
        return 1 / (1 + np.exp(-t))

    loss = np.mean(np.logaddexp(0, -x) + np.logaddexp(0, z))
    assert float(ops.convert_to_numpy(logs["discriminator_loss"])) == pytest.approx(
        loss, rel=1e-5
    )
    a = 1.0 - rate * np.mean(-x * sigmoid(-x) + z * sigmoid(z))
    assert float(discriminator.get_weights()[0][0, 0]) == pytest.approx(a, rel=1e-5)
    # The generator's turn: the same z, the discriminator just updated.
    slope = -a * sigmoid(-a * z)
    kernel, bias = generator.get_weights()
    assert float(bias[0]) == pytest.approx(-rate * slope.mean(), rel=1e-4)
    assert float(kernel[0, 0]) == pytest.approx(
        1.0 - rate * (slope * z).mean(), rel=1e-4
    )


def image_gan(**kwargs):
    return gz.GAN(
        networks.dcgan_generator((28, 28, 1), 5, 4, seed=0),
        networks.dcgan_discriminator((28, 28, 1), 4, seed=1),
        seed=0,
        **kwargs,
    )


def test_pixels_are_rescaled_both_ways():
    model = image_gan()
    images = np.array([0, 51, 255], "uint8").reshape(3, 1, 1, 1)
    images = np.broadcast_to(images, (3, 28, 28, 1))
    (prepared,) = map(ops.convert_to_numpy, model.prepare_batch(images, True))
    assert prepared[:, 0, 0, 0] == pytest.approx([-1.0, -0.6, 1.0])
    z = np.random.default_rng(0).normal(size=(3, 5)).astype("float32")
    raw = ops.convert_to_numpy(model.generator(z, training=False))
    np.testing.assert_allclose(model.decode(z), (raw + 1) / 2, atol=1e-6)
    np.testing.assert_allclose(model.predict(z, verbose=0), (raw + 1) / 2, atol=1e-6)


def test_vectors_are_left_as_they_come():
    model = gz.GAN(affine_generator(3.0, 1.0), quadratic_discriminator())
    np.testing.assert_allclose(model.decode([[2.0]]), [[7.0]])
    x = np.array([[-300.0]], "float32")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(model.prepare_batch(x, True)[0]), x
    )


def test_samples_do_not_depend_on_how_many_or_on_the_batch_size():
    model = image_gan()
    z = np.random.default_rng(0).normal(size=(7, 5)).astype("float32")
    one_by_one = np.concatenate([model.decode(z[i : i + 1]) for i in range(7)])
    np.testing.assert_allclose(model.decode(z), one_by_one, atol=1e-5)
    np.testing.assert_allclose(model.decode(z, batch_size=3), one_by_one, atol=1e-5)
    np.testing.assert_array_equal(model.sample(4, seed=1), model.sample(4, seed=1))


def test_two_discriminator_steps_use_the_whole_batch():
    """The mean of all logged real logits' signs covers every example once."""
    model = gz.GAN(
        affine_generator(1.0, 0.0),
        keras.Sequential(
            [
                keras.Input((1,)),
                layers.Dense(1, use_bias=False, kernel_initializer="ones"),
            ]
        ),
        discriminator_steps=2,
    )
    model.compile(
        discriminator_optimizer=keras.optimizers.SGD(0.0),
        generator_optimizer=keras.optimizers.SGD(0.0),
    )
    x = np.array([[1.0], [1.0], [1.0], [-1.0]], "float32")
    logs = model.train_on_batch(x, return_dict=True)
    assert float(ops.convert_to_numpy(logs["real_accuracy"])) == 0.75


def test_a_file_brings_back_the_whole_model(tmp_path):
    model = image_gan(objective="minimax", discriminator_steps=2)
    model.compile()
    x = np.random.default_rng(0).integers(0, 256, (8, 28, 28, 1), dtype="uint8")
    model.fit(x, batch_size=4, verbose=0)
    model.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    assert loaded.objective == "minimax"
    assert loaded.discriminator_steps == 2
    assert loaded.value_range == (-1.0, 1.0)
    np.testing.assert_array_equal(model.sample(3), loaded.sample(3))
