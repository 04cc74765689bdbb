"""Examples to train on. What the pixels show does not change what a step costs."""

import math

import numpy as np

from workloads.table import Workload


def make_data(workload: Workload, n: int, seed: int = 0) -> tuple[np.ndarray, ...]:
    """What `fit` takes for `n` examples: images; images and labels; or two kinds.

    The images are uint8, coarse random patches, so that there is something to learn.
    """
    rng = np.random.default_rng(seed)
    images = _images(workload, n, rng)
    if workload.kind == "cyclegan":
        # Two kinds to be told apart: the second is the first one's negative, and dark.
        return images, 127 - _images(workload, n, rng) // 2
    if workload.num_classes:
        return images, (np.arange(n) % workload.num_classes).astype("int32")
    return (images,)


def _images(workload: Workload, n: int, rng: np.random.Generator) -> np.ndarray:
    if len(workload.shape) == 3:
        side, _, channels = workload.shape
    else:
        side, channels = math.isqrt(workload.shape[0]), 1
    coarse = rng.integers(0, 256, (n, 4, 4, channels), dtype="uint8")
    fine = coarse.repeat(side // 4, axis=1).repeat(side // 4, axis=2)
    return fine.reshape(n, *workload.shape)
