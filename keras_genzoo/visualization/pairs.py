"""Two batches of images, each image of one above its partner in the other."""

import numpy as np

from keras_genzoo.visualization._checks import grey_level, image_batch, whole_number
from keras_genzoo.visualization.grid import image_grid


def image_pairs(
    top: np.ndarray,
    bottom: np.ndarray,
    columns: int | None = None,
    padding: int = 2,
    gap: int | None = None,
    scale: int = 1,
    background: int = 255,
) -> np.ndarray:
    """Lays out pairs of images: originals, say, and below each its reconstruction.

    Args:
        top: Array of shape `(n, height, width, channels)` with 1 or 3 channels,
            uint8 or float in [0, 1].
        bottom: Array of the same shape, in the same order; its dtype may differ.
        columns: Pairs in a row. Defaults to at most 8.
        padding: Pixels between the two images of a pair, between columns and around
            the picture, before `scale`. Defaults to `2`.
        gap: Pixels between two rows of pairs, before `scale`; what shows which
            image belongs to which. Defaults to four times `padding`.
        scale: Whole factor by which every pixel is repeated. Defaults to `1`.
        background: Grey level in [0, 255] between the images. Defaults to `255`.

    Returns:
        uint8 array of shape `(height, width, channels)`.

    Raises:
        TypeError: If the images are neither uint8 nor float.
        ValueError: If the two shapes differ, or a shape, a value or an option is
            not as described above.
    """
    top, bottom = image_batch(top, "top"), image_batch(bottom, "bottom")
    if top.shape != bottom.shape:
        raise ValueError(
            "`top` and `bottom` must have the same shape. "
            f"Received: {top.shape} and {bottom.shape}."
        )
    count, _, _, channels = top.shape
    columns = min(8, count) if columns is None else columns
    columns = whole_number(columns, "columns", 1)
    padding = whole_number(padding, "padding", 0)
    gap = whole_number(4 * padding if gap is None else gap, "gap", 0)
    scale = whole_number(scale, "scale", 1)
    background = grey_level(background, "background")

    bands = []
    for start in range(0, count, columns):
        rows = [part[start : start + columns] for part in (top, bottom)]
        # The last band is filled up, so that all bands are equally wide.
        missing = columns - len(rows[0])
        filled = [
            np.pad(row, ((0, missing), *[(0, 0)] * 3), constant_values=background)
            for row in rows
        ]
        band = image_grid(np.concatenate(filled), columns, padding, 1, background)
        bands.append(band[padding : len(band) - padding])
    width = bands[0].shape[1]

    def blank(height: int) -> np.ndarray:
        return np.full((height, width, channels), background, "uint8")

    parts = [blank(padding), bands[0]]
    for band in bands[1:]:
        parts += [blank(gap), band]
    canvas = np.concatenate([*parts, blank(padding)])
    return canvas.repeat(scale, axis=0).repeat(scale, axis=1)
