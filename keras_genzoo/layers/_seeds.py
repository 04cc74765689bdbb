"""Several seeds out of one."""

import numpy as np


def split(seed: int | None, count: int) -> list[int | None]:
    """`count` seeds that `seed` fixes; Nones, that is Keras' own state, for None."""
    if seed is None:
        return [None] * count
    return [int(s) for s in np.random.default_rng(seed).integers(2**31 - 1, size=count)]
