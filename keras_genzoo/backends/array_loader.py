"""Batches of arrays, where Keras' own are as fast as any: JAX and TensorFlow."""

from typing import Any


def array_loader(x: Any, y: Any, batch_size: int | None, shuffle: bool | str) -> None:
    """See the one of `keras_genzoo.backends.torch_loader`."""
    return
