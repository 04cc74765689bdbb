"""Inception's features: what makes a Fréchet distance an FID."""

from typing import Any

import keras
import numpy as np
from PIL import Image

from keras_genzoo.data.offline import is_download_failure
from keras_genzoo.evaluation.checks import check_whole, to_numpy

SIDE = 299


class InceptionFeatures:
    """The pooled features `(n, 2048)` of Inception v3, or its class probabilities.

    The weights are those of `keras.applications`, trained on ImageNet. The published
    FIDs were measured with another training of the same network (2015), so numbers
    compare among themselves, not with those; the name in every result says so.

    Images are resized to 299x299 as in clean-fid: bicubic with antialiasing, in
    floating point, without rounding to 8 bits in between.

    Args:
        probabilities: whether to return the 1,000 class probabilities instead, for
            the inception score.
        batch_size: images at a time.
        network: another network on `(batch, 299, 299, 3)` images in [-1, 1]; None
            downloads Inception. Only Inception's results are called FID.

    Raises:
        ConnectionError: in one line, where the weights cannot be downloaded.
    """

    resizer = f"Pillow bicubic, antialiased, float, to {SIDE}x{SIDE}"

    def __init__(
        self,
        probabilities: bool = False,
        batch_size: int = 32,
        network: keras.Model | None = None,
    ):
        self.batch_size = check_whole(batch_size, "batch_size")
        self.is_inception = network is None
        if network is not None:
            self.name = network.name
            self._network = network
            return
        kind = "class probabilities" if probabilities else "pool3"
        self.name = f"Inception v3 {kind} (keras.applications weights)"
        try:
            self._network = keras.applications.InceptionV3(
                include_top=probabilities,
                pooling=None if probabilities else "avg",
                weights="imagenet",
                input_shape=(SIDE, SIDE, 3),
            )
        except Exception as error:
            if not is_download_failure(error):
                raise
            reason = " ".join(str(error).split())
            raise ConnectionError(
                f"Inception's weights could not be downloaded ({reason}). Offline use "
                "other features: `pixel_features`, or `NetworkFeatures` of a "
                "classifier."
            ) from error

    def __call__(self, images: Any) -> np.ndarray:
        """float32 `(n, 2048)`, or `(n, 1000)`, of `uint8` or [0, 1] images.

        Raises:
            ValueError: images that are not `(n, height, width, 1 or 3)`.
        """
        images = to_numpy(images)
        parts = [
            self._network.predict_on_batch(
                resize_images(images[begin : begin + self.batch_size]) / 127.5 - 1.0
            )
            for begin in range(0, len(images), self.batch_size)
        ]
        return np.concatenate(parts).astype("float32")


def resize_images(images: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Square colour images in [0, 255], float32 `(n, side, side, 3)`.

    Args:
        images: `uint8`, or floats in [0, 1], `(n, height, width, 1 or 3)`. Floats are
            rounded to the 256 grey levels that a saved image would have.
        side: of the result.

    Raises:
        ValueError: another shape.
    """
    if images.ndim != 4 or images.shape[-1] not in (1, 3):
        raise ValueError(
            f"`images` must have shape (n, height, width, 1 or 3), got {images.shape}."
        )
    if images.dtype != np.uint8:
        images = np.clip(np.round(images.astype("float32") * 255.0), 0, 255)
    planes = np.moveaxis(images.astype("float32"), -1, 1)
    resized = np.stack(
        [
            [
                np.asarray(
                    Image.fromarray(plane).resize(
                        (side, side), Image.Resampling.BICUBIC
                    )
                )
                for plane in image
            ]
            for image in planes
        ]
    )
    # clean-fid clips the overshoot of the bicubic filter.
    resized = np.clip(np.moveaxis(resized, 1, -1), 0.0, 255.0)
    return np.repeat(resized, 3, axis=-1) if resized.shape[-1] == 1 else resized
