"""Image files for a model of one size."""

from pathlib import Path

import numpy as np

from keras_genzoo.data.decode import decode_image
from keras_genzoo.data.folder import SUFFIXES, find_images


def read_image(path: Path, shape: tuple[int, int, int]) -> np.ndarray:
    """An image file, brought to a model's size: uint8 `(height, width, channels)`.

    Raises:
        FileNotFoundError: no such file.
        ValueError: a damaged one; a model of no images.
    """
    if len(shape) != 3 or shape[-1] not in (1, 3):
        raise ValueError(f"the model takes values of shape {shape}, no images.")
    if not path.is_file():
        raise FileNotFoundError(f'the image "{path}" does not exist.')
    return decode_image(
        path, image_size=shape[:2], crop=True, channels=shape[-1], where=f'"{path}"'
    )


def find_files(source: Path) -> tuple[Path, list[str]]:
    """The folder of images and their names in it, from one file or a folder.

    Raises:
        FileNotFoundError: there is nothing.
        ValueError: no images in the folder.
    """
    if source.is_file():
        return source.parent, [source.name]
    if not source.is_dir():
        raise FileNotFoundError(f'"{source}" does not exist.')
    names = find_images(source)
    if not names:
        raise ValueError(
            f'INPUT must hold images ({", ".join(SUFFIXES)}), "{source}" holds none.'
        )
    return source, names
