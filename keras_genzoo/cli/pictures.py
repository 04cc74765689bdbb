"""Images to files: one picture, an array, or a file each."""

from pathlib import Path
from typing import Any

import numpy as np

from keras_genzoo.cli.output import check_free


def picture_files(output: Path, count: int) -> list[Path]:
    """The files that `save_images` will write."""
    if output.suffix in (".png", ".npy"):
        return [output]
    digits = max(4, len(str(count - 1)))
    return [output / f"{i:0{digits}d}.png" for i in range(count)]


def check_output(output: Path, count: int, overwrite: bool) -> None:
    """Raises an error unless images may be written there.

    Raises:
        ValueError: an ending of another kind of file.
        FileExistsError: files that are there already.
    """
    if output.suffix not in (".png", ".npy", ""):
        raise ValueError(
            f'--output must end in .png or .npy, or be a folder, got "{output}".'
        )
    check_free(picture_files(output, count), overwrite)


def save_images(
    output: Path, images: Any, columns: int | None = None, scale: int = 1
) -> list[str]:
    """Writes images in [0, 1] as one picture, an array, or a file each.

    Args:
        output: ends in `.png`: a grid; in `.npy`: float32 `(n, height, width,
            channels)`; else a folder of one PNG file each.
        images: `(n, height, width, channels)`.
        columns: of the grid.
        scale: whole factor of the grid's pixels.

    Returns:
        The files written.
    """
    from keras_genzoo.visualization import image_grid, save_png

    files = picture_files(output, len(images))
    if output.suffix == ".npy":
        save_array(output, images)
    elif output.suffix == ".png":
        save_png(output, image_grid(images, columns=columns, scale=scale))
    else:
        for path, image in zip(files, images, strict=True):
            save_png(path, image)
    return [str(path) for path in files]


def save_array(path: Path, values: np.ndarray) -> None:
    """Writes float32 values to a `.npy` file, which appears whole or not at all."""
    from keras_genzoo.visualization._files import replacing

    with replacing(path) as temporary, temporary.open("wb") as file:
        np.save(file, np.asarray(values, "float32"), allow_pickle=False)
