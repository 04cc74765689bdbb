"""Every batch of a stream is looked at, and a bad one named by its number."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

from keras_genzoo import backends


class BatchCheck:
    """Checks batches while they are trained on or evaluated.

    Args:
        name: what the caller called the data.
        check: `check(x, y, name)` raises a ValueError that says what is wrong.
        check_size: likewise, of the number of examples.
    """

    def __init__(
        self,
        name: str,
        check: Callable[[Any, Any, str], None],
        check_size: Callable[[int], None],
    ):
        self.name = name
        self.check = check
        self.check_size = check_size
        self.error: ValueError | None = None

    def first(self, batch: Any) -> None:
        """Looks at a stream's first batch."""
        x, y, _ = keras.utils.unpack_x_y_sample_weight(batch)
        x = as_numpy(x)
        if x.ndim and len(x) == 0:
            raise ValueError(
                f"`{self.name}` must hold at least one example, got an empty array of "
                f"shape {x.shape}."
            )
        self.check(x, None if y is None else as_numpy(y), self.name)
        self.check_size(len(x))

    def __call__(self, index: int, batch: Any) -> None:
        """Looks at batch number `index`, from 0.

        Raises:
            ValueError: with the number, and what is wrong.
        """
        try:
            self.first(batch)
        except ValueError as error:
            self.error = ValueError(f"Batch {index} of `{self.name}`: {error}")
            raise self.error from None

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Inside, what was raised here is raised in place of what wraps it.

        Afterwards nothing is checked: TensorFlow's default graph keeps what feeds data,
        and a check is mostly the method of a model, which must not be kept, too.
        """
        try:
            yield
        except Exception as error:
            if self.error is None or error is self.error:
                raise
            raise self.error from None
        finally:
            self.check = self.check_size = _passed
            # Its traceback holds this, and all that `fit` was given.
            self.error = None


class CheckedBatches(keras.utils.PyDataset):
    """A `PyDataset` whose batches are checked when they are asked for.

    Args:
        source: the batches. Its attribute `epoch`, where it has one, is this one's.
        check: of each of them.
    """

    def __init__(self, source: keras.utils.PyDataset, check: BatchCheck):
        self.source = source
        self._check = check
        super().__init__(
            workers=source.workers,
            use_multiprocessing=source.use_multiprocessing,
            max_queue_size=source.max_queue_size,
        )

    def __getattr__(self, name: str) -> Any:
        if name != "epoch":
            raise AttributeError(name)
        return self.source.epoch

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "epoch":
            self.source.epoch = value
        else:
            super().__setattr__(name, value)

    @property
    def num_batches(self) -> int | None:
        return self.source.num_batches

    def __getitem__(self, index: int) -> Any:
        batch = self.source[index]
        self._check(index, batch)
        return batch

    def on_epoch_begin(self) -> None:
        self.source.on_epoch_begin()

    def on_epoch_end(self) -> None:
        self.source.on_epoch_end()


def checked_dataset(x: Any, check: BatchCheck) -> Any:
    """A `tf.data.Dataset` whose batches are checked as they come.

    One of whole numbers and fixed shapes is returned as it is: nothing can be wrong in
    it that is not seen when the step is traced.
    """
    specs = keras.tree.flatten(x.element_spec)
    if not all(hasattr(spec, "shape") and hasattr(spec, "dtype") for spec in specs):
        return x
    fixed = all(
        spec.shape.rank is not None and None not in list(spec.shape)[1:]
        for spec in specs
    )
    floats = any("float" in keras.backend.standardize_dtype(s.dtype) for s in specs[:1])
    if fixed and not floats:
        return x
    return backends.map_dataset(x, check)


def _passed(*_: Any) -> None:
    """The check of a batch that was fetched ahead and is not trained on."""


def as_numpy(x: Any) -> np.ndarray:
    """An array, of a list or of any backend's tensor."""
    if isinstance(x, list | np.ndarray):
        return np.asarray(x)
    return keras.ops.convert_to_numpy(x)
