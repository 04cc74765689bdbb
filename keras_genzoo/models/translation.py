"""Translating images with a pair of generators."""

from typing import Any

import keras
import numpy as np

from keras_genzoo.models.checks import check_count, check_seed
from keras_genzoo.models.cycle_gan_checks import check_images
from keras_genzoo.training.batches import run_in_batches
from keras_genzoo.training.pixels import to_float_array

DIRECTIONS = ("a_to_b", "b_to_a")

# Without a `batch_size`: the most pixels translated at a time, 8 images of 64x64. More
# leave a processor's cache: with 16 JAX translates 0.6 times as many a second, with 256
# PyTorch half as many.
_PIXELS = 2**15


class Translation:
    """`translate` and its like of a model with generators `a_to_b` and `b_to_a`.

    NumPy in and NumPy out; nothing here changes the model.
    """

    def channels(self, side: str) -> int:
        """How many channels the images of side "a" or "b" have."""
        network = self.a_to_b if side == "a" else self.b_to_a
        return int(network.inputs[0].shape[-1])

    def translate(
        self,
        images: Any,
        direction: str = "a_to_b",
        batch_size: int | None = None,
    ) -> np.ndarray:
        """Images of one side as images of the other.

        Args:
            images: `(n, height, width, channels)`, uint8 in [0, 255] or float in
                [0, 1]; height and width are any numbers from 8 up divisible by 4, not
                only those trained on.
            direction: `"a_to_b"` or `"b_to_a"`.
            batch_size: the most images at a time; None takes as many as together have
                32,768 pixels, but at least one. A GPU may be faster with more.

        Returns:
            float32 of shape `(n, height, width, channels of the other side)` in [0, 1].

        Raises:
            ValueError: an unknown direction; images without the batch axis, with other
                channels than the generator's, of a size not divisible by 4, with
                values that are no pixels.
        """
        network = getattr(self, check_direction(direction))
        images = check_images(images, int(network.inputs[0].shape[-1]))
        if batch_size is None:
            pixels = images.shape[1] * images.shape[2]
            batch_size = min(max(_PIXELS // pixels, 1), 256)
        outputs = run_in_batches(
            network,
            images,
            check_count(batch_size, "batch_size"),
            prepare=lambda x: 2.0 * to_float_array(x) - 1.0,
        )
        return np.clip((outputs.astype("float32") + 1.0) / 2.0, 0.0, 1.0)

    def cycle(
        self, images: Any, direction: str = "a_to_b", batch_size: int | None = None
    ) -> np.ndarray:
        """Images translated and translated back; see `translate`.

        Returns:
            float32 of the shape of `images`, near them after training.
        """
        there = self.translate(images, direction, batch_size)
        return self.translate(there, _opposite(direction), batch_size)

    def round_trip(
        self, images: Any, direction: str = "a_to_b", batch_size: int | None = None
    ) -> np.ndarray:
        """Each image, its translation and the translation back, side by side.

        `keras_genzoo.visualization.strip(model.round_trip(images))` is the picture.

        Returns:
            float32 `(n, 3, height, width, channels)` in [0, 1]. Where one side is grey
            and the other RGB, grey is shown as RGB.

        Raises:
            ValueError: as `translate`; sides of other, different channels.
        """
        there = self.translate(images, direction, batch_size)
        back = self.translate(there, _opposite(direction), batch_size)
        start = to_float_array(np.asarray(keras.ops.convert_to_numpy(images)))
        most = max(start.shape[-1], there.shape[-1])
        if min(start.shape[-1], there.shape[-1]) not in (1, most):
            raise ValueError(
                "A round trip can be shown for sides with as many channels, or grey "
                f"and any; got {start.shape[-1]} and {there.shape[-1]} channels."
            )
        shape = (*start.shape[:-1], most)
        return np.stack([np.broadcast_to(x, shape) for x in (start, there, back)], 1)

    def sample(
        self,
        n: int = 8,
        seed: int | None = None,
        *,
        images: Any,
        direction: str = "a_to_b",
    ) -> np.ndarray:
        """Round trips of the first n `images`, as a row of images.

        Made for `SampleGrid(..., n=8, columns=3, sample_arguments={"images": images})`:
        a row of the grid is an image, its translation and the translation back.

        Args:
            n: how many images.
            seed: ignored; a translation is not random.
            images, direction: as in `translate`.

        Returns:
            float32 `(3 n, height, width, channels)` in [0, 1].
        """
        check_seed(seed)
        trips = self.round_trip(images[: check_count(n)], direction)
        return trips.reshape(-1, *trips.shape[2:])

    def translator(self, direction: str = "a_to_b") -> keras.Model:
        """One direction alone, without the discriminators, the pools and the way back.

        Args:
            direction: `"a_to_b"` or `"b_to_a"`.

        Returns:
            A plain `keras.Model` with weights of its own, from float images in [0, 1]
            to such images; `save` it, `export` it, or call it.
        """
        network = getattr(self, check_direction(direction))
        copy = keras.models.clone_model(network)
        copy.set_weights(network.get_weights())
        images = keras.Input(network.inputs[0].shape[1:], name="images")
        x = copy(keras.layers.Rescaling(2.0, offset=-1.0)(images))
        outputs = keras.layers.Rescaling(0.5, offset=0.5)(x)
        return keras.Model(images, outputs, name=direction)


def check_direction(direction: Any) -> str:
    """`direction`, if it is one; a ValueError otherwise."""
    if direction not in DIRECTIONS:
        raise ValueError(f"`direction` must be one of {DIRECTIONS}, got {direction!r}.")
    return direction


def _opposite(direction: str) -> str:
    return DIRECTIONS[1 - DIRECTIONS.index(direction)]
