"""No giant layers from a small file."""

import contextlib
import math
import threading
from collections.abc import Iterator

import keras

from keras_genzoo.training.zeros import zeros_by_numpy

# State that presets for inference leave out, such as a CycleGAN's image pools.
SPARE = 2**27

# Re-entrant: a model may load a part of itself from another preset.
_LOCK = threading.RLock()


@contextlib.contextmanager
def values_at_most(limit: int, where: str, blank: bool = False) -> Iterator[None]:
    """Inside, this thread's layers may make weights of so many values in all.

    A config says how large its layers are; that it fits the weights' file shows only
    once they are built, and a kernel of some gigabytes is built before anyone looks.
    Every weight of a layer is made by `add_weight`.

    Args:
        limit: the most values.
        where: what the error calls the preset.
        blank: whether weights start as zeros, for they are about to be loaded; to
            draw them would take JAX longer than all the rest.

    Raises:
        ValueError: in the block, before the weight that is too many is made.
    """
    made, owner = 0, threading.get_ident()
    with _LOCK:
        add_weight = keras.layers.Layer.add_weight

        def counted(layer, shape=None, initializer=None, *args, **kwargs):
            nonlocal made
            if threading.get_ident() == owner:
                made += math.prod(() if shape is None else _sizes(shape))
                if made > limit:
                    raise ValueError(
                        f"{where} describes layers of more than {limit:,} values, "
                        "which its weights do not have."
                    )
                if blank:
                    initializer = zeros_by_numpy
            return add_weight(layer, shape, initializer, *args, **kwargs)

        keras.layers.Layer.add_weight = counted
        try:
            yield
        finally:
            keras.layers.Layer.add_weight = add_weight


def _sizes(shape) -> tuple:
    return tuple(shape) if hasattr(shape, "__iter__") else (shape,)
