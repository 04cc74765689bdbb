"""A second look for grey drawings, with the same content."""

from typing import Any

import keras
import numpy as np

# RGB in [0, 1].
_PAPER = np.array([0.98, 0.95, 0.88], "float32")
_FILL = np.array([0.95, 0.60, 0.25], "float32")
_INK = np.array([0.10, 0.20, 0.50], "float32")


def outlined(images: Any) -> np.ndarray:
    """White strokes on black as orange ones on cream paper, with a blue outline.

    What a stroke is not but touches, in a square of 3x3 pixels, is its outline. With
    MNIST on one side and this on the other a model that learns from unpaired images
    can be scored with the pairs and the labels.

    Args:
        images: `(n, height, width, 1)`, uint8 in [0, 255] or float in [0, 1].

    Returns:
        uint8 `(n, height, width, 3)`.

    Raises:
        ValueError: images of another shape or dtype.
    """
    images = keras.ops.convert_to_numpy(images)
    if images.ndim != 4 or images.shape[-1] != 1:
        raise ValueError(
            "`images` must be grey, of shape (n, height, width, 1), got shape "
            f"{images.shape}."
        )
    if images.dtype == np.uint8:
        stroke = images / np.float32(255.0)
    elif images.dtype.kind == "f":
        stroke = images.astype("float32")
    else:
        raise ValueError(
            "`images` must be uint8 in [0, 255] or float in [0, 1], got dtype "
            f"{images.dtype}."
        )
    height, width = stroke.shape[1:3]
    padded = np.pad(stroke, [(0, 0), (1, 1), (1, 1), (0, 0)])
    grown = np.max(
        [padded[:, i : i + height, j : j + width] for i in range(3) for j in range(3)],
        axis=0,
    )
    outline = grown - stroke
    picture = (1.0 - grown) * _PAPER + stroke * _FILL + outline * _INK
    return np.round(255.0 * picture).astype("uint8")
