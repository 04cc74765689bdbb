"""What every animation asks of its frames."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from keras_genzoo.visualization.png import picture


def rgb_frames(frames: Sequence[np.ndarray], **seconds: float) -> list[Image.Image]:
    """Returns the frames as Pillow images in RGB.

    Args:
        frames: Pictures of one and the same shape, `(height, width)` or `(height,
            width, channels)` with 1 or 3 channels, uint8 or float in [0, 1].
        **seconds: How long frames stand, by the caller's argument.

    Raises:
        TypeError: If a picture is neither uint8 nor float.
        ValueError: If there is no frame, the frames differ in shape, a time is
            less than 0.02 seconds, or a picture is not as described above.
    """
    frames = list(frames)
    if not frames:
        raise ValueError("`frames` must hold at least one picture. Received: none.")
    shapes = {np.shape(frame) for frame in frames}
    if len(shapes) > 1:
        raise ValueError(
            f"`frames` must all have the same shape. Received: {sorted(shapes)}."
        )
    for argument, value in seconds.items():
        # Viewers show anything shorter at a speed of their own.
        if not value >= 0.02:
            raise ValueError(
                f"`{argument}` must be at least 0.02 seconds. Received: {value!r}."
            )
    return [
        picture(frame, f"frames[{index}]").convert("RGB")
        for index, frame in enumerate(frames)
    ]
