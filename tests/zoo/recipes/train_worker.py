"""One leg of some tiny recipes' trainings, in a process of its own.

`python train_worker.py LEG FOLDER`: `whole` trains them without a break, `broken` until
the third epoch begins, the last one until the process kills itself, `resumed` goes on.
"""

import os
import signal
import sys
from pathlib import Path

import keras

from keras_genzoo.zoo.recipes import find_recipe
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


def main():
    leg, folder = sys.argv[1], Path(sys.argv[2])
    place = folder / ("whole" if leg == "whole" else "broken")
    training.BACKUP_STEPS = 1
    for name in NAMES:
        keras.utils.set_random_seed(0 if leg == "whole" else 99)
        determinism()
        recipe = find_recipe(str(folder / f"{name}.toml"))
        callbacks = [Break(name == NAMES[-1])] if leg == "broken" else []
        try:
            training.train_recipe(recipe, place / name, callbacks=callbacks)
        except KeyboardInterrupt:
            continue


if __name__ == "__main__":
    main()
