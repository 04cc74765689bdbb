"""A training's state on disk, from which the same script goes on by itself."""

import contextlib
import json
import os
import random
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import h5py
import keras
import numpy as np

from keras_genzoo import backends
from keras_genzoo.callbacks import global_random
from keras_genzoo.training.resumption import Place, Resumption
from keras_genzoo.training.step_hooks import does_without_steps

FILE = "latest.weights.h5"
# Keras wants this ending of a file's name.
_UNFINISHED = "unfinished.weights.h5"
_FORMAT = 1


class Backup(Resumption):
    """Keeps a training's state on disk; the same `fit` goes on from it, bit for bit.

    ```python
    gan.fit(images, epochs=50, callbacks=[Backup("state")])
    ```

    Stored are weights, averages, image pools, every optimizer, seeds, the place in the
    data and the global random states of Python, NumPy and PyTorch. They stand in one
    file, `FOLDER/latest.weights.h5`, which is replaced only once the new one is whole
    and on the disk: a process killed at any moment loses the steps since the last
    state, nothing else. A state that cannot be written (the disk is full), or whose
    weights are not finite, is a warning; training goes on, and the one before stays.

    After SIGTERM or Ctrl-C the state is stored between two steps, inside an epoch too,
    a line on stderr says where the training stands, and the process leaves: with exit
    code 143 after SIGTERM, by KeyboardInterrupt after Ctrl-C. The second signal ends it
    at once. During validation the epoch is finished first.

    A finished training's state stays, so that a script that runs again trains nothing
    anew, or goes on with a larger `epochs`; delete the folder to begin anew.

    The order of the data comes out the same for arrays, for a `PyDataset` whose batches
    depend on its attribute `epoch` and their index alone (all of `keras_genzoo.data`),
    and for streams that give the same batches whenever they are begun: those that are
    done are read and dropped. A `tf.data.Dataset` that reshuffles each epoch does not,
    nor, except on PyTorch and between epochs, does a `DataLoader` that shuffles. The
    order of arrays and batches depends on `keras.utils.set_random_seed`.

    Of several processes that train together the first one writes and listens to
    signals, and the others end when it has left; all go on from its file, which all
    must be able to read.

    Args:
        folder: for the file; made where it is missing. One training's alone.
        every: epochs from one state to the next. The last one is always stored.
        carry: what else goes on, by name: objects with `get_state()`, which returns
            plain values, and `set_state(state)`. Callbacks among them stand before
            this one. Keras' own have no such state: `EarlyStopping` counts anew.
        signals: whether to listen to SIGTERM and Ctrl-C. Only a main thread can.

    Raises:
        ValueError: `every` is not a positive integer; in `fit`, an epoch was
            interrupted that had another number of batches, or the state is of other
            weights.
        OSError: in `fit`, before training: the folder cannot be written, or the state
            not be read.
    """

    def __init__(
        self,
        folder: str | os.PathLike,
        every: int = 1,
        *,
        carry: Mapping[str, Any] | None = None,
        signals: bool = True,
    ):
        super().__init__()
        if isinstance(every, bool) or not isinstance(every, int) or every < 1:
            raise ValueError(f"`every` must be a positive integer, got {every!r}.")
        self.folder = Path(folder)
        self.every = every
        self.carry = dict(carry or {})
        self.signals = signals
        self._signal: int | None = None
        self._epoch = 0
        self._saved: Place | None = None
        self._random: dict | None = None
        self._restored: dict = {}

    @property
    def _writes(self) -> bool:
        return backends.process_index() == 0

    @property
    def path(self) -> Path:
        """The file of the state, whether it is there or not."""
        return self.folder / FILE

    def restore(self, model: keras.Model) -> Place | None:
        if self._writes:
            _check_writable(self.folder)
            (self.folder / _UNFINISHED).unlink(missing_ok=True)
        self._saved = self._random = None
        self._restored = {}
        # One that `set_random_seed` decides.
        self.seed = backends.same_everywhere(random.getrandbits(32))
        if not self.path.exists():
            return None
        self._restored = state = _read(self.path)
        self.seed = state["seed"]
        self._random = state["random"]
        try:
            model.load_weights(self.path)
        except ValueError as error:
            raise ValueError(
                f'"{self.path}" is the state of another model; give another folder, '
                f"or delete this one to begin anew. {error}"
            ) from None
        self._saved = Place(*state["place"])
        return self._saved

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        self._signal = None
        heard = (signal.SIGTERM, signal.SIGINT)
        if not self.signals or threading.current_thread() != threading.main_thread():
            heard = ()
        # The others take part until the first one has stored.
        handler = self._hear if self._writes else signal.SIG_IGN
        before = {number: signal.signal(number, handler) for number in heard}
        try:
            yield
        finally:
            for number, handler in before.items():
                # None: not set by Python, which cannot put it back.
                signal.signal(number, signal.SIG_DFL if handler is None else handler)
        if self._signal is not None:
            # It came in the last step: nothing is left to do.
            _leave(self._signal, f"Stopped by {_name(self._signal)} at the end.")

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self._signal is not None:
            _leave(number, f"Stopped at once by a second {_name(number)}.")
        self._signal = number
        # `print` may be what was interrupted.
        os.write(2, f"\n{_name(number)}: storing the training's state...\n".encode())

    def on_train_begin(self, logs: dict | None = None) -> None:
        self._set_carried()

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._epoch = epoch
        if self._random is not None:
            global_random.restore(self._random)
        if self._restored and self._saved.step:
            # `fit` has set the metrics back, and others have begun their epoch.
            for variable, value in zip(
                self.model.metrics_variables, self._restored["metrics"], strict=False
            ):
                variable.assign(np.asarray(value, variable.dtype))
            self._set_carried()
        self._restored = {}

    # Not the step's end: overriding that makes Keras wait for the device at each step.
    # Nor is `self.model` touched without need: on JAX that fetches all weights.
    @does_without_steps()
    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        # A state that is ahead of `batch` is stored when `fit` has got there.
        if self._signal is None or self.model.steps_ahead:
            return
        place = Place(self._epoch, batch, self.params["steps"])
        self._store(place)
        self._stop(place)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        done = epoch + 1
        self._random = global_random.states()
        last = done == self.params["epochs"] or self.model.stop_training
        place = Place(done, 0, self.params["steps"])
        if last or done % self.every == 0 or self._signal is not None:
            self._store(place)
        if self._signal is not None and not last:
            self._stop(place)

    def _stop(self, place: Place) -> None:
        number = self._signal
        where = f'"{self.folder}"'
        if self._saved == place:
            state = f"the state is in {where}, and the same `fit` goes on from there."
        elif self._saved is None:
            state = f"nothing could be stored in {where}."
        else:
            state = f"the state in {where} is that after {self._saved}."
        _leave(number, f"Stopped by {_name(number)} after {place}; {state}")

    def _set_carried(self) -> None:
        for name, state in self._restored.get("carried", {}).items():
            if name in self.carry:
                self.carry[name].set_state(state)

    def _store(self, place: Place) -> None:
        """Replaces the state by the present one, or warns and leaves it."""
        if not self._writes:
            return
        model = self.model
        model.check_steps()
        bad = _first_bad(model.trainable_variables)
        if bad is not None:
            self._warn(place, f"{bad} has NaN or infinite values.")
            return
        if place.step:
            self._random = global_random.states()
        state = {
            "format": _FORMAT,
            "place": place,
            "seed": self.seed,
            "random": self._random,
            "carried": {name: o.get_state() for name, o in self.carry.items()},
            # Those of an epoch that is done are not needed.
            "metrics": [
                keras.ops.convert_to_numpy(v).tolist() for v in model.metrics_variables
            ]
            if place.step
            else [],
        }
        unfinished = self.folder / _UNFINISHED
        try:
            model.save_weights(unfinished)
            with h5py.File(unfinished, "r+") as file:
                text = json.dumps(state).encode()
                file["training"] = np.frombuffer(text, np.uint8)
            _replace(unfinished, self.path)
        # HDF5 meets a full disk in many places and tells in as many ways.
        except (OSError, RuntimeError, ValueError) as error:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
            self._warn(place, str(error))
            return
        self._saved = place

    def _warn(self, place: Place, reason: str) -> None:
        before = (
            "there is none before it"
            if self._saved is None
            else f"that after {self._saved} stays"
        )
        warnings.warn(
            f'The state after {place} could not be stored in "{self.folder}", '
            f"{before}: {reason}",
            RuntimeWarning,
            stacklevel=3,
        )


