"""One leg of some tiny recipes' trainings, in a process of its own.

`whole` trains them without a break, `broken` until the third epoch, the last one until
the process kills itself, `resumed` goes on, on what it takes for another machine.
"""

import os
import signal

import keras

from keras_genzoo.zoo.recipes import find_recipe, override
from keras_genzoo.zoo.recipes import train as training

NAMES = ("classifier", "cyclegan", "gan")


def determinism():
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    elif keras.backend.backend() == "torch":
        import torch

        torch.use_deterministic_algorithms(True)


class Break(keras.callbacks.Callback):
    """Ends the training in the middle of the third epoch."""

    def __init__(self, kill):
        super().__init__()
        self.kill = kill

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.epoch == 2 and batch == 1:
            if self.kill:
                os.kill(os.getpid(), signal.SIGKILL)
            raise KeyboardInterrupt


def leg(name, folder):
    place = folder / ("whole" if name == "whole" else "broken")
    training.BACKUP_STEPS = 1
    if name == "resumed":
        training.accelerator = lambda: "H100"
    for recipe_name in NAMES:
        keras.utils.set_random_seed(0 if name == "whole" else 99)
        determinism()
        recipe = find_recipe(str(folder / f"{recipe_name}.toml"))
        recipe = override(recipe, ["epochs=3"])
        callbacks = [Break(recipe_name == NAMES[-1])] if name == "broken" else []
        try:
            training.train_recipe(recipe, place / recipe_name, callbacks=callbacks)
        except KeyboardInterrupt:
            continue
