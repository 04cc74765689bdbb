"""The fused batch normalisation computes what Keras' computes."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_genzoo.layers import BatchNormalization
from keras_genzoo.training import input_gradient

RNG = np.random.default_rng(0)
X = (3.0 * RNG.normal(size=(6, 5, 4, 3)) + 2.0).astype("float32")


def both():
    pair = [
        cls(momentum=0.9, epsilon=1e-3)
        for cls in (BatchNormalization, layers.BatchNormalization)
    ]
    gamma, beta = np.random.default_rng(1).normal(size=(2, 3))
    for layer in pair:
        layer.build(X.shape)
        layer.gamma.assign(gamma)
        layer.beta.assign(beta)
    return pair


def test_same_outputs_and_statistics():
    ours, keras_layer = both()
    for scale in (1.0, 0.1):
        x = ops.convert_to_tensor(scale * X)
        for training in (True, False):
            np.testing.assert_allclose(
                ops.convert_to_numpy(ours(x, training=training)),
                ops.convert_to_numpy(keras_layer(x, training=training)),
                atol=2e-5,
            )
    for a, b in zip(ours.weights, keras_layer.weights, strict=True):
        np.testing.assert_allclose(
            ops.convert_to_numpy(a), ops.convert_to_numpy(b), rtol=1e-4, atol=1e-6
        )


def test_same_updates_in_fit():
    results = []
    for layer in both():
        model = keras.Sequential(
            [keras.Input(X.shape[1:]), layer, layers.Activation("tanh")]
        )
        model.compile(keras.optimizers.SGD(1.0), "mse")
        model.fit(X, 0.1 * X, batch_size=3, epochs=2, shuffle=False, verbose=0)
        results.append(model.get_weights())
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("training", [True, False])
def test_same_input_gradients(training):
    x = ops.convert_to_tensor(X)
    got, expected = (
        ops.convert_to_numpy(
            input_gradient(lambda t: ops.tanh(layer(t, training=training)), x)  # noqa: B023
        )
        for layer in both()
    )
    np.testing.assert_allclose(got, expected, atol=2e-5)


def test_vectors_are_left_to_keras():
    layer = BatchNormalization()
    x = RNG.normal(size=(50, 4)).astype("float32")
    y = ops.convert_to_numpy(layer(ops.convert_to_tensor(x), training=True))
    expected = (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-3)
    np.testing.assert_allclose(y, expected, atol=1e-5)


@pytest.mark.parametrize(
    "options", [{"scale": False}, {"scale": False, "center": False}]
)
def test_without_gain_or_bias(options):
    results = []
    for cls in (BatchNormalization, layers.BatchNormalization):
        layer = cls(momentum=0.9, **options)
        model = keras.Sequential(
            [keras.Input(X.shape[1:]), layers.Conv2D(4, 1), layer, layers.ReLU()]
        )
        start = np.random.default_rng(2)
        model.set_weights(
            [start.uniform(0.5, 1.5, size=v.shape) for v in model.get_weights()]
        )
        model.compile(keras.optimizers.SGD(1.0), "mse")
        model.fit(X, np.ones((6, 5, 4, 4)), batch_size=3, shuffle=False, verbose=0)
        y = ops.convert_to_numpy(model(X, training=True))
        results.append([y, *model.get_weights()])
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_halves_are_normalised_in_float32(dtype):
    layer = BatchNormalization(momentum=0.9, epsilon=1e-3, dtype=f"mixed_{dtype}")
    layer.build(X.shape)
    # So far from 0 that sums of halves would lose the variance.
    x = ops.cast(ops.convert_to_tensor(X + 50.0), dtype)
    y = layer(x, training=True)
    assert keras.backend.standardize_dtype(y.dtype) == dtype
    seen = ops.convert_to_numpy(ops.cast(x, "float32")).astype("float64")
    mean, variance = seen.mean((0, 1, 2)), seen.var((0, 1, 2))
    expected = (seen - mean) / np.sqrt(variance + 1e-3)
    y = ops.convert_to_numpy(ops.cast(y, "float32"))
    np.testing.assert_allclose(y, expected, rtol=5e-3, atol=1e-4)
    for got, value, start in (
        (layer.moving_mean, mean, 0.0),
        (layer.moving_variance, variance, 1.0),
    ):
        np.testing.assert_allclose(
            ops.convert_to_numpy(got), 0.9 * start + 0.1 * value, rtol=1e-4
        )
