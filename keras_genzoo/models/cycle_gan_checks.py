"""What CycleGAN checks before anything is built, trained or translated."""

import math
from typing import Any

import keras
import numpy as np

from keras_genzoo.models.checks import check_network
from keras_genzoo.training.inputs import check_shape, check_values

# Both halvings need an even side, and reflection needs two pixels at the smallest map.
DIVISOR, SMALLEST = 4, 8


def check_cycle_networks(
    a_to_b: Any, b_to_a: Any, discriminator_a: Any, discriminator_b: Any
) -> None:
    """Raises a ValueError unless the four take and return what the others do."""
    for name, network in (
        ("a_to_b", a_to_b),
        ("b_to_a", b_to_a),
        ("discriminator_a", discriminator_a),
        ("discriminator_b", discriminator_b),
    ):
        check_network(network, name)
        if len(network.inputs[0].shape) != 4:
            raise ValueError(
                f"`{name}` must take images (batch, height, width, channels), got an "
                f"input of {network.inputs[0].shape}."
            )
    ends = {
        "a": int(a_to_b.inputs[0].shape[-1]),
        "b": int(b_to_a.inputs[0].shape[-1]),
    }
    for name, network, end in (("a_to_b", a_to_b, "b"), ("b_to_a", b_to_a, "a")):
        got = network.outputs[0].shape[-1]
        if got != ends[end]:
            raise ValueError(
                f"`{name}` must return images with {ends[end]} channels, as many as "
                f"the other generator takes, got {got}."
            )
    for side, network in (("a", discriminator_a), ("b", discriminator_b)):
        got = network.inputs[0].shape[-1]
        if got != ends[side]:
            raise ValueError(
                f"`discriminator_{side}` must take images with {ends[side]} channels, "
                f"those of side {side}, got {got}."
            )
    if len({id(n) for n in (a_to_b, b_to_a, discriminator_a, discriminator_b)}) < 4:
        raise ValueError(
            "`b_to_a` and the discriminators must be networks of their own."
        )


def check_sides(height: int, width: int, name: str) -> None:
    """Raises a ValueError for a size that the generators cannot halve twice."""
    if height % DIVISOR or width % DIVISOR or min(height, width) < SMALLEST:
        raise ValueError(
            f"`{name}` must have a height and a width divisible by {DIVISOR} and of at "
            f"least {SMALLEST} pixels, got {height}x{width}."
        )


def check_training_size(image_size: Any, a_to_b: keras.Model) -> tuple[int, int]:
    """`image_size` as `(height, width)`."""
    fixed = tuple(a_to_b.inputs[0].shape[1:3])
    if image_size is None:
        if None in fixed:
            raise ValueError(
                "`image_size` must be the side, or (height, width), of the images "
                "trained on, got None: the generators take images of any size."
            )
        image_size = fixed
    if isinstance(image_size, int | np.integer):
        image_size = (image_size, image_size)
    size = tuple(image_size) if isinstance(image_size, tuple | list) else ()
    whole = [isinstance(s, int | np.integer) and not isinstance(s, bool) for s in size]
    if len(size) != 2 or not all(whole):
        raise ValueError(
            "`image_size` must be a positive integer or a pair (height, width), got "
            f"{image_size!r}."
        )
    check_sides(*size, "image_size")
    return int(size[0]), int(size[1])


def check_weight(value: Any, name: str) -> float:
    """`value`, if it is a finite number from 0 up."""
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not 0.0 <= value < math.inf:
        raise ValueError(f"`{name}` must be a number from 0 up, got {value!r}.")
    return float(value)


def check_cycle_weight(value: Any) -> tuple[float, float]:
    """`cycle_weight` as `(forward, backward)`."""
    pair = value if isinstance(value, tuple | list) else (value, value)
    if len(pair) != 2:
        raise ValueError(
            "`cycle_weight` must be a number or a pair (forward, backward), got "
            f"{value!r}."
        )
    return tuple(check_weight(v, "cycle_weight") for v in pair)


def check_pool_size(size: Any) -> int:
    """`pool_size`, if it is an integer from 0 up."""
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 0:
        raise ValueError(f"`pool_size` must be an integer from 0 up, got {size!r}.")
    return int(size)


def check_pair(
    a: np.ndarray, b: Any, name: str, shape_a: tuple, shape_b: tuple
) -> None:
    """Raises a ValueError unless these are images to train the two sides on."""
    if b is None:
        raise ValueError(
            f"`{name}` must come with images of the other side: give two arrays, "
            "`fit(a, b)`, or batches (images of a, images of b), as "
            "`keras_genzoo.data.unpaired(a, b)` makes them; got one side alone."
        )
    for side, images, shape in (("a", a, shape_a), ("b", b, shape_b)):
        label = f"{name} (side {side})" if side == "a" else "y (side b)"
        check_shape(images.shape, shape, label)
        check_values(images, label, unit_range=True)
    if len(a) != len(b):
        raise ValueError(
            f"Both sides must bring as many images, got {len(a)} of side a and "
            f"{len(b)} of side b: `keras_genzoo.data.unpaired(a, b)` makes batches of "
            "sides of any length."
        )


def check_images(images: Any, channels: int, name: str = "images") -> np.ndarray:
    """`images` as an array that can be translated.

    Raises:
        ValueError: not `(n, height, width, channels)`, another number of channels, a
            size not divisible by 4, values that are no pixels.
    """
    images = np.asarray(keras.ops.convert_to_numpy(images))
    if images.ndim != 4 or len(images) == 0:
        hint = ", a batch of one as `images[None]`" if images.ndim == 3 else ""
        raise ValueError(
            f"`{name}` must have shape (n, height, width, {channels}) with n at least "
            f"1{hint}; got shape {images.shape}."
        )
    if images.shape[-1] != channels:
        raise ValueError(
            f"`{name}` must have {channels} channels, those that the generator takes, "
            f"got {images.shape[-1]} in shape {images.shape}."
        )
    check_sides(*images.shape[1:3], name)
    check_values(images, name, unit_range=True)
    return images
