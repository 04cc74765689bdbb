"""A pass over two batches gives what two passes give, or is not taken."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import keras_genzoo as gz
from keras_genzoo import networks
from keras_genzoo.layers import BatchNormalization, SpectralNormalization
from keras_genzoo.models.joint_passes import is_separate, run_both
from keras_genzoo.zoo.recipes.portable import portable_arithmetic


def network(*between):
    inputs = keras.Input((8, 8, 3))
    x = inputs
    for layer in between:
        x = layer(x)
    return keras.Model(inputs, layers.Conv2D(2, 3, padding="same")(x))


class Subclassed(keras.Model):
    def call(self, inputs):
        return inputs - ops.mean(inputs, axis=0, keepdims=True)


class Centred(layers.ReLU):
    def call(self, inputs):
        return inputs - ops.mean(inputs, axis=0, keepdims=True)


OTHERS = {
    "batch normalization": lambda: network(BatchNormalization()),
    "spectral normalization": lambda: network(
        SpectralNormalization(layers.Conv2D(2, 3))
    ),
    "dropout": lambda: network(layers.Dropout(0.5)),
    "a penalty of activities": lambda: network(
        layers.Activation("relu", activity_regularizer="l2")
    ),
    "an activation across images": lambda: network(
        layers.Activation(lambda x: x - ops.mean(x, axis=0, keepdims=True))
    ),
    "a layer derived from a plain one": lambda: network(Centred()),
    "a network within": lambda: network(network(BatchNormalization())),
    "a class of its own": Subclassed,
}


@pytest.mark.parametrize("name", OTHERS)
def test_networks_that_are_not_separate(name):
    assert not is_separate(OTHERS[name]())


SEPARATE = {
    "generator": lambda: networks.cyclegan_generator(width=4, blocks=1, seed=1),
    "nearest": lambda: networks.cyclegan_generator(
        width=4, blocks=1, upsample="nearest", skip=2.0, seed=2
    ),
    "discriminator": lambda: networks.patchgan_discriminator(width=4, depth=2, seed=3),
}


@pytest.mark.parametrize("name", SEPARATE)
def test_halves_are_what_they_are_alone(name):
    net = SEPARATE[name]()
    assert is_separate(net)
    rng = np.random.default_rng(0)
    # What stands beside an image must not matter, however bright it is.
    first = rng.uniform(-1, 1, (3, 16, 16, 3)).astype("float32")
    second = 5.0 * rng.uniform(-1, 1, (2, 16, 16, 3)).astype("float32")
    for half, joint in zip(
        (first, second), run_both(net, first, second, separate=True), strict=True
    ):
        np.testing.assert_allclose(
            ops.convert_to_numpy(joint),
            ops.convert_to_numpy(net(half)),
            rtol=1e-5,
            atol=2e-6,
        )


@pytest.fixture
def float64():
    """A rounding may turn the sign of a pixel's error, and a step with it."""
    with portable_arithmetic():
        yield


def trained(jointly, generator_layer=None):
    def generator(seed):
        if generator_layer is None:
            return networks.cyclegan_generator(width=4, blocks=1, seed=seed)
        inputs = keras.Input((16, 16, 3))
        first = layers.Conv2D(
            4,
            3,
            padding="same",
            kernel_initializer=keras.initializers.GlorotUniform(seed),
        )
        last = layers.Conv2D(
            3, 1, kernel_initializer=keras.initializers.GlorotUniform(seed)
        )
        return keras.Model(inputs, last(generator_layer()(first(inputs))))

    model = gz.CycleGAN(
        generator(1),
        generator(2),
        networks.patchgan_discriminator(width=4, depth=2, seed=3),
        networks.patchgan_discriminator(width=4, depth=2, seed=4),
        image_size=16,
        pool_size=2,
        seed=0,
    )
    # Adam would make whole steps of gradients that are nothing but rounding.
    model.compile({phase: keras.optimizers.SGD(0.05) for phase in model.phases})
    if not jointly:
        model._separate = dict.fromkeys(model._separate, False)
    rng = np.random.default_rng(1)
    a, b = rng.uniform(0, 1, (2, 3, 16, 16, 3)).astype("float32")
    logs = [model.train_on_batch(a, b, return_dict=True) for _ in range(2)]
    return logs, model.get_weights()


def test_a_step_is_the_same_in_either_way(float64):
    logs, weights = trained(jointly=True)
    expected, expected_weights = trained(jointly=False)
    for one, other in zip(logs, expected, strict=True):
        assert "identity_a_to_b" in one
        for name, value in other.items():
            assert float(one[name]) == pytest.approx(float(value), rel=1e-10), name
    assert_close(weights, expected_weights)


def assert_close(weights, expected):
    for one, other in zip(weights, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11)


def test_statistics_of_batches_are_of_each_batch(float64):
    """With batch normalisation a joint pass would mix the sides' statistics."""
    _, weights = trained(jointly=True, generator_layer=BatchNormalization)
    _, expected = trained(jointly=False, generator_layer=BatchNormalization)
    assert_close(weights, expected)
