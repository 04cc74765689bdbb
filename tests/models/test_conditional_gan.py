"""The conditional GAN where its optimum is known."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from scipy import stats

import keras_genzoo as gz


class PowersOf(layers.Layer):
    """x to (1, x, x^2)."""

    def call(self, x):
        return ops.concatenate([ops.ones_like(x), x, ops.square(x)], axis=-1)


def shifted_by_label():
    """`z + shift[label]`, the shifts 0 at the start."""
    z, label = keras.Input((1,)), keras.Input((), dtype="int32")
    shift = layers.Embedding(2, 1, embeddings_initializer="zeros", name="shift")(label)
    return keras.Model([z, label], layers.Add()([z, shift]))


def quadratic_for_each_label():
    x, label = keras.Input((1,)), keras.Input((), dtype="int32")
    weights = layers.Embedding(2, 3, embeddings_initializer="zeros")(label)
    return keras.Model([x, label], layers.Dot(1)([PowersOf()(x), weights]))


MEANS, STD = (-1.0, 0.5), 0.7


def data(n):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, n)
    x = np.asarray(MEANS)[labels] + STD * rng.normal(size=n)
    return x[:, None].astype("float32"), labels


def test_discriminator_finds_the_density_ratio_of_each_class():
    model = gz.ConditionalGAN(
        shifted_by_label(),
        quadratic_for_each_label(),
        2,
        objective="non_saturating",
        seed=0,
    )
    model.compile(
        discriminator_optimizer=keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(5e-2, 600)
        ),
        generator_optimizer=keras.optimizers.SGD(0.0),
    )
    x, y = data(100_000)
    model.fit(x, y, batch_size=1000, epochs=6, verbose=0)
    points = np.linspace(-1.2, 1.2, 5, dtype="float32")[:, None]
    for label, mean in enumerate(MEANS):
        logits = model.discriminator([points, np.full(5, label)])
        expected = stats.norm(mean, STD).logpdf(points) - stats.norm.logpdf(points)
        np.testing.assert_allclose(ops.convert_to_numpy(logits), expected, atol=0.08)


def test_generator_finds_the_mean_of_each_class():
    model = gz.ConditionalGAN(
        shifted_by_label(),
        quadratic_for_each_label(),
        2,
        objective="non_saturating",
        average_half_life=20_000,
        seed=0,
    )
    model.compile(
        discriminator_optimizer=keras.optimizers.SGD(0.3),
        generator_optimizer=keras.optimizers.SGD(
            keras.optimizers.schedules.CosineDecay(0.2, 600)
        ),
    )
    x, y = data(50_000)
    model.fit(x, y[:, None], batch_size=500, epochs=6, verbose=0)
    z = model.draw_latents(500, seed=0)
    for label, mean in enumerate(MEANS):
        shift = np.mean(model.decode(z, label) - z)
        assert shift == pytest.approx(mean, abs=0.12)


@pytest.fixture(scope="module")
def model():
    model = gz.ConditionalGAN(shifted_by_label(), quadratic_for_each_label(), 2, seed=0)
    model.compile()
    model.generator.get_layer("shift").set_weights([np.array([[10.0], [20.0]])])
    return model


def test_samples_have_the_labels_asked_for(model):
    z = model.draw_latents(3, seed=1)
    samples = model.sample(labels=[0, 1, 0], seed=1)
    np.testing.assert_allclose(samples - z, [[10.0], [20.0], [10.0]], rtol=1e-5)
    np.testing.assert_allclose(model.sample(3, labels=1, seed=1) - z, 20.0, rtol=1e-5)
    many = model.sample(400, seed=2)
    np.testing.assert_array_equal(many, model.sample(400, seed=2))
    assert np.mean(many > 15.0) == pytest.approx(0.5, abs=0.1)


X = np.zeros((4, 1), "float32")
BAD = {
    "no labels": (lambda m: m.fit(X), "`y` must be the labels, 4 integers in \\[0, 2"),
    "too few": (lambda m: m.fit(X, np.zeros(3, int)), "`y` must be 4 labels"),
    "out of range": (
        lambda m: m.fit(X, np.array([0, 1, 2, 0])),
        "`y` must be in \\[0, 2\\), got values from 0 to 2",
    ),
    "negative": (lambda m: m.evaluate(X, np.array([0, -1, 1, 0])), "from -1 to 1"),
    "not integers": (lambda m: m.train_on_batch(X, np.zeros(4)), "got dtype float64"),
    "one-hot": (lambda m: m.fit(X, np.eye(4, dtype=int)), "got shape \\(4, 4\\)"),
    "sample out of range": (
        lambda m: m.sample(labels=[2]),
        "`labels` must be in \\[0, 2\\)",
    ),
    "another number": (lambda m: m.sample(3, labels=[0, 1]), "must be 3 labels"),
    "no label to decode": (lambda m: m.decode([[0.0]], None), "`labels` must be the"),
    "truncation": (lambda m: m.sample(1, truncation=0), "`truncation` must be None or"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_labels(model, case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        call(model)


def test_a_stream_without_labels(model):
    with pytest.raises(ValueError, match="`y` must be the labels"):
        model.fit((x for x in [X]), verbose=0)
