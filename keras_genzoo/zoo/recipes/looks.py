"""Other looks of the same pictures, as the other side of a CycleGAN."""

import numpy as np

COLOURS = np.array(
    [[230, 60, 60], [240, 160, 30], [60, 170, 80], [50, 110, 220], [150, 80, 200]],
    "float32",
)


def look(name: str, images: np.ndarray) -> np.ndarray:
    """Images, uint8 `(n, height, width, channels)`, in another look.

    - `as_is`;
    - `inverted`: black for white;
    - `outlined`: bright where brightness changes, the border of what was drawn;
    - `coloured`: grey pictures as ink of one of five colours on white, RGB.

    Raises:
        ValueError: another name, or a look that these images cannot have.
    """
    if name not in LOOKS:
        raise ValueError(f"`look` must be one of {sorted(LOOKS)}, got {name!r}.")
    return LOOKS[name](images)


def _inverted(images: np.ndarray) -> np.ndarray:
    return 255 - images


def _outlined(images: np.ndarray) -> np.ndarray:
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    padded = padded.astype("float32")
    height, width = images.shape[1:3]
    around = [
        padded[:, y : y + height, x : x + width] for y in range(3) for x in range(3)
    ]
    # What a 3x3 square's brightest pixel has more than its darkest.
    edges = np.max(around, axis=0) - np.min(around, axis=0)
    return np.rint(edges).astype("uint8")


def _coloured(images: np.ndarray) -> np.ndarray:
    if images.shape[-1] != 1:
        raise ValueError(
            f"the look 'coloured' needs grey images, got {images.shape[-1]} channels."
        )
    ink = images.astype("float32") / 255.0
    colour = COLOURS[np.arange(len(images)) % len(COLOURS)][:, None, None]
    return np.rint(255.0 * (1.0 - ink) + colour * ink).astype("uint8")


LOOKS = {
    "as_is": lambda images: images,
    "inverted": _inverted,
    "outlined": _outlined,
    "coloured": _coloured,
}
