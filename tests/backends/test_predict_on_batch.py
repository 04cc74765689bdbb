"""Inference that drops its maps gives what Keras' own gives."""

import gc
import weakref

import keras
import numpy as np
import pytest
from keras import layers

import keras_genzoo as gz
from keras_genzoo import backends, networks


def generator():
    return networks.cyclegan_generator(2, 3, 4, 2, skip=0, seed=0)


def translator():
    model = gz.CycleGAN(
        networks.cyclegan_generator(1, width=2, blocks=1, skip=1.0, seed=0),
        networks.cyclegan_generator(1, width=2, blocks=1, seed=1),
        networks.patchgan_discriminator(1, 2, depth=1, seed=2),
        networks.patchgan_discriminator(1, 2, depth=1, seed=3),
        image_size=16,
    )
    return model.translator("a_to_b")


def two_arguments():
    x, y = keras.Input((3,)), keras.Input((3,))
    return keras.Model([x, y], [layers.Dot(1)([x, y]), layers.Dense(2)(x)])


def layer_in_two_places():
    x = keras.Input((3,))
    dense = layers.Dense(3)
    return keras.Model(x, dense(dense(x)))


CASES = {
    "generator": (generator, [(2, 8, 12, 2)]),
    "nested": (translator, [(1, 16, 8, 1)]),
    "two heads": (lambda: networks.conv_encoder((8, 8, 1), 2, seed=0), [(3, 8, 8, 1)]),
    "left to Keras": (two_arguments, [(4, 3), (4, 3)]),
    "layer in two places": (layer_in_two_places, [(4, 3)]),
}


@pytest.mark.parametrize("name", CASES)
def test_the_outputs_are_keras_own(name):
    make, shapes = CASES[name]
    network = make()
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=shape) for shape in shapes]
    inputs = inputs[0] if len(inputs) == 1 else inputs
    got = backends.predict_on_batch(network, inputs)
    expected = network.predict_on_batch(inputs)
    keras.tree.assert_same_structure(got, expected)
    for a, b in zip(keras.tree.flatten(got), keras.tree.flatten(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


class Watch(layers.Layer):
    """Counts the maps that earlier watches saw and that are still there."""

    seen, alive = [], []

    def call(self, inputs):
        gc.collect()
        Watch.alive.append(sum(ref() is not None for ref in Watch.seen))
        Watch.seen.append(weakref.ref(inputs))
        return inputs + 1.0


@pytest.mark.skipif(
    keras.backend.backend() != "torch", reason="other backends compile the network"
)
def test_no_map_outlives_its_last_use():
    x = keras.Input((4,))
    y = x
    for _ in range(4):
        y = Watch()(y)
    network = keras.Model(x, layers.Add()([y, x]))
    Watch.seen.clear()
    Watch.alive.clear()
    got = backends.predict_on_batch(network, np.zeros((1, 4), "float32"))
    np.testing.assert_array_equal(got, np.full((1, 4), 4.0))
    # What came in is needed to the end; nothing else is.
    assert Watch.alive == [0, 1, 1, 1]
