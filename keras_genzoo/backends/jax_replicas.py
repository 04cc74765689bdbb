"""Batches on the devices of a `keras.distribution`.

A compiled step sees whole arrays, whatever devices hold their rows, so it computes what
one device would. What is left is how batches get there.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import jax
import keras
import numpy as np
from jax.experimental import multihost_utils

__all__ = [
    "along_devices",
    "batch_layout",
    "even_batch_size",
    "process_index",
    "same_everywhere",
    "split_batch",
    "variable_scope",
]


class _WholeBatches:
    """A distribution, except that a batch goes to each device as a whole.

    Keras lays all batches of an epoch out as the first; a last one that does not
    divide would fail.
    """

    def __init__(self, distribution: Any):
        self.inner = distribution

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def get_data_layout(self, data_shape: tuple) -> keras.distribution.TensorLayout:
        return keras.distribution.TensorLayout(
            [None] * len(data_shape), self.inner.device_mesh
        )


@contextlib.contextmanager
def batch_layout(model: Any, x: Any, batch_size: int | None = None) -> Iterator[None]:
    """Within it any batch of `x` can be laid out.

    Args:
        model: whose variables must be on the distribution's devices.
        x: what `fit` was given.
        batch_size: of an array; None stands for Keras' 32.

    Raises:
        ValueError: the model was built before the distribution was set.
    """
    distribution = keras.distribution.distribution()
    if distribution is None or isinstance(distribution, _WholeBatches):
        yield
        return
    _check_placed(model, distribution)
    if jax.process_count() > 1 or _divides(distribution, x, batch_size):
        yield
        return
    keras.distribution.set_distribution(_WholeBatches(distribution))
    try:
        yield
    finally:
        keras.distribution.set_distribution(distribution)


def _divides(distribution: Any, x: Any, batch_size: int | None) -> bool:
    replicas = distribution.num_model_replicas
    if replicas == 1:
        return True
    if not hasattr(x, "shape"):
        return False
    n = len(x)
    size = min(batch_size or 32, n)
    return size % replicas == 0 and n % size % replicas == 0


def _check_placed(model: Any, distribution: Any) -> None:
    expected = {str(d) for d in distribution.device_mesh.backend_mesh.devices.flat}
    for variable in model.variables:
        held = {str(d) for d in variable.value.sharding.device_set}
        if held != expected:
            raise ValueError(
                "`keras.distribution.set_distribution` must be called before networks "
                f"are built: {variable.path!r} is on {sorted(held)}, the distribution "
                f"has {sorted(expected)}."
            )


def along_devices(data: Any) -> Any:
    """A batch with its rows spread over the devices, if they divide."""
    distribution = keras.distribution.distribution()
    if not isinstance(distribution, _WholeBatches):
        return data
    inner = distribution.inner

    def lay_out(x: Any) -> Any:
        if x is None or x.shape[0] % inner.num_model_replicas:
            return x
        layout = inner.get_data_layout(x.shape).backend_layout
        return jax.lax.with_sharding_constraint(x, layout)

    return jax.tree.map(lay_out, data)


def even_batch_size(model: Any, x: Any, batch_size: int | None) -> int | None:
    """See the one on TensorFlow; here any batch will do."""
    return batch_size


def split_batch(model: Any, data: Any) -> Any:
    """See the one on TensorFlow; here a batch is one array."""
    return data


def process_index() -> int:
    """Which process this is of those that train together; 0 writes the files."""
    return jax.process_index()


def variable_scope(model: Any) -> Any:
    """See the one on TensorFlow; here variables need none."""
    return contextlib.nullcontext()


def same_everywhere(number: int) -> int:
    """The first process's `number`, below 2**32."""
    if jax.process_count() == 1:
        return number
    return int(multihost_utils.broadcast_one_to_all(np.uint32(number)))
