"""Sequences of images, one a row: a path through latent space, say."""

import numpy as np

from keras_genzoo.visualization.grid import image_grid


def strip(
    images: np.ndarray, padding: int = 2, scale: int = 1, background: int = 255
) -> np.ndarray:
    """Lays a sequence of images out in one row, or several sequences in one row each.

    Args:
        images: Array of shape `(steps, height, width, channels)`, or `(rows, steps,
            height, width, channels)` for several sequences; 1 or 3 channels, uint8
            or float in [0, 1].
        padding: Pixels between two images and around the strip, before `scale`.
            Defaults to `2`.
        scale: Whole factor by which every pixel is repeated. Defaults to `1`.
        background: Grey level in [0, 255] of the padding. Defaults to `255`.

    Returns:
        uint8 array of shape `(height, width, channels)`, as from `image_grid`.

    Raises:
        TypeError: If the images are neither uint8 nor float.
        ValueError: If a shape, a value or an option is not as described above.
    """
    images = np.asarray(images)
    if images.ndim not in (4, 5) or images.shape[-1] not in (1, 3) or not images.size:
        raise ValueError(
            "`images` must have the shape (steps, height, width, channels) or (rows, "
            "steps, height, width, channels) with at least one image and 1 or 3 "
            f"channels. Received: shape {images.shape}."
        )
    return image_grid(
        images.reshape(-1, *images.shape[-3:]),
        columns=images.shape[-4],
        padding=padding,
        scale=scale,
        background=background,
    )
