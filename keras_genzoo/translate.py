"""Files of images through a trained translator: what `genzoo translate` does."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_genzoo.data.decode import decode_image
from keras_genzoo.data.folder import SUFFIXES, find_images
from keras_genzoo.models import CycleGAN
from keras_genzoo.models.cycle_gan_checks import DIVISOR, SMALLEST
from keras_genzoo.models.translation import DIRECTIONS
from keras_genzoo.visualization import save_png


def make_translator(
    model: keras.Model, direction: str | None = None, name: str = "MODEL"
) -> tuple[Callable[[np.ndarray], np.ndarray], int]:
    """A function of image batches, and how many channels it takes.

    Args:
        model: a `CycleGAN`, or its `translator(direction)`.
        direction: `"a_to_b"`, the default, or `"b_to_a"`.
        name: what errors call the model.

    Raises:
        ValueError: a model that translates nothing, or another way.
    """
    if direction not in (None, *DIRECTIONS):
        raise ValueError(f"--direction must be one of {DIRECTIONS}, got {direction!r}.")
    if isinstance(model, CycleGAN):
        chosen = direction or "a_to_b"
        channels = model.channels(chosen[0])
        return lambda images: model.translate(images, chosen), channels
    if model.name not in DIRECTIONS:
        raise ValueError(
            f"{name} must be a `CycleGAN` or its `translator`, got a "
            f"{type(model).__name__} named {model.name!r}."
        )
    if direction not in (None, model.name):
        raise ValueError(
            f"--direction must be {model.name} for {name}, which is that direction "
            f"alone, got {direction}."
        )

    def translate(images: np.ndarray) -> np.ndarray:
        outputs = model.predict_on_batch(images.astype("float32") / 255.0)
        return np.clip(np.asarray(outputs, "float32"), 0.0, 1.0)

    return translate, int(model.inputs[0].shape[-1])


def translate_files(
    source: Path,
    output: Path,
    translate: Callable[[np.ndarray], np.ndarray],
    channels: int,
    image_size: tuple[int, int] | None = None,
    overwrite: bool = True,
) -> Iterator[Path]:
    """Writes the translation of each image as a PNG file; yields their paths.

    Args:
        source: an image file or a folder of them, read recursively.
        output: folder of the results, which keep their names and sub-folders.
        translate: as from `make_translator`.
        channels: as from `make_translator`.
        image_size: `(height, width)` to bring images to first; None keeps each one's
            own, whatever it is.
        overwrite: whether files of the same names may be replaced.

    Raises:
        ValueError: no images, a damaged one, channels that no file has.
        FileExistsError: a result's file is there already, and `overwrite` is False;
            nothing has been written then.
    """
    if channels not in (1, 3):
        raise ValueError(
            f"MODEL must take grey or RGB images, got one that takes {channels} "
            "channels."
        )
    if source.is_file():
        root, names = source.parent, [source.name]
    else:
        root, names = source, find_images(source) if source.is_dir() else []
    if not names:
        raise ValueError(
            f"INPUT must be an image or a folder of images ({', '.join(SUFFIXES)}), "
            f'got "{source}".'
        )
    results = {name: (output / name).with_suffix(".png") for name in names}
    if not overwrite:
        taken = [path for path in results.values() if path.exists()]
        if taken:
            raise FileExistsError(
                f'OUTPUT must not hold the results yet, "{taken[0]}" exists already; '
                "name another folder, or give --overwrite."
            )
    for name in names:
        image = decode_image(
            root / name,
            image_size=image_size,
            crop=True,
            channels=channels,
            where=f'"{root / name}"',
        )
        result = translate_image(image, translate)
        if result.shape[-1] not in (1, 3):
            raise ValueError(
                "MODEL must return grey or RGB images, got one that returns "
                f"{result.shape[-1]} channels."
            )
        yield save_png(results[name], result)


def translate_image(image: np.ndarray, translate: Any) -> np.ndarray:
    """Translates one image of any size, which the result has too.

    Rows and columns are repeated at the end to a size that the generators take.

    Args:
        image: uint8 `(height, width, channels)`.
        translate: from `(1, h, w, channels)` with h and w divisible by 4.
    """
    height, width = image.shape[:2]
    margins = [(0, max(-side % DIVISOR, SMALLEST - side)) for side in (height, width)]
    padded = np.pad(image, [*margins, (0, 0)], mode="edge")
    return translate(padded[None])[0, :height, :width]
