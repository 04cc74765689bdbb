"""From images to features: any callable `features(images) -> (n, d)`.

An extractor may say what it is called in a result (`name`), how it resizes images
(`resizer`), and whether it is Inception (`is_inception`); a plain function goes by its
own name.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import keras
import numpy as np

from keras_genzoo.evaluation.checks import (
    check_enough,
    check_features,
    check_whole,
    to_numpy,
)
from keras_genzoo.training.batches import run_in_batches
from keras_genzoo.training.pixels import to_float_array

Extractor = Callable[[np.ndarray], Any]


def pixel_features(images: Any) -> np.ndarray:
    """The pixels themselves, in [0, 1]: `(n, height * width * channels)`."""
    images = to_float_array(to_numpy(images))
    return images.reshape(len(images), -1)


pixel_features.name = "pixels"


class NetworkFeatures:
    """The outputs of one layer of a network, such as a classifier's last but one.

    Args:
        network: a functional `keras.Model` on images.
        layer: name of the layer; None takes the network's output.
        name: what results call these features.
        batch_size: the most images at a time.

    Raises:
        ValueError: a layer that the network does not have.
    """

    resizer = "none"

    def __init__(
        self,
        network: keras.Model,
        layer: str | None = None,
        name: str | None = None,
        batch_size: int = 256,
    ):
        known = [other.name for other in network.layers]
        if layer is not None and layer not in known:
            raise ValueError(f"`layer` must be one of {known}, got {layer!r}.")
        self.name = name or (f"{network.name}/{layer}" if layer else network.name)
        self.batch_size = check_whole(batch_size, "batch_size")
        self._network = (
            network
            if layer is None
            else keras.Model(network.input, network.get_layer(layer).output)
        )

    def __call__(self, images: Any) -> np.ndarray:
        """float32 `(n, d)`, whatever the layer's shape, of `uint8` or [0, 1] images."""
        outputs = run_in_batches(
            self._network, to_numpy(images), self.batch_size, to_float_array
        )
        return outputs.reshape(len(outputs), -1).astype("float32")


def extractor_name(features: Extractor | None) -> str:
    """What results call an extractor; None stands for features that were given."""
    if features is None:
        return "as given"
    name = getattr(features, "name", None) or getattr(features, "__name__", None)
    return str(name or type(features).__name__)


def extractor_resizer(features: Extractor | None) -> str:
    """How an extractor resizes images."""
    return str(getattr(features, "resizer", "none"))


def feature_batches(
    images: Any, features: Extractor | None, batch_size: int, name: str
) -> Iterator[np.ndarray]:
    """The features of images that need not fit into memory, batch by batch.

    Args:
        images: array `(n, ...)`, or an iterable of such batches: a generator, a
            `tf.data.Dataset`.
        features: the extractor; None if `images` are features already.
        batch_size: rows at a time of an array; an iterable's batches stay as they
            are.
        name: what errors call `images`.

    Yields:
        Checked features, `(batch, d)`.

    Raises:
        ValueError: features that are no `(n, d)`, not finite, not one row for each
            image, or of different widths.
    """
    width = None
    for batch in _image_batches(images, batch_size):
        rows = check_features(
            batch if features is None else features(batch),
            name if features is None else f"features({name})",
        )
        if len(rows) != len(batch):
            raise ValueError(
                f"`features` must return one row for each of {len(batch)} images, got "
                f"{len(rows)}."
            )
        if width not in (None, rows.shape[1]):
            raise ValueError(
                f"`{name}` must have features of one width, got {width} and "
                f"{rows.shape[1]}."
            )
        width = rows.shape[1]
        yield rows


def extract_features(
    images: Any,
    features: Extractor | None = None,
    batch_size: int = 256,
    name: str = "images",
) -> np.ndarray:
    """All features in memory, `(n, d)`; arguments and errors as `feature_batches`."""
    batches = list(feature_batches(images, features, batch_size, name))
    check_enough(len(batches), 1, name, "in at least one batch")
    return np.concatenate(batches)


def sample_batches(
    model: Any, n: int, seed: int = 0, batch_size: int = 256
) -> Iterator[np.ndarray]:
    """n samples of a model, never more than a batch in memory.

    Args:
        model: has `sample(n, seed=)`.
        n: how many.
        seed: the same seed and batch size give the same samples on one backend.
        batch_size: how many at a time.

    Yields:
        Arrays of up to `batch_size` samples.
    """
    check_whole(n, "n")
    check_whole(batch_size, "batch_size")
    # Seeds of batches must not meet those of a run with the next seed.
    seeds = np.random.SeedSequence(check_whole(seed, "seed", 0)).generate_state(
        -(-n // batch_size)
    )
    for i, batch_seed in enumerate(seeds):
        count = min(batch_size, n - i * batch_size)
        yield model.sample(count, seed=int(batch_seed >> 1))


def _image_batches(images: Any, batch_size: int) -> Iterable[np.ndarray]:
    if hasattr(images, "shape") and hasattr(images, "__getitem__"):
        for begin in range(0, len(images), check_whole(batch_size, "batch_size")):
            yield to_numpy(images[begin : begin + batch_size])
        return
    if not isinstance(images, Iterable):
        raise ValueError(
            "images must be an array or an iterable of batches, got "
            f"{type(images).__name__}."
        )
    for batch in images:
        yield to_numpy(batch[0] if isinstance(batch, tuple | list) else batch)
