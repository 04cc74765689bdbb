"""One leg of a training run, in a process of its own.

Every leg but the first continues from what another left in a folder. Each ends by
storing its weights there.
"""

import sys

import keras
import numpy as np
from keras import layers, ops

import keras_genzoo as gz

SHORT, LONG = 2, 4


def determinism():
    keras.utils.set_random_seed(0)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    elif keras.backend.backend() == "torch":
        import torch

        torch.use_deterministic_algorithms(True)


def network(inputs, outputs):
    return keras.Sequential(
        [
            keras.Input((inputs,)),
            layers.Dense(16),
            layers.BatchNormalization(),
            layers.LeakyReLU(0.2),
            layers.Dropout(0.3),
            layers.Dense(outputs),
        ]
    )


def new_model():
    model = gz.GAN(network(3, 5), network(5, 1), seed=1)
    schedule = keras.optimizers.schedules.ExponentialDecay(1e-3, 5, 0.9)
    model.compile(
        generator_optimizer=keras.optimizers.Adam(schedule, beta_1=0.5, clipnorm=1.0),
        discriminator_optimizer=keras.optimizers.RMSprop(1e-3, use_ema=True),
    )
    return model


def fit(model, **kwargs):
    x = np.random.default_rng(2).normal(size=(50, 5)).astype("float32")
    model.fit(x, batch_size=16, shuffle=False, verbose=0, **kwargs)


class Crash(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == SHORT:
            raise KeyboardInterrupt


def leg(name, folder):
    determinism()
    if name == "uninterrupted":
        model = new_model()
        fit(model, epochs=LONG)
    elif name == "until_saved":
        model = new_model()
        fit(model, epochs=LONG, callbacks=[StopAndSave(folder / "saved.keras")])
    elif name == "from_file":
        model = keras.saving.load_model(folder / "saved.keras")
        fit(model, epochs=LONG, initial_epoch=SHORT)
    elif name == "until_crash":
        model = new_model()
        backup = keras.callbacks.BackupAndRestore(folder / "backup")
        try:
            fit(model, epochs=LONG, callbacks=[backup, Crash()])
        except KeyboardInterrupt:
            return
    elif name == "from_backup":
        keras.utils.set_random_seed(99)
        model = new_model()
        fit(
            model,
            epochs=LONG,
            callbacks=[keras.callbacks.BackupAndRestore(folder / "backup")],
        )
    values = [
        ops.convert_to_numpy(v) for v in [*model.variables, *model.optimizer.variables]
    ]
    np.savez(folder / f"{name}.npz", *values)


class StopAndSave(keras.callbacks.Callback):
    """Saves between epochs: `fit` would write averaged weights at its end."""

    def __init__(self, path):
        super().__init__()
        self.path = path

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == SHORT:
            self.model.save(self.path)
            sys.exit(0)
