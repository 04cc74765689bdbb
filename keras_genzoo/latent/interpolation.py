"""From one example to another, step by step."""

from typing import Any

import numpy as np

from keras_genzoo.latent._checks import check_count, check_same_length
from keras_genzoo.latent._model import (
    check_labels,
    decode,
    latents_or_images,
    to_latents,
)
from keras_genzoo.latent.paths import linear_path, spherical_path

PATHS = {"linear": linear_path, "spherical": spherical_path}


def interpolate(
    model: Any,
    start: Any,
    end: Any,
    steps: int = 8,
    path: str = "linear",
    labels: Any = None,
    batch_size: int = 256,
) -> np.ndarray:
    """Decodes what lies between pairs of latents, or between the latents of images.

    Args:
        model: see `keras_genzoo.latent`.
        start: latents `(n, latent_dim)`, or images `(n, *shape)`, which are encoded;
            examples that are vectors must be encoded by the caller.
        end: as many, latents or images.
        steps: how many points on each path, both ends with them; at least 2.
        path: `"linear"` or `"spherical"`; see `linear_path` and `spherical_path`.
        labels: for a conditional model the class of each pair, integers `(n,)`, or
            one for all.
        batch_size: the most examples at a time.

    Returns:
        float32 `(n, steps, *shape)`.

    Raises:
        ValueError: another path or shape, `start` and `end` of different lengths,
            images for a model that cannot encode, labels missing or out of range.
    """
    if path not in PATHS:
        raise ValueError(f"`path` must be one of {list(PATHS)}, got {path!r}.")
    steps = check_count(steps, "steps", 2)
    batch_size = check_count(batch_size, "batch_size")
    start = latents_or_images(model, start, "start")
    end = latents_or_images(model, end, "end")
    labels = check_labels(model, labels, check_same_length(start=start, end=end))
    z = PATHS[path](
        to_latents(model, start, labels, batch_size, "start"),
        to_latents(model, end, labels, batch_size, "end"),
        steps,
    )
    return decode(model, z, None if labels is None else labels[:, None], batch_size)
