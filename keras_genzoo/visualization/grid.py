"""Many images in one: rows and columns."""

import math

import numpy as np

from keras_genzoo.visualization._checks import grey_level, image_batch, whole_number


def image_grid(
    images: np.ndarray,
    columns: int | None = None,
    padding: int = 2,
    scale: int = 1,
    background: int = 255,
) -> np.ndarray:
    """Lays images out in rows, left to right and top to bottom.

    Args:
        images: Array of shape `(n, height, width, channels)` with 1 or 3 channels,
            uint8 or float in [0, 1].
        columns: Images in a row. Defaults to the smallest number that makes the
            grid at least as wide as it is high (8 for 64 images).
        padding: Pixels between two images and around the grid, before `scale`.
            Defaults to `2`.
        scale: Whole factor by which every pixel is repeated in both directions, so
            that small images can be seen without blur. Defaults to `1`.
        background: Grey level in [0, 255] of the padding and of the places that
            the last row leaves empty. Defaults to `255`, white.

    Returns:
        uint8 array of shape `(rows * (height + padding) + padding, columns * (width
        + padding) + padding, channels)`, both sides times `scale`.

    Raises:
        TypeError: If the images are neither uint8 nor float.
        ValueError: If a shape, a value or an option is not as described above.

    Example:

    >>> images = np.zeros((6, 32, 32, 3), "uint8")
    >>> image_grid(images, columns=3, padding=0).shape
    (64, 96, 3)
    """
    images = image_batch(images, "images")
    count, height, width, channels = images.shape
    if columns is None:
        columns = math.ceil(math.sqrt(count))
    columns = whole_number(columns, "columns", 1)
    padding = whole_number(padding, "padding", 0)
    scale = whole_number(scale, "scale", 1)
    rows = math.ceil(count / columns)
    step_y, step_x = height + padding, width + padding
    canvas = np.full(
        (rows * step_y + padding, columns * step_x + padding, channels),
        grey_level(background, "background"),
        dtype="uint8",
    )
    for index, image in enumerate(images):
        row, column = divmod(index, columns)
        top, left = padding + row * step_y, padding + column * step_x
        canvas[top : top + height, left : left + width] = image
    return canvas.repeat(scale, axis=0).repeat(scale, axis=1)
