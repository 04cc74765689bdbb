"""What the options of a GAN change, on players small enough to follow by hand."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import keras_genzoo as gz
from keras_genzoo import losses


def constant(value, shape=(1,)):
    """A generator that always returns `value`, its one trainable number."""
    network = keras.Sequential(
        [
            keras.Input((1,)),
            layers.Dense(
                1,
                kernel_initializer="zeros",
                bias_initializer=keras.initializers.Constant(value),
            ),
            layers.Reshape((1,) * len(shape)),
            Spread(shape),
        ]
    )
    network.layers[0].kernel.trainable = False
    return network


class Spread(layers.Layer):
    """One number to every place of `shape`."""

    def __init__(self, shape, **kwargs):
        super().__init__(**kwargs)
        self.shape = shape

    def call(self, x):
        return x * ops.ones((1, *self.shape), x.dtype)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *self.shape)


def linear(a):
    network = keras.Sequential([keras.Input((1,)), layers.Dense(1, use_bias=False)])
    network.set_weights([np.full((1, 1), a)])
    return network


def build(b, a, rate=0.1, **kwargs):
    model = gz.GAN(constant(b), linear(a), **kwargs)
    model.compile(
        discriminator_optimizer=keras.optimizers.SGD(rate),
        generator_optimizer=keras.optimizers.SGD(rate),
    )
    return model


def numbers(model):
    """The discriminator's slope and the generator's constant."""
    a = model.discriminator.get_weights()[0][0, 0]
    return float(a), float(ops.convert_to_numpy(model.generator.layers[0].bias)[0])


X = np.array([[1.0], [2.0], [-0.5], [0.7]], "float32")


def sigmoid(t):
    return 1 / (1 + np.exp(-t))


# Derivatives of the two losses with respect to the real and the fake logit.
SLOPES = {
    "minimax": (
        lambda r, f: (-sigmoid(-r), sigmoid(f)),
        lambda r, f: -sigmoid(f),
    ),
    "non_saturating": (
        lambda r, f: (-sigmoid(-r), sigmoid(f)),
        lambda r, f: -sigmoid(-f),
    ),
    "least_squares": (lambda r, f: (r - 1, f), lambda r, f: f - 1),
    "hinge": (
        lambda r, f: (-1.0 * (r < 1), 1.0 * (f > -1)),
        lambda r, f: -np.ones_like(f),
    ),
    "wasserstein": (
        lambda r, f: (-np.ones_like(r), np.ones_like(f)),
        lambda r, f: -np.ones_like(f),
    ),
    "relativistic": (
        lambda r, f: (-sigmoid(f - r), sigmoid(f - r)),
        lambda r, f: -sigmoid(r - f),
    ),
}


@pytest.mark.parametrize("objective", SLOPES)
def test_one_step_of_every_objective(objective):
    a, b, rate = 0.8, -0.4, 0.1
    model = build(b, a, rate, objective=objective)
    model.train_on_batch(X)
    discriminator, generator = SLOPES[objective]
    real, fake = discriminator(a * X, a * np.full_like(X, b))
    a -= rate * np.mean(real * X + fake * b)
    b -= rate * np.mean(generator(a * X, a * np.full_like(X, b)) * a)
    assert numbers(model) == pytest.approx((a, b), rel=1e-5)


def test_label_smoothing_moves_the_target_of_real_examples_only():
    a, b, rate, s = 0.8, -0.4, 0.1, 0.2
    model = build(b, a, rate, label_smoothing=s)
    model.train_on_batch(X)
    slope = X * (sigmoid(a * X) - (1 - s)) + b * sigmoid(a * b)
    assert numbers(model)[0] == pytest.approx(a - rate * slope.mean(), rel=1e-5)


@pytest.mark.parametrize("every", [1, 3])
def test_a_lazy_penalty_acts_in_every_third_step_and_thrice_as_hard(every):
    a, b, rate, gamma = 0.8, -0.4, 0.05, 0.5
    model = build(
        b, a, rate, objective="wasserstein", regularizer=losses.R1(gamma, every=every)
    )
    for step in range(5):
        model.reset_metrics()
        logs = model.train_on_batch(X, return_dict=True)
        acts = every if step % every == 0 else 0
        assert float(
            ops.convert_to_numpy(logs["discriminator_penalty"])
        ) == pytest.approx(acts * gamma / 2 * a**2, rel=1e-5)
        a -= rate * (b - X.mean() + acts * gamma * a)
        b += rate * a
        assert numbers(model) == pytest.approx((a, b), rel=1e-5)


def test_evaluate_counts_the_whole_penalty():
    model = build(
        -0.4, 0.8, objective="wasserstein", regularizer=losses.R1(0.5, every=7)
    )
    logs = model.evaluate(X, verbose=0, return_dict=True)
    assert logs["discriminator_penalty"] == pytest.approx(0.25 * 0.8**2, rel=1e-5)


def test_penalties_add_up():
    """A linear critic has the gradient a everywhere, real, generated or between."""
    a, b, rate = 0.8, -0.4, 0.05
    model = build(
        b,
        a,
        rate,
        objective="wasserstein",
        regularizer=[losses.GradientPenalty(2.0), "r2"],
    )
    logs = model.train_on_batch(X, return_dict=True)
    assert float(ops.convert_to_numpy(logs["discriminator_penalty"])) == pytest.approx(
        2 * (a - 1) ** 2 + 5 * a**2, rel=1e-5
    )
    slope = b - X.mean() + 4 * (a - 1) + 10 * a
    assert numbers(model)[0] == pytest.approx(a - rate * slope, rel=1e-5)


def test_orthogonality_is_the_generators():
    generator = keras.Sequential(
        [keras.Input((2,)), layers.Dense(2, use_bias=False), layers.Dense(1)]
    )
    kernel = np.array([[1.0, 0.5], [2.0, -1.0]])
    generator.set_weights([kernel, np.ones((2, 1)), np.zeros(1)])
    model = gz.GAN(generator, linear(1.0), regularizer=losses.Orthogonality(0.1))
    model.compile()
    logs = model.evaluate(X, verbose=0, return_dict=True)
    off = float(kernel[:, 0] @ kernel[:, 1])
    assert logs["generator_penalty"] == pytest.approx(0.1 * 2 * off**2, rel=1e-5)
    assert "discriminator_penalty" not in logs


def test_accuracies_without_a_zero_compare_with_the_other_mean():
    model = build(0.5, 1.0, objective="wasserstein")
    logs = model.evaluate(X, verbose=0, return_dict=True)
    assert logs["real_accuracy"] == 0.75
    assert logs["fake_accuracy"] == 1.0


def test_generator_turn_is_as_large_as_one_discriminator_turn():
    a, b, rate = 0.8, -0.4, 0.1
    model = build(b, a, rate, objective="relativistic", discriminator_steps=2)
    model.train_on_batch(X)
    for x in (X[:2], X[2:]):
        gap = sigmoid(a * b - a * x)
        a -= rate * np.mean(gap * (b - x))
    b -= rate * np.mean(-sigmoid(a * X[:2] - a * b) * a)
    assert numbers(model) == pytest.approx((a, b), rel=1e-5)


def mean_pixel(shape):
    return keras.Sequential(
        [
            keras.Input(shape),
            layers.GlobalAveragePooling2D(data_format="channels_last"),
            layers.Dense(1, kernel_initializer=keras.initializers.Constant(1 / 3)),
        ]
    )


def test_augmentation_is_in_both_turns_and_only_in_training():
    """Brightness is added; saturation and contrast keep the mean pixel."""
    shape, n, rate = (8, 8, 3), 2000, 0.1
    model = gz.GAN(
        constant(-0.2, shape),
        mean_pixel(shape),
        objective="wasserstein",
        augment="color",
        value_range=(-1, 1),
        seed=0,
    )
    model.compile(
        discriminator_optimizer=keras.optimizers.SGD(0.0),
        generator_optimizer=keras.optimizers.SGD(rate),
    )
    x = np.full((n, *shape), 0.6, "float32")  # 0.2 for the networks
    logs = model.evaluate(x[:8], verbose=0, return_dict=True)
    assert logs["discriminator_loss"] == pytest.approx(-0.4, abs=1e-5)
    logs = model.train_on_batch(x, return_dict=True)
    # A share of 1/2 + 0.4 of U(-1/2, 1/2) + 0.4 is above what is at 0 in the mean.
    for name in ("real_accuracy", "fake_accuracy"):
        assert float(ops.convert_to_numpy(logs[name])) == pytest.approx(0.9, abs=0.03)
    # The mean pixel's gradient passes the augmentation whole.
    bias = ops.convert_to_numpy(model.generator.layers[0].bias)[0]
    assert bias == pytest.approx(-0.2 + rate, abs=1e-4)


def test_a_penalty_is_taken_through_the_augmentation():
    """Saturation scales the difference of two channels by s ~ U(0, 2), contrast by
    c ~ U(1/2, 3/2): the squared gradient of that difference has the mean of s^2 c^2.
    """
    shape = (1, 1, 2)
    network = keras.Sequential(
        [keras.Input(shape), layers.Flatten(), layers.Dense(1, use_bias=False)]
    )
    network.set_weights([np.array([[1.0], [-1.0]])])
    model = gz.GAN(
        constant(0.0, shape),
        network,
        objective="wasserstein",
        augment=("color",),
        regularizer=losses.R1(2.0),
        seed=0,
    )
    model.compile(
        discriminator_optimizer=keras.optimizers.SGD(0.0),
        generator_optimizer=keras.optimizers.SGD(0.0),
    )
    x = np.full((4000, *shape), 0.5, "float32")
    logs = model.train_on_batch(x, return_dict=True)
    expected = 2.0 * (4 / 3) * (1 + 1 / 12)
    assert float(ops.convert_to_numpy(logs["discriminator_penalty"])) == pytest.approx(
        expected, rel=0.06
    )


def test_a_file_brings_back_every_option(tmp_path):
    augmented = gz.layers.DifferentiableAugmentation("cutout", probability=0.5, seed=2)
    model = gz.GAN(
        gz.networks.mlp_generator((4, 4, 2), 3, (4,)),
        gz.networks.mlp_discriminator((4, 4, 4), (4,)),
        objective="least_squares",
        label_smoothing=0.1,
        regularizer=[losses.R1(3.0, every=2), "orthogonality"],
        discriminator_steps=2,
        pack=2,
        augment=augmented,
        average_half_life=100,
        seed=1,
    )
    model.compile()
    x = np.random.default_rng(0).uniform(size=(8, 4, 4, 2)).astype("float32")
    model.fit(x, batch_size=4, verbose=0)
    model.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    nested = ("generator", "discriminator", "augment")
    configs = [
        {k: v for k, v in m.get_config().items() if k not in nested}
        for m in (model, loaded)
    ]
    assert configs[0] == configs[1]
    assert loaded.augmentation.get_config() == augmented.get_config()
    np.testing.assert_array_equal(loaded.sample(3), model.sample(3))
    for a, b in zip(loaded.variables, model.variables, strict=True):
        np.testing.assert_array_equal(*map(ops.convert_to_numpy, (a, b)))
    model.train_on_batch(x[:4])
    loaded.train_on_batch(x[:4])
    for a, b in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


@keras.saving.register_keras_serializable(package="tests")
class FixedOptions(gz.GAN):
    """A constructor that takes what it names and no more."""

    def __init__(self, generator, discriminator, average_half_life, **kwargs):
        unknown = set(kwargs) - {"name", "dtype", "trainable"}
        if unknown:
            raise TypeError(f"unknown: {sorted(unknown)}")
        super().__init__(
            generator, discriminator, average_half_life=average_half_life, **kwargs
        )

    def get_config(self):
        names = ("generator", "discriminator", "average_half_life", "name")
        config = super().get_config()
        return {name: config[name] for name in names}


def test_a_subclass_with_options_of_its_own_comes_back_with_its_average(tmp_path):
    model = FixedOptions(
        gz.networks.mlp_generator((4, 4, 1), 3, (4,)),
        gz.networks.mlp_discriminator((4, 4, 1), (4,)),
        average_half_life=1e6,
    )
    model.compile()
    x = np.random.default_rng(0).uniform(size=(8, 4, 4, 1)).astype("float32")
    model.fit(x, batch_size=4, verbose=0)
    model.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    for name in ("generator", "average_generator"):
        for a, b in zip(
            getattr(model, name).weights, getattr(loaded, name).weights, strict=True
        ):
            np.testing.assert_array_equal(*map(ops.convert_to_numpy, (a, b)))
    # Two networks, not one twice.
    pairs = zip(
        loaded.generator.get_weights(),
        loaded.average_generator.get_weights(),
        strict=True,
    )
    assert any((a != b).any() for a, b in pairs)


def test_penalties_are_float32_under_mixed_precision():
    """A slope of 300 squared is beyond float16."""
    keras.config.set_dtype_policy("mixed_float16")
    regularizer = [losses.R1(2.0), losses.GradientPenalty(1.0)]
    model = build(-0.4, 300.0, objective="wasserstein", regularizer=regularizer)
    logs = model.evaluate(X, verbose=0, return_dict=True)
    assert logs["discriminator_penalty"] == pytest.approx(300.0**2 + 299.0**2, rel=1e-5)
    # From a slope of 2 the scaled gradients are within float16, and a step is taken.
    rate, a, b = 0.01, 2.0, -0.4
    model = build(b, a, rate, objective="wasserstein", regularizer=regularizer)
    for _ in range(12):  # the loss scale halves until it fits
        if numbers(model)[0] == a:
            model.train_on_batch(X)
    slope = b - X.mean() + 2 * a + 2 * (a - 1)
    assert numbers(model)[0] == pytest.approx(a - rate * slope, abs=1e-3)
