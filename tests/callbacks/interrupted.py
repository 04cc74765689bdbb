"""A training that ends by a signal or has no room on the disk, for a process of its
own."""

import os
import random
import resource
import signal
import warnings

import h5py
import keras
import numpy as np

import keras_genzoo as gz
from keras_genzoo.callbacks import Backup

EPOCHS, STEPS = 4, 5


def model_and_data():
    def network(inputs, outputs, seed):
        return keras.Sequential(
            [
                keras.Input((inputs,)),
                keras.layers.Dense(
                    8,
                    kernel_initializer=keras.initializers.GlorotUniform(seed),
                ),
                keras.layers.BatchNormalization(),
                keras.layers.LeakyReLU(0.2),
                keras.layers.Dense(
                    outputs, kernel_initializer=keras.initializers.GlorotUniform(seed)
                ),
            ]
        )

    # Decides the order of the data. Keras' own function would import TensorFlow.
    random.seed(1)
    model = gz.GAN(network(3, 5, 0), network(5, 1, 1), average_half_life=30.0, seed=2)
    schedule = keras.optimizers.schedules.ExponentialDecay(1e-2, 5, 0.9)
    model.compile(
        generator_optimizer=keras.optimizers.Adam(schedule, clipnorm=1.0),
        discriminator_optimizer=keras.optimizers.RMSprop(1e-3, use_ema=True),
    )
    x = np.random.default_rng(0).normal(size=(8 * STEPS - 3, 5)).astype("float32")
    return model, x


class Kill(keras.callbacks.Callback):
    """Kills its own process after this batch of this epoch."""

    def __init__(self, epoch, batch):
        super().__init__()
        self.at = (epoch, batch)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


def train(folder, state="state", at=None, name=None, limit=None):
    """Trains on; `at` says when it is killed, "writing" within the second state.

    `limit`: bytes that a file may have. The end goes to `NAME.npz`.
    """
    model, x = model_and_data()
    callbacks = [Backup(folder / state)]
    if at == "writing":
        opened = h5py.File

        def half_open(path, mode="r", *args, **kwargs):
            # The weights are written, the place in the training is about to be.
            if mode == "r+" and (folder / state / "latest.weights.h5").exists():
                with open(path, "rb+") as file:
                    file.truncate(os.path.getsize(path) // 2)
                os.kill(os.getpid(), signal.SIGKILL)
            return opened(path, mode, *args, **kwargs)

        h5py.File = half_open
    elif at is not None:
        callbacks.insert(0, Kill(*at))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RuntimeWarning)
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        model.fit(x, batch_size=8, epochs=EPOCHS, verbose=0, callbacks=callbacks)
    if limit is not None:
        told = [str(w.message) for w in caught if w.category is RuntimeWarning]
        assert [m.partition(" could")[0] for m in told] == [
            f"The state after epoch {epoch}" for epoch in (2, 3, 4)
        ]
        assert all("that after epoch 1 stays" in m for m in told)
        return
    values = [*model.variables, *model.optimizer.variables]
    np.savez(folder / f"{name}.npz", *map(keras.ops.convert_to_numpy, values))
