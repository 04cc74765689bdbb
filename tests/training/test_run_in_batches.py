"""Batches are padded and trimmed: another number asked for compiles nothing new."""

import logging

import keras
import numpy as np
import pytest
from keras import layers

import keras_genzoo as gz
from keras_genzoo import networks
from keras_genzoo.training.batches import run_in_batches


class Traced(layers.Layer):
    """Counts how often its computation is traced; eagerly, how often it runs."""

    def __init__(self):
        super().__init__()
        self.times = 0

    def call(self, inputs):
        self.times += 1
        return 2.0 * inputs


@pytest.fixture
def compilations(caplog):
    """How many programs JAX has compiled since it was last asked; 0 elsewhere."""
    if keras.backend.backend() != "jax":
        yield lambda: 0
        return
    import jax

    caplog.set_level(logging.WARNING)
    found = []

    def count():
        done = sum("Finished XLA compilation" in r.message for r in caplog.records)
        caplog.clear()
        found.append(done)
        return done

    with jax.log_compiles():
        yield count
    # Those of the first calls: JAX still says it in these words.
    assert max(found) > 0


def traced(make):
    """A network, wrapped so that its traces are counted, and the counter."""
    layer, network = Traced(), make()
    outputs = layer(network.outputs[0])
    return keras.Model(network.inputs, outputs), layer


def ask(call, layer, compilations):
    """Asks for 5 to 8, all padded to 8, and for more than the batch size, 64."""
    call(8)
    call(70)
    compilations()
    before = layer.times
    numbers = (5, 6, 7, 8, 65, 69, 70, 127)
    for n in numbers:
        assert len(call(n)) == n
    if keras.backend.backend() == "torch":
        # Eager: a call a batch, nothing is ever compiled.
        assert layer.times == before + sum(-(-n // 64) for n in numbers)
    else:
        assert layer.times == before
    assert compilations() == 0


def test_sample_of_a_gan(compilations):
    generator, layer = traced(lambda: networks.mlp_generator((3,), 2, (4,)))
    model = gz.GAN(generator, networks.mlp_discriminator((3,), (4,)), seed=0)
    ask(lambda n: model.sample(n, batch_size=64), layer, compilations)
    ask(lambda n: model.sample(n, truncation=1.0, batch_size=64), layer, compilations)


def test_sample_and_decode_of_a_vae(compilations):
    decoder, layer = traced(lambda: networks.mlp_decoder((3,), 2, (4,)))
    model = gz.VAE(networks.mlp_encoder((3,), 2, (4,)), decoder, seed=0)
    ask(lambda n: model.sample(n, batch_size=64), layer, compilations)
    ask(lambda n: model.decode(np.zeros((n, 2)), batch_size=64), layer, compilations)


def test_translate(compilations):
    generator, layer = traced(lambda: networks.cyclegan_generator(1, width=2, blocks=1))
    model = gz.CycleGAN(
        generator,
        networks.cyclegan_generator(1, width=2, blocks=1),
        networks.patchgan_discriminator(1, 2, 1),
        networks.patchgan_discriminator(1, 2, 1),
        image_size=8,
    )
    ask(
        lambda n: model.translate(np.zeros((n, 8, 8, 1), "uint8"), batch_size=64),
        layer,
        compilations,
    )


def test_rows_are_in_place_whatever_the_number():
    network = keras.Sequential([keras.Input((2,)), layers.Rescaling(3.0)])
    for n in (1, 5, 8, 21):
        x = np.arange(2.0 * n, dtype="float32").reshape(n, 2)
        y = run_in_batches(
            network,
            x,
            8,
            prepare=lambda x: x + 1.0,
            finish=lambda y: keras.ops.square(y),
        )
        np.testing.assert_allclose(y, np.square(3.0 * (x + 1.0)), rtol=1e-6)
