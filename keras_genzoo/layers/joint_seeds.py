"""Noise that does not depend on how many devices share a batch."""

from collections.abc import Callable
from typing import Any

import keras

from keras_genzoo import backends
from keras_genzoo.backends import shares


class JointSeedGenerator(keras.random.SeedGenerator):
    """A `SeedGenerator` that stays the same on all devices that share a batch.

    `rows` draws for the whole batch and returns this device's part. A plain
    `SeedGenerator`, such as that of a `Dropout`, is moved apart instead while a step
    runs on several devices.

    Args:
        seed: int, or None for a random start.
    """

    def __init__(self, seed: int | None = None, **kwargs):
        with backends.seed_scope():
            super().__init__(seed, **kwargs)
        self.state.is_joint = True

    def next(self, ordered: bool = True) -> Any:
        with backends.seed_scope():
            return super().next(ordered)

    def rows(self, draw: Callable[[Any], Any], n: Any) -> Any:
        """`draw(n)` on one device, on several this one's `n` rows of the joint draw.

        Args:
            draw: from a number of rows to a tensor, drawn with this generator.
            n: rows: one for each example of the device, or a multiple or a divisor
                of that.
        """
        return shares.rows(draw, n)
