"""Other looks of the same pictures, as the other side of a CycleGAN."""

import numpy as np

from keras_genzoo.data import outlined


def look(name: str, images: np.ndarray) -> np.ndarray:
    """Images, uint8 `(n, height, width, channels)`, in another look.

    - `as_is`;
    - `inverted`: black for white;
    - `outlined`: `keras_genzoo.data.outlined`, grey strokes as coloured ones.

    Raises:
        ValueError: another name, or a look that these images cannot have.
    """
    if name not in LOOKS:
        raise ValueError(f"`look` must be one of {sorted(LOOKS)}, got {name!r}.")
    return LOOKS[name](images)


LOOKS = {
    "as_is": lambda images: images,
    "inverted": lambda images: 255 - images,
    "outlined": outlined,
}
