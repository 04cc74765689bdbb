"""Running a network over many examples, outside of training."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_genzoo import backends


def run_in_batches(
    network: keras.Model,
    inputs: Any,
    batch_size: int,
    prepare: Callable[[Any], Any] | None = None,
    finish: Callable[[Any], Any] | None = None,
) -> Any:
    """The network's outputs in inference mode, as NumPy arrays.

    The last batch is padded and its outputs trimmed, and a smaller request is padded
    to a power of two, so that asking for another number compiles next to nothing.

    Args:
        network: a built model.
        inputs: array of shape `(n, ...)`, or a list of such arrays.
        batch_size: the most examples at a time.
        prepare: applied to each padded batch first; row by row.
        finish: applied to the network's outputs for a padded batch; row by row.

    Returns:
        Array or list of arrays of shape `(n, ...)`.
    """
    n = len(keras.tree.flatten(inputs)[0])
    size = min(batch_size, padded(n))
    batches = []
    for begin in range(0, n, size):
        count = min(size, n - begin)
        batch = keras.tree.map_structure(lambda a, b=begin: a[b : b + size], inputs)
        if count < size:
            batch = keras.tree.map_structure(lambda a: _pad(a, size), batch)
        if prepare is not None:
            batch = prepare(batch)
        outputs = backends.predict_on_batch(network, batch)
        if finish is not None:
            outputs = keras.tree.map_structure(ops.convert_to_numpy, finish(outputs))
        batches.append(keras.tree.map_structure(lambda a, c=count: a[:c], outputs))
    return keras.tree.map_structure(lambda *parts: np.concatenate(parts), *batches)


def padded(n: int) -> int:
    """The power of two from n up."""
    return 1 << (n - 1).bit_length()


def _pad(batch: np.ndarray, size: int) -> np.ndarray:
    return np.concatenate([batch, np.repeat(batch[-1:], size - len(batch), axis=0)])
