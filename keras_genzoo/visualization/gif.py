"""A sequence of pictures to an animated GIF."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from keras_genzoo.visualization._files import replacing
from keras_genzoo.visualization._frames import rgb_frames

# A GIF palette has 256 colours. Two are given away so that black and white, which
# an adaptive palette moves a little, stay exact.
ADAPTIVE_COLOURS = 254
# Pixels that the shared palette is computed from: enough for every colour to be
# met, few enough that a long animation does not wait for it.
PALETTE_PIXELS = 1_000_000


def shared_palette(frames: Sequence[Image.Image]) -> Image.Image:
    """Returns a palette image whose colours serve all frames.

    One palette for all frames, because a still part of the picture would flicker if
    its colour were rounded differently in each.
    """
    pixels = np.concatenate([np.asarray(frame).reshape(-1, 3) for frame in frames])
    pixels = pixels[:: max(1, len(pixels) // PALETTE_PIXELS)]
    # A common ground would take most of a palette made by frequency; each colour
    # counts once.
    colours = np.unique(pixels, axis=0)
    adaptive = Image.fromarray(colours[None]).quantize(
        ADAPTIVE_COLOURS, method=Image.Quantize.MEDIANCUT, kmeans=1
    )
    table = (adaptive.getpalette() or [])[: 3 * ADAPTIVE_COLOURS]
    table += [0, 0, 0, 255, 255, 255]
    palette = Image.new("P", (1, 1))
    palette.putpalette(table)
    return palette


def save_gif(
    path: str | os.PathLike,
    frames: Sequence[np.ndarray],
    seconds_per_frame: float = 0.2,
    seconds_at_end: float = 1.5,
    loop: bool = True,
) -> Path:
    """Writes an animated GIF, which appears whole or not at all.

    All frames share one palette of 256 colours without dithering; black and white
    are kept exactly.

    Args:
        path: The file to write. Missing folders are made; an existing file is
            replaced.
        frames: Pictures of one and the same shape, `(height, width)` or `(height,
            width, channels)` with 1 or 3 channels, uint8 or float in [0, 1].
        seconds_per_frame: How long a frame stands, in seconds. The format counts in
            hundredths. Defaults to `0.2`.
        seconds_at_end: How long the last frame stands, in seconds. Defaults to
            `1.5`.
        loop: Whether the animation starts again at its end. Defaults to `True`.

    Returns:
        The path written.

    Raises:
        TypeError: If a picture is neither uint8 nor float.
        ValueError: If there is no frame, the frames differ in shape, a time is
            less than 0.02 seconds, or a picture is not as described above.
    """
    images = rgb_frames(
        frames, seconds_per_frame=seconds_per_frame, seconds_at_end=seconds_at_end
    )
    palette = shared_palette(images)
    images = [
        image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images
    ]
    durations = [round(1000 * seconds_per_frame)] * (len(images) - 1)
    durations.append(round(1000 * seconds_at_end))
    # Without `loop` the file says nothing of repetition, and viewers play it once.
    repeat = {"loop": 0} if loop else {}
    with replacing(path) as temporary:
        images[0].save(
            temporary,
            format="GIF",
            save_all=True,
            append_images=images[1:],
            duration=durations,
            optimize=False,
            **repeat,
        )
    return Path(path)
