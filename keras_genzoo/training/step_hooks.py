"""Callbacks that do without seeing the model between any two steps.

Where a backend takes several steps at once, the hooks of a step are called all the
same, but the model, and the logs, are those after the last of them.
"""

from collections.abc import Callable
from typing import Any

import keras

_HOOKS = (
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_batch_begin",
    "on_batch_end",
)
_MARK = "does_without_steps"


def does_without_steps(
    when: Callable[[Any], bool] = lambda callback: True,
) -> Callable[[Callable], Callable]:
    """Marks a callback's hook: it may be called when later steps have been taken.

    A subclass that overrides the hook is not marked.

    Args:
        when: of the callback: whether that is so now.
    """

    def mark(hook: Callable) -> Callable:
        setattr(hook, _MARK, when)
        return hook

    return mark


def _never_but_at_epochs(callback: Any) -> bool:
    return callback.save_freq == "epoch"


# Of Keras' own: shown, or not looked at.
_KERAS = {
    keras.callbacks.ProgbarLogger.on_train_batch_end: lambda callback: True,
    keras.callbacks.ModelCheckpoint.on_train_batch_end: _never_but_at_epochs,
    keras.callbacks.BackupAndRestore.on_train_batch_end: _never_but_at_epochs,
}


def all_do_without_steps(callbacks: list) -> bool:
    """Whether no hook of `callbacks` has to be called between two steps."""
    return all(
        _does_without(callback, hook) for callback in callbacks for hook in _HOOKS
    )


def _does_without(callback: Any, name: str) -> bool:
    hook = getattr(callback, name)
    # A function that was put into one callback has no class.
    function = getattr(hook, "__func__", hook)
    if function is getattr(keras.callbacks.Callback, name):
        return True
    when = _KERAS.get(function) or getattr(function, _MARK, None)
    return when is not None and when(callback)
