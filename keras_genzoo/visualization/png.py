"""One picture to a PNG file."""

import os
from pathlib import Path

import numpy as np
from PIL import Image

from keras_genzoo.visualization._checks import to_uint8
from keras_genzoo.visualization._files import replacing


def picture(array: np.ndarray, argument: str) -> Image.Image:
    """Returns a Pillow image of an array `(height, width[, channels])`.

    Raises:
        TypeError: If the array is neither uint8 nor float.
        ValueError: If it is not a picture with 1 or 3 channels, or a float is
            outside [0, 1].
    """
    array = np.asarray(array)
    shape = array.shape
    if len(shape) == 3 and shape[-1] == 1:
        array = array[..., 0]
    grey = array.ndim == 2
    colour = array.ndim == 3 and array.shape[-1] == 3
    if not (grey or colour) or 0 in shape:
        raise ValueError(
            f"`{argument}` must have the shape (height, width) or (height, width, "
            f"channels) with 1 or 3 channels. Received: shape {shape}."
        )
    return Image.fromarray(np.ascontiguousarray(to_uint8(array, argument)))


def save_png(path: str | os.PathLike, array: np.ndarray) -> Path:
    """Writes a picture to a PNG file, which appears whole or not at all.

    Args:
        path: The file to write. Missing folders are made; an existing file is
            replaced.
        array: Picture of shape `(height, width)` or `(height, width, channels)`
            with 1 or 3 channels, uint8 or float in [0, 1].

    Returns:
        The path written.

    Raises:
        TypeError: If the picture is neither uint8 nor float.
        ValueError: If the shape or a value is not as described above.
    """
    image = picture(array, "array")
    with replacing(path) as temporary:
        image.save(temporary, format="PNG")
    return Path(path)
