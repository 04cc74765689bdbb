"""Whether two layers with weights of the same shapes compute the same."""

import keras
import numpy as np
from keras import ops

from keras_genzoo.losses.penalties import zero_centred_penalty
from keras_genzoo.training import input_gradient
from keras_genzoo.training.compiled import compiled


def with_same_weights(fast, plain, shape):
    """The pair, built for this shape, with the same random weights."""
    fast.build(shape)
    plain.build(shape)
    rng = np.random.default_rng(0)
    for a, b in zip(fast.weights, plain.weights, strict=True):
        assert a.shape == b.shape
        value = rng.normal(scale=0.3, size=a.shape)
        a.assign(value)
        b.assign(value)
    return fast, plain


def outputs_and_input_gradients(layer, x):
    # One program: operation by operation JAX would compile tens.
    run = compiled(
        lambda x: (layer(x), input_gradient(lambda x: ops.square(layer(x)), x)),
        layer.variables,
    )
    return [ops.convert_to_numpy(array) for array in run(x)]


def assert_same_outputs_and_input_gradients(fast, plain, shape, **tolerance):
    """`tolerance` is that of the gradients."""
    x = np.random.default_rng(1).normal(size=shape).astype("float32")
    x = ops.convert_to_tensor(x)
    expected, expected_gradient = outputs_and_input_gradients(plain, x)
    got, gradient = outputs_and_input_gradients(fast, x)
    assert tuple(fast.compute_output_shape(shape)) == expected.shape
    np.testing.assert_allclose(got, expected, atol=1e-5)
    np.testing.assert_allclose(gradient, expected_gradient, **tolerance)


def assert_same_updates_in_fit(pair, sides):
    """Of layers with the same weights, on images `(8, *sides)`."""
    x = np.random.default_rng(2).normal(size=(8, *sides)).astype("float32")
    weights = []
    for layer in pair:
        model = keras.Sequential([keras.Input(sides), layer])
        target = np.full((8, *model.output_shape[1:]), 0.5)
        model.compile(keras.optimizers.SGD(0.1), "mse")
        model.fit(x, target, batch_size=4, shuffle=False, verbose=0)
        weights.append(model.get_weights())
    for a, b in zip(*weights, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


class Penalised(keras.Model):
    """Its loss is the penalty alone."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def call(self, x):
        return zero_centred_penalty(self.layer, x)


def assert_same_updates_by_a_penalty(pair, sides):
    """Of layers with the same weights, on images `(4, *sides)`: second derivatives."""
    x = np.random.default_rng(1).normal(size=(4, *sides)).astype("float32")
    losses, weights = [], []
    for layer in pair:
        model = Penalised(layer)
        model.compile(
            keras.optimizers.SGD(0.05), loss=lambda _, penalty: ops.mean(penalty)
        )
        losses.append(
            model.fit(x, np.zeros(4), batch_size=4, verbose=0).history["loss"]
        )
        weights.append([ops.convert_to_numpy(w) for w in layer.weights])
    np.testing.assert_allclose(*losses, rtol=1e-5)
    for a, b in zip(*weights, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
