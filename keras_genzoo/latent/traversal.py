"""What each latent does by itself."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_genzoo.latent._checks import check_count, check_dims, check_vector, to_numpy
from keras_genzoo.latent._model import check_labels, decode, latent_width


def traverse(
    model: Any,
    z: Any,
    dims: Sequence[int] | None = None,
    values: Sequence[float] | None = None,
    labels: Any = None,
    batch_size: int = 256,
) -> np.ndarray:
    """Decodes one latent with one of its components at a time set to other values.

    Args:
        model: see `keras_genzoo.latent`.
        z: the latent, `(latent_dim,)` or `(1, latent_dim)`.
        dims: the components, in [0, latent_dim); None takes all.
        values: what each is set to; None takes 9 from -3 to 3, in standard deviations
            of the prior.
        labels: for a conditional model the class, one integer.
        batch_size: the most examples at a time.

    Returns:
        float32 `(len(dims), len(values), *shape)`.

    Raises:
        ValueError: more than one latent or one of another width, components that are
            none, no values, labels missing or out of range.

    Reference: Higgins et al., beta-VAE, 2017.
    """
    width = latent_width(model)
    z = to_numpy(z)
    if z.shape not in ((width,), (1, width)):
        raise ValueError(
            f"`z` must be one latent of shape ({width},) or (1, {width}), got shape "
            f"{z.shape}."
        )
    z = check_vector(z.reshape(-1), "z", width)
    dims = check_dims(range(width) if dims is None else dims, width)
    values = check_vector(
        np.linspace(-3.0, 3.0, 9) if values is None else values, "values"
    )
    labels = check_labels(model, labels, 1)
    batch_size = check_count(batch_size, "batch_size")
    grid = np.tile(z, (len(dims), len(values), 1))
    for row, dim in enumerate(dims):
        grid[row, :, dim] = values
    return decode(model, grid, labels, batch_size)
