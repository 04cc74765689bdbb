"""The parts of a batch that the turns of a repeated phase take."""

from typing import Any

import keras
from keras import ops


def first_tensor(batch: Any) -> Any:
    """The first of a batch's tensors."""
    while isinstance(batch, tuple | list):
        batch = batch[0]
    return keras.tree.flatten(batch)[0] if isinstance(batch, dict) else batch


def part(batch: Any, index: int, parts: int) -> Any:
    """One of `parts` near-equal parts of a batch; never empty, however short it is."""
    size = ops.shape(first_tensor(batch))[0]
    begin, end = index * size // parts, (index + 1) * size // parts
    if isinstance(size, int):
        begin = min(begin, size - 1)
        end = max(end, begin + 1)
    else:
        begin = ops.minimum(begin, size - 1)
        end = ops.maximum(end, begin + 1)
    return keras.tree.map_structure(lambda t: t[begin:end], batch)
