"""A long `fit` leaks nothing, and nothing keeps a model that was trained."""

import gc
import importlib
import weakref

import keras
import numpy as np
import psutil
import pytest

import keras_genzoo as gz
from keras_genzoo import networks

STEPS = 5000


class Resident(keras.callbacks.Callback):
    """Resident memory, in bytes, by step."""

    def __init__(self):
        super().__init__()
        self.at = {}

    def on_train_batch_end(self, batch, logs=None):
        if batch + 1 in (500, STEPS):
            gc.collect()
            self.at[batch + 1] = psutil.Process().memory_info().rss


def test_memory_is_flat_from_step_500_to_step_5000():
    x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")

    def batches():
        while True:
            yield (x,)

    model = gz.GAN(
        networks.mlp_generator((4,), 2, (8,)), networks.mlp_discriminator((4,), (8,))
    )
    model.compile()
    resident = Resident()
    model.fit(
        batches(), steps_per_epoch=STEPS, epochs=1, verbose=0, callbacks=[resident]
    )
    assert resident.at[STEPS] < 1.05 * resident.at[500]
    assert int(keras.ops.convert_to_numpy(model.optimizer.iterations)) == STEPS


def gan():
    generator = networks.dcgan_generator((28, 28, 1), 2, width=4)
    discriminator = networks.dcgan_discriminator((28, 28, 1), width=4)
    return gz.GAN(generator, discriminator), (np.zeros((32, 28, 28, 1)),)


def cycle_gan():
    generators = [networks.cyclegan_generator(3, width=2, blocks=1) for _ in "ab"]
    discriminators = [networks.patchgan_discriminator(3, 2, depth=2) for _ in "ab"]
    model = gz.CycleGAN(*generators, *discriminators, image_size=16)
    return model, (gz.data.unpaired(*np.zeros((2, 4, 16, 16, 3)), 2),)


def held(variable):
    """What a variable's numbers are reached by."""
    value = variable.value
    # TensorFlow's graphs do without the variable.
    return value.handle if keras.backend.backend() == "tensorflow" else value


@pytest.mark.parametrize("build", [gan, cycle_gan])
def test_a_model_that_is_let_go_is_gone(build, monkeypatch):
    if keras.backend.backend() == "tensorflow":
        ours = importlib.import_module("keras_genzoo.backends.tensorflow_convolutions")
        monkeypatch.setattr(ours, "_has_onednn", lambda: False)
    model, data = build()
    model.compile()
    model.fit(*data, verbose=0)
    references = [weakref.ref(model), *(weakref.ref(held(v)) for v in model.variables)]
    del model
    # PyTorch's parameters outlive the objects that a first round frees.
    gc.collect()
    gc.collect()
    assert not [reference for reference in references if reference() is not None]
