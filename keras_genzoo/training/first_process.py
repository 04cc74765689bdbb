"""Files are written by one process of those that train together."""

from typing import Any

import keras

from keras_genzoo import backends

# Keras' own callbacks that write, and change nothing else.
_WRITERS = (
    keras.callbacks.CSVLogger,
    keras.callbacks.ModelCheckpoint,
    keras.callbacks.RemoteMonitor,
    keras.callbacks.TensorBoard,
)


class _RestoreOnly(keras.callbacks.Callback):
    """A backup that another process writes: all of them go on from it."""

    def __init__(self, backup: keras.callbacks.BackupAndRestore):
        super().__init__()
        self.backup = backup

    def set_model(self, model: keras.Model) -> None:
        super().set_model(model)
        self.backup.set_model(model)

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.backup.on_train_begin(logs)


def arguments_of_process(kwargs: dict) -> dict:
    """The arguments of `fit`, on all processes but the first without what writes.

    Left out are the callbacks of Keras and of this package that write files, and the
    progress bar. Whatever else there is runs in every process, as it may change the
    training; a callback of one's own that writes has the attribute
    `writes_files = True`, or asks `keras_genzoo.training.process_index()`.
    """
    if backends.process_index() == 0:
        return kwargs
    callbacks = kwargs.get("callbacks")
    if not isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks = [
            _RestoreOnly(c) if isinstance(c, keras.callbacks.BackupAndRestore) else c
            for c in keras.tree.flatten(callbacks)
            if c is not None and not _only_writes(c)
        ]
    return {**kwargs, "callbacks": callbacks, "verbose": 0}


def _only_writes(callback: Any) -> bool:
    return isinstance(callback, _WRITERS) or getattr(callback, "writes_files", False)