def _first_bad(variables: list) -> str | None:
    """The path of the first variable that is not finite."""
    for variable in variables:
        values = keras.ops.convert_to_numpy(variable)
        if not np.isfinite(values.sum(dtype="float64")):
            return variable.path
    return None


def _read(path: Path) -> dict:
    try:
        with h5py.File(path) as file:
            state = json.loads(file["training"][()].tobytes())
    except (OSError, KeyError, ValueError) as error:
        raise OSError(
            f'"{path}" is not the state of a training, or damaged: {error}'
        ) from None
    if state["format"] != _FORMAT:
        raise OSError(
            f'"{path}" has the format {state["format"]}, this version reads {_FORMAT}.'
        )
    return state


def _replace(new: Path, path: Path) -> None:
    """Moves a file to its place once it is on the disk, so that one is always whole."""
    with open(new, "rb+") as file:
        os.fsync(file.fileno())
    os.replace(new, path)
    # Windows has no such handle of a folder.
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _check_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise type(error)(
            error.errno,
            f"`folder` must be one that can be written: {error.strerror}",
            str(folder),
        ) from None


def _name(number: int) -> str:
    return "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name


def _leave(number: int, message: str) -> None:
    if number == signal.SIGINT:
        raise KeyboardInterrupt(message)
    print(message, file=sys.stderr, flush=True)
    # As a shell calls a process that a signal ended.
    raise SystemExit(128 + number)
