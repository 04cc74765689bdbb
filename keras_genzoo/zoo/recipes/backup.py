"""Where an interrupted training stands: its weights, optimizers and seeds."""

import json
import os
import re
from pathlib import Path
from typing import Any

import keras

from keras_genzoo.visualization._files import replacing

_NAME = re.compile(r"epoch_(\d+)\.weights\.h5")


class Backup(keras.callbacks.Callback):
    """Stores the training after every so many epochs, whole or not at all.

    A file's name says after how many epochs it was written, so that weights and epoch
    cannot come apart; Keras' `BackupAndRestore` writes them one after the other, and a
    run killed in between repeats an epoch.

    Args:
        folder: for the files; made where it is missing.
        every: epochs from one to the next.
        notes: a function whose result, plain values, is stored besides.
    """

    def __init__(self, folder: Path, every: int = 1, notes: Any = dict):
        super().__init__()
        self.folder = folder
        self.every = every
        self.notes = notes

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        done = epoch + 1
        if done % self.every and done < self.params["epochs"]:
            return
        # The notes come first: weights without notes would be lost steps.
        with replacing(self.folder / f"epoch_{done}.json") as path:
            path.write_text(json.dumps(self.notes()), encoding="utf-8")
        # Keras wants this ending of a file's name.
        unfinished = self.folder / "unfinished.weights.h5"
        self.model.save_weights(unfinished)
        os.replace(unfinished, self.folder / f"epoch_{done}.weights.h5")
        for other, file in stored(self.folder):
            if other < done:
                file.unlink()
                (self.folder / f"epoch_{other}.json").unlink(missing_ok=True)


def stored(folder: Path) -> list[tuple[int, Path]]:
    """The stored trainings, by the epochs done, the last one first."""
    if not folder.is_dir():
        return []
    found = [
        (int(match[1]), path)
        for path in folder.iterdir()
        if (match := _NAME.fullmatch(path.name))
    ]
    return sorted(found, reverse=True)


def restore(folder: Path, model: keras.Model) -> tuple[int, dict]:
    """Brings the model to the last stored state.

    Returns:
        The number of epochs done, 0 without a stored state, and the notes.
    """
    for epochs, path in stored(folder):
        model.load_weights(path)
        notes = folder / f"epoch_{epochs}.json"
        return epochs, json.loads(notes.read_text(encoding="utf-8"))
    return 0, {}
