"""What every picture function asks of its arguments."""

import operator
from typing import Any

import numpy as np

# Sigmoids and rescaled tanhs leave [0, 1] by rounding; a forgotten rescaling from
# [-1, 1] or from 255 leaves it by far more.
ROUNDING = 1e-3


def to_uint8(images: Any, argument: str) -> np.ndarray:
    """Returns pixel values as uint8.

    Args:
        images: Array of any shape: uint8, or float in [0, 1].
        argument: The caller's name for `images`, for the error message.

    Raises:
        TypeError: If the dtype is neither uint8 nor float.
        ValueError: If a float is outside [0, 1] or not finite.
    """
    images = np.asarray(images)
    if images.dtype == np.uint8:
        return images
    # NumPy does not count bfloat16, which comes from ml_dtypes, as floating.
    floating = np.issubdtype(images.dtype, np.floating)
    if not floating and images.dtype.name != "bfloat16":
        raise TypeError(
            f"`{argument}` must hold uint8 values in [0, 255] or floats in [0, 1]. "
            f"Received: dtype {images.dtype}."
        )
    images = images.astype("float32")
    if images.size:
        low, high = float(images.min()), float(images.max())
        # A NaN fails both comparisons, so it is refused here too.
        if not (low >= -ROUNDING and high <= 1 + ROUNDING):
            raise ValueError(
                f"`{argument}` holds floats, which must lie in [0, 1]. "
                f"Received: values from {low:g} to {high:g}."
            )
    return np.rint(np.clip(images, 0.0, 1.0) * 255.0).astype("uint8")


def image_batch(images: Any, argument: str) -> np.ndarray:
    """Returns a non-empty uint8 array of shape `(n, height, width, channels)`.

    Raises:
        TypeError: If the dtype is neither uint8 nor float.
        ValueError: If the shape is not that of images with 1 or 3 channels, there
            is no image, or a float is outside [0, 1].
    """
    images = np.asarray(images)
    shape = images.shape
    if len(shape) != 4 or shape[-1] not in (1, 3) or 0 in shape:
        raise ValueError(
            f"`{argument}` must have the shape (n, height, width, channels) with at "
            f"least one image and 1 or 3 channels. Received: shape {shape}."
        )
    return to_uint8(images, argument)


def whole_number(value: Any, argument: str, minimum: int) -> int:
    """Returns `value` as an `int` of at least `minimum`.

    Raises:
        ValueError: If `value` is no integer or is less than `minimum`.
    """
    message = (
        f"`{argument}` must be an integer of at least {minimum}. Received: {value!r}."
    )
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(message) from None
    if isinstance(value, bool) or number < minimum:
        raise ValueError(message)
    return number


def grey_level(value: Any, argument: str) -> int:
    """Returns `value` as an `int` in [0, 255].

    Raises:
        ValueError: If `value` is no integer in [0, 255].
    """
    level = whole_number(value, argument, 0)
    if level > 255:
        raise ValueError(f"`{argument}` must be in [0, 255]. Received: {value!r}.")
    return level
