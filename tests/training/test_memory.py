"""A long `fit` leaks nothing."""

import gc

import keras
import numpy as np
import psutil

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
