"""What the architectures share: checks of shapes, and seeds."""

from collections.abc import Iterator

import numpy as np


def seeds(seed: int | None) -> Iterator[int | None]:
    """Seeds for one initializer after another; Nones without a seed.

    With None the initializers draw from Keras' own state, which
    `keras.utils.set_random_seed` fixes.
    """
    if seed is None:
        while True:
            yield None
    generator = np.random.default_rng(seed)
    while True:
        yield int(generator.integers(2**31 - 1))


def check_image_shape(
    image_shape: tuple[int, int, int], divisor: int = 1, name: str = "image_shape"
) -> tuple[int, int, int]:
    """`image_shape` as a tuple of ints, if it is one.

    Raises:
        ValueError: not three positive numbers, or a side that `divisor` does not
            divide.
    """
    shape = tuple(image_shape)
    if len(shape) != 3 or not all(isinstance(s, int) and s > 0 for s in shape):
        raise ValueError(
            f"`{name}` must be (height, width, channels), three positive integers, "
            f"got {image_shape!r}."
        )
    if shape[0] % divisor or shape[1] % divisor:
        raise ValueError(
            f"`{name}` must have a height and a width divisible by {divisor}, got "
            f"{shape[0]}x{shape[1]}."
        )
    return shape


def check_positive(**values: int) -> None:
    """Raises a ValueError unless every value is a positive integer."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"`{name}` must be a positive integer, got {value!r}.")
