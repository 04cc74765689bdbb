"""Batches of arrays, in the order of Keras' own loader, and sooner.

Keras makes a list of Python integers for each batch, and indexes the array with that.
"""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import torch
from torch.utils.data import DataLoader

# Floats of another width Keras casts first.
_KEPT = ("bool", "uint8", "int32", "int64")


def array_loader(
    x: Any, y: Any, batch_size: int | None, shuffle: bool | str
) -> DataLoader | None:
    """What yields the batches that Keras would make of `x` and `y`, shuffled alike.

    Args:
        x: inputs of `fit`.
        y: labels, or None.
        batch_size: examples a batch, 32 if None.
        shuffle: as in `fit`.

    Returns:
        The loader; None where the data is not NumPy arrays, and where Keras would cast
        it or shuffle within batches.
    """
    arrays = [x] if y is None else [x, y]
    if shuffle not in (True, False) or not all(
        isinstance(a, np.ndarray)
        and a.dtype.name in (*_KEPT, keras.config.floatx())
        and len(a) == len(x)
        for a in arrays
    ):
        return None
    return _ArrayLoader(arrays, batch_size or 32, shuffle)


class _ArrayLoader(DataLoader):
    def __init__(self, arrays: list[np.ndarray], batch_size: int, shuffle: bool):
        super().__init__(
            range(len(arrays[0])), batch_size=batch_size, shuffle=bool(shuffle)
        )
        self._arrays = arrays

    def __iter__(self) -> Iterator[tuple]:
        # PyTorch's own iterator draws a seed for its workers here.
        torch.empty((), dtype=torch.int64).random_()
        return self._batches()

    def _batches(self) -> Iterator[tuple]:
        order = np.fromiter(self.sampler, "int64", len(self.dataset))
        for begin in range(0, len(order), self.batch_size):
            chosen = order[begin : begin + self.batch_size]
            yield tuple(
                keras.ops.convert_to_tensor(torch.from_numpy(a[chosen]))
                for a in self._arrays
            )
