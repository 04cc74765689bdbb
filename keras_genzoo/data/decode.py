"""Pictures to uint8 arrays: orientation, transparency, 16 bits, size, channels."""

import struct
import zlib
from io import BytesIO
from os import PathLike

import numpy as np
from PIL import Image, ImageOps

# What Pillow raises on damaged files, besides UnidentifiedImageError (an OSError).
DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


def check_image_size(
    image_size: int | tuple[int, int] | None,
) -> tuple[int, int] | None:
    """Returns `image_size` as `(height, width)`, or None when it is None.

    Raises:
        ValueError: if it is neither a positive integer nor a pair of them.
    """
    if image_size is None:
        return None
    pair = image_size if isinstance(image_size, tuple | list) else (image_size,) * 2
    whole = all(
        isinstance(side, int | np.integer) and not isinstance(side, bool) and side > 0
        for side in pair
    )
    if len(pair) != 2 or not whole:
        raise ValueError(
            "`image_size` must be a positive integer or a pair (height, width) of "
            f"them, got {image_size!r}."
        )
    return int(pair[0]), int(pair[1])


def check_channels(channels: int | None) -> int | None:
    """Returns `channels`.

    Raises:
        ValueError: if it is not 1, 3 or None.
    """
    if channels is not None and (isinstance(channels, bool) or channels not in (1, 3)):
        raise ValueError(
            f"`channels` must be 1 (grey), 3 (RGB) or None, got {channels!r}."
        )
    return channels


def decode_image(
    file: str | PathLike | bytes,
    *,
    image_size: tuple[int, int] | None,
    crop: bool,
    channels: int,
    where: str,
) -> np.ndarray:
    """Decodes one picture.

    Args:
        file: a path, or the encoded bytes.
        image_size: `(height, width)`, or None to keep the picture's own.
        crop: see `fit_image`.
        channels: 1 for grey, 3 for RGB.
        where: what an error calls the picture.

    Returns:
        A uint8 array of shape `(height, width, channels)`. The EXIF orientation is
        applied, transparent pixels are composited on white, 16-bit grey is scaled to
        8 bits by its full range, and an animated file gives its first frame.

    Raises:
        ValueError: if the picture cannot be decoded; the message names `where`.
    """
    try:
        with Image.open(BytesIO(file) if isinstance(file, bytes) else file) as opened:
            picture = opaque_image(ImageOps.exif_transpose(opened))
    except DECODE_ERRORS as error:
        raise ValueError(
            f"{where} could not be read as an image ({type(error).__name__}: {error}). "
            "Replace or remove it."
        ) from error
    return fit_image(picture, image_size=image_size, crop=crop, channels=channels)


def convert_array(
    array: np.ndarray,
    *,
    image_size: tuple[int, int] | None,
    crop: bool,
    channels: int,
) -> np.ndarray:
    """Does to a decoded picture what `decode_image` does to an encoded one.

    Args:
        array: uint8 of shape `(height, width, 1 | 3 | 4)`, or uint16 of shape
            `(height, width, 1)`.
        image_size: `(height, width)`, or None to keep the array's own.
        crop: see `fit_image`.
        channels: 1 for grey, 3 for RGB.

    Returns:
        A uint8 array of shape `(height, width, channels)`.
    """
    flat = array[..., 0] if array.shape[-1] == 1 else array
    picture = opaque_image(Image.fromarray(np.ascontiguousarray(flat)))
    return fit_image(picture, image_size=image_size, crop=crop, channels=channels)


def convert_arrays(
    images: np.ndarray,
    *,
    image_size: tuple[int, int] | None,
    crop: bool,
    channels: int | None,
) -> np.ndarray:
    """Does `convert_array` to a batch; returns it as it is if nothing changes."""
    size = image_size or images.shape[1:3]
    channels = channels or images.shape[3]
    if (*size, channels) == images.shape[1:]:
        return images
    result = np.empty((len(images), *size, channels), "uint8")
    for index, image in enumerate(images):
        result[index] = convert_array(
            image, image_size=size, crop=crop, channels=channels
        )
    return result


def opaque_image(picture: Image.Image) -> Image.Image:
    """Returns a picture of any mode as 8-bit grey (L) or RGB, on white."""
    if picture.mode.startswith("I"):
        # Image.convert clips 16-bit grey at 255 instead of scaling it.
        grey = np.clip(np.asarray(picture).astype(np.int64), 0, 65535)
        return Image.fromarray(((grey * 255 + 32767) // 65535).astype(np.uint8))
    if picture.mode.endswith(("A", "a")) or "transparency" in picture.info:
        rgba = np.asarray(picture.convert("RGBA")).astype(np.int32)
        # Before any resizing, so that the hidden colour of transparent pixels does
        # not bleed into the edges: this is what premultiplied alpha gives.
        alpha = rgba[..., 3:]
        on_white = (rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
        return Image.fromarray(on_white.astype(np.uint8))
    return picture.convert("L" if picture.mode in ("1", "L") else "RGB")


def fit_image(
    picture: Image.Image,
    *,
    image_size: tuple[int, int] | None,
    crop: bool,
    channels: int,
) -> np.ndarray:
    """Resizes an opaque picture and returns `(height, width, channels)` uint8.

    With `crop`, the shorter side is scaled to the target (Lanczos) and the centre is
    cropped; without, both sides are squeezed to the target.
    """
    picture = picture.convert("L" if channels == 1 else "RGB")
    if image_size is not None and picture.size != image_size[::-1]:
        height, width = image_size
        if crop:
            picture = ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)
        else:
            picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    # A copy, because the array that Pillow lends is read-only.
    return np.array(picture).reshape(*picture.size[::-1], channels)
