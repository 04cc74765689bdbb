"""What the architectures share: checks of shapes, inputs, and seeds."""

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

# Side of the image -> side of the smallest feature map and number of doublings.
SQUARE_PLANS = {
    28: (7, 2),
    32: (4, 3),
    48: (6, 3),
    64: (4, 4),
    96: (6, 4),
    128: (4, 5),
}


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


def square_plan(
    image_shape: tuple[int, int, int], plans: Mapping[int, Any] = SQUARE_PLANS
) -> tuple:
    """The checked shape, and what `plans` has for the side of the square image.

    Raises:
        ValueError: as `check_image_shape`, or a side that is not in `plans`.
    """
    shape = check_image_shape(image_shape)
    if shape[0] != shape[1] or shape[0] not in plans:
        raise ValueError(
            f"`image_shape` must be square with a side of {sorted(plans)} pixels, "
            f"got {shape[0]}x{shape[1]}."
        )
    return (shape, *plans[shape[0]])


def packed(image_shape: tuple[int, ...], pack: int) -> tuple[int, ...]:
    """The shape of `pack` images laid channel on channel (PacGAN).

    Raises:
        ValueError: `pack` is not a positive integer.
    """
    check_positive(pack=pack)
    return (*image_shape[:-1], pack * image_shape[-1])


def label_input(num_classes: int) -> Any:
    """An input of class numbers, `(batch,)`, int32.

    Raises:
        ValueError: `num_classes` is not a positive integer.
    """
    check_positive(num_classes=num_classes)
    return keras.Input((), dtype="int32", name="labels")
