"""`fit` that goes on where another process was interrupted, inside an epoch too."""

import contextlib
from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import keras
import numpy as np

from keras_genzoo.training import placed_batches


class Place(NamedTuple):
    """How far a training is.

    Attributes:
        epoch: epochs done.
        step: steps done in the one after them.
        steps: steps of an epoch, None where nobody knows.
    """

    epoch: int = 0
    step: int = 0
    steps: int | None = None

    def __str__(self) -> str:
        epochs = f"epoch {self.epoch}"
        if not self.step:
            return epochs
        of = "" if self.steps is None else f" of {self.steps}"
        return f"{epochs} and {self.step} steps{of}"


class Resumption(keras.callbacks.Callback):
    """The callback that tells `PhasedModel.fit` where to go on.

    Attributes:
        seed: of the orders in which data come, the same in all parts of a training.
    """

    seed: int = 0

    @abstractmethod
    def restore(self, model: keras.Model) -> Place | None:
        """Brings the model to the last stored state; None where there is none."""

    @abstractmethod
    def listening(self) -> AbstractContextManager:
        """What is in force while the model trains."""


def find(callbacks: Any) -> Resumption | None:
    """The one `Resumption` among the callbacks of `fit`, or None.

    Raises:
        ValueError: there are several.
    """
    if isinstance(callbacks, keras.callbacks.CallbackList):
        # Such a list has been through here.
        return None
    found = [c for c in keras.tree.flatten(callbacks) if isinstance(c, Resumption)]
    if len(found) > 1:
        raise ValueError(
            "`callbacks` must hold one backup at most, got "
            f"{[type(c).__name__ for c in found]}."
        )
    return found[0] if found else None


def fit(
    train: Callable[..., Any],
    model: keras.Model,
    resumption: Resumption,
    x: Any,
    y: Any = None,
    batch_size: int | None = None,
    epochs: int = 1,
    verbose: Any = "auto",
    callbacks: Any = None,
    validation_split: float = 0.0,
    validation_data: Any = None,
    shuffle: bool = True,
    initial_epoch: int = 0,
    steps_per_epoch: int | None = None,
    **others: Any,
) -> Any:
    """`train`, a model's `fit`, from the place where an earlier one stopped.

    Raises:
        ValueError: an epoch was interrupted that had another number of batches.
    """
    with resumption.listening():
        place = resumption.restore(model) or Place(initial_epoch)
        if validation_split and validation_data is None:
            (x, y), validation_data = _split(x, y, validation_split)
        source = placed_batches.placed(
            x, y, batch_size, steps_per_epoch, shuffle, resumption.seed
        )
        steps = steps_per_epoch or placed_batches.length(x)
        steps = steps if source is None else len(source)
        if place.step and steps != place.steps and None not in (steps, place.steps):
            raise ValueError(
                f"`x` must have {place.steps} batches an epoch, as when its epoch "
                f"{place.epoch + 1} was interrupted, got {steps}."
            )
        listed = _Callbacks(
            callbacks,
            add_history=True,
            add_progbar=verbose != 0,
            verbose=verbose,
            epochs=epochs,
            steps=steps or place.steps,
            model=model,
        )
        data = _Legs(x, source, steps_per_epoch, place)
        settings = {
            "verbose": verbose,
            "callbacks": listed,
            "validation_data": validation_data,
            # Placed batches see to their order themselves; a stream has its own.
            "shuffle": False,
            **others,
        }
        if batch_size and not others.get("validation_batch_size"):
            settings["validation_batch_size"] = batch_size
        begin, end = place.epoch, epochs
        if place.step and begin < epochs:
            listed.done, listed.last = place.step, begin + 1 == epochs
            with _unfinished(model, listed.last):
                _run(train, listed, settings, data.interrupted(), begin, begin + 1)
            listed.done, listed.first = 0, False
            if listed.last:
                return model.history
            begin += 1
            end = begin if model.stop_training else epochs
        listed.last = True
        _run(train, listed, settings, data.whole(), begin, end)
        return model.history


def _run(train, listed, settings, data, begin, end) -> None:
    batches, steps = data
    listed.batches = batches
    if isinstance(batches, placed_batches.PlacedBatches):
        # Keras looks at the first ones before the epoch begins.
        batches.epoch = begin
    train(batches, **settings, steps_per_epoch=steps, initial_epoch=begin, epochs=end)


class _Legs:
    """The data of the interrupted epoch and of those after it."""

    def __init__(self, x: Any, source: Any, steps: int | None, place: Place):
        self.x = x
        self.source = source
        self.steps = steps
        self.place = place
        if source is None and steps is not None and (place.epoch or place.step):
            # Epochs that take from one stream go on with what the stopped ones left.
            done = place.epoch * steps + place.step
            again = not hasattr(x, "__next__")
            stream = placed_batches.rest_of_stream(x, done, again)
            self.source = placed_batches.PlacedBatches(
                placed_batches.Passes(stream, steps, done)
            )

    def interrupted(self) -> tuple[Any, int | None]:
        done = self.place.step
        if self.source is not None:
            return self.source.without(done), None
        rest = placed_batches.rest_of_stream(self.x, done, again=False)
        known = self.place.steps
        return rest, None if known is None else known - done

    def whole(self) -> tuple[Any, int | None]:
        return (self.x, self.steps) if self.source is None else (self.source, None)


class _Callbacks(keras.callbacks.CallbackList):
    """One list for both parts of a training that goes on inside an epoch."""

    first, last = True, True
    # Steps that the running epoch has behind it, and its batches.
    done = 0
    batches: Any = None

    def on_train_begin(self, logs=None):
        if self.first:
            super().on_train_begin(logs)

    def on_train_end(self, logs=None):
        if self.last:
            super().on_train_end(logs)

    def on_epoch_begin(self, epoch, logs=None):
        if isinstance(self.batches, placed_batches.PlacedBatches):
            self.batches.epoch = epoch
        super().on_epoch_begin(epoch, logs)

    def on_train_batch_begin(self, batch, logs=None):
        super().on_train_batch_begin(batch + self.done, logs)

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch + self.done, logs)


def _unfinished(model: keras.Model, last: bool) -> AbstractContextManager:
    """Keeps optimizers from putting averages into the weights before the end."""
    return contextlib.nullcontext() if last else model.optimizer.unfinished()


def _split(x: Any, y: Any, share: float) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """The last `share` of arrays kept for validation, as Keras does it."""
    first = keras.tree.flatten(x)[0]
    if not hasattr(first, "shape"):
        raise ValueError(
            f"`validation_split` needs arrays, got a {type(first).__name__}; give "
            "`validation_data`."
        )
    at = int(np.floor(len(first) * (1.0 - share)))

    def part(chosen: slice) -> Any:
        return keras.tree.map_structure(
            lambda a: None if a is None else a[chosen], (x, y)
        )

    return part(slice(0, at)), part(slice(at, None))
