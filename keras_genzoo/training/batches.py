"""Running a network over many examples, outside of training."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np


def run_in_batches(
    network: keras.Model,
    inputs: np.ndarray,
    batch_size: int,
    prepare: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Any:
    """The network's outputs in inference mode, as NumPy arrays.

    The last batch is padded and its outputs trimmed, and a smaller request is padded
    to a power of two, so that asking for another number compiles next to nothing.

    Args:
        network: a built model of one input.
        inputs: array of shape `(n, ...)`.
        batch_size: the most examples at a time.
        prepare: applied to each batch first.

    Returns:
        Array or list of arrays of shape `(n, ...)`.
    """
    n = len(inputs)
    size = min(batch_size, 1 << (n - 1).bit_length())
    batches = []
    for begin in range(0, n, size):
        batch = inputs[begin : begin + size]
        count = len(batch)
        if prepare is not None:
            batch = prepare(batch)
        if count < size:
            batch = np.concatenate([batch, np.repeat(batch[-1:], size - count, axis=0)])
        outputs = network.predict_on_batch(batch)
        batches.append(keras.tree.map_structure(lambda a, c=count: a[:c], outputs))
    return keras.tree.map_structure(lambda *parts: np.concatenate(parts), *batches)
