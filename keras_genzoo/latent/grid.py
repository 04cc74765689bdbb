"""A plane of latent space as the prior sees it."""

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from keras_genzoo.latent._checks import check_count, check_dims, check_vector
from keras_genzoo.latent._model import check_labels, decode, latent_width


def quantile_axis(steps: int, coverage: float = 0.98) -> np.ndarray:
    """The standard normal's quantiles at evenly spaced probabilities.

    Between two neighbours lies the same share of the prior; from the first to the last
    lies `coverage` of it, as much being left out below as above.

    Args:
        steps: how many, at least 2.
        coverage: a probability, in (0, 1).

    Returns:
        float32 `(steps,)`, rising, symmetric about 0.

    Raises:
        ValueError: `steps` below 2, `coverage` outside (0, 1).
    """
    steps = check_count(steps, "steps", 2)
    number = isinstance(coverage, int | float | np.number)
    if isinstance(coverage, bool) or not number or not 0 < coverage < 1:
        raise ValueError(
            f"`coverage` must be a probability in (0, 1), got {coverage!r}."
        )
    tail = (1.0 - float(coverage)) / 2.0
    normal = NormalDist()
    axis = np.array([normal.inv_cdf(p) for p in np.linspace(tail, 1.0 - tail, steps)])
    # Rounding would leave the middle beside 0.
    return ((axis - axis[::-1]) / 2.0).astype("float32")


def latent_grid(
    model: Any,
    steps: int = 15,
    dims: Sequence[int] = (0, 1),
    base: Any = None,
    labels: Any = None,
    coverage: float = 0.98,
    batch_size: int = 256,
) -> np.ndarray:
    """Decodes a plane of latents, spread out so that equal areas are equally likely.

    Args:
        model: see `keras_genzoo.latent`.
        steps: points on a side, at least 2; see `quantile_axis`.
        dims: the component that runs along the columns, from left to right, and the
            one that runs along the rows, from bottom to top.
        base: the other components, a latent `(latent_dim,)`; None takes zeros.
        labels: for a conditional model the class, one integer.
        coverage: the share of the prior on each axis, in (0, 1).
        batch_size: the most examples at a time.

    Returns:
        float32 `(steps, steps, *shape)`; the first row has the highest value of
        `dims[1]`.

    Raises:
        ValueError: as `quantile_axis`; components that are not two different ones of
            the latent's, a base of another width, labels missing or out of range.

    Reference: Kingma and Welling, Auto-Encoding Variational Bayes, 2014, figure 4.
    """
    width = latent_width(model)
    axis = quantile_axis(steps, coverage)
    pair = check_dims(dims, width)
    if len(pair) != 2 or pair[0] == pair[1]:
        raise ValueError(f"`dims` must be two different components, got {dims!r}.")
    base = check_vector(np.zeros(width) if base is None else base, "base", width)
    labels = check_labels(model, labels, 1)
    batch_size = check_count(batch_size, "batch_size")
    z = np.tile(base, (len(axis), len(axis), 1))
    z[..., pair[0]] = axis[None, :]
    z[..., pair[1]] = axis[::-1, None]
    return decode(model, z, labels, batch_size)
