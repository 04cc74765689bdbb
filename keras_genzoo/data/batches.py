"""Batches of a data set, as `fit` takes them on every backend."""

import keras
import numpy as np


class ImageBatches(keras.utils.PyDataset):
    """Batches of uint8 images, reshuffled each epoch.

    Batch `i` is `(images,)`, or `(images, labels)` with `labels=True`: uint8 of shape
    `(batch, height, width, channels)` and int32 of shape `(batch,)`. The order
    depends only on `seed` and `epoch`. `fit` moves to the next epoch by itself; it
    also shuffles the order of the batches with Python's `random`, which
    `keras.utils.set_random_seed` seeds; `fit(..., shuffle=False)` leaves it alone.

    Made by `ImageDataset.batches`, which explains the arguments. What `flip` and
    `shift` do to an image depends on `seed`, the epoch and the batch's number alone.

    Attributes:
        epoch: number of times the order has been redrawn. `fit` redraws once before
            its first epoch. Set it to go on where an interrupted run stopped.
    """

    def __init__(
        self,
        dataset,
        batch_size: int,
        *,
        shuffle: bool = True,
        seed: int = 0,
        labels: bool = False,
        drop_remainder: bool = False,
        flip: bool = False,
        shift: int = 0,
    ):
        super().__init__()
        whole = isinstance(batch_size, int | np.integer)
        if not whole or isinstance(batch_size, bool) or batch_size < 1:
            raise ValueError(
                f"`batch_size` must be a positive integer, got {batch_size!r}."
            )
        if not isinstance(seed, int | np.integer) or seed < 0:
            raise ValueError(f"`seed` must be an integer from 0 up, got {seed!r}.")
        whole = isinstance(shift, int | np.integer) and not isinstance(shift, bool)
        if not whole or not 0 <= shift < min(dataset.image_shape[:2]):
            raise ValueError(
                "`shift` must be a number of pixels from 0 up, below the sides of the "
                f"images {dataset.image_shape}, got {shift!r}."
            )
        if labels and not dataset.has_labels:
            raise ValueError("`labels` must be False: this data set has no labels.")
        if drop_remainder and batch_size > len(dataset):
            raise ValueError(
                "`batch_size` must not exceed the number of images when the remainder "
                f"is dropped, got {batch_size} for {len(dataset)} images."
            )
        self._dataset = dataset
        self._batch_size = int(batch_size)
        self._shuffle = shuffle
        self._seed = int(seed)
        self._labels = labels
        self._drop_remainder = drop_remainder
        self._flip = flip
        self._shift = int(shift)
        self._order = (None, None)
        self.epoch = 0

    def __len__(self) -> int:
        """Number of batches an epoch."""
        whole, rest = divmod(len(self._dataset), self._batch_size)
        return whole + bool(rest and not self._drop_remainder)

    def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
        if not 0 <= index < len(self):
            raise IndexError(f"batch {index} of {len(self)}")
        first = index * self._batch_size
        epoch, order = self._epoch_order()
        chosen = order[first : first + self._batch_size]
        images, *labels = self._dataset.read(chosen, labels=self._labels)
        if self._flip or self._shift:
            # A generator for each batch: Keras may ask for them in any order.
            generator = np.random.default_rng([self._seed, epoch, index])
            images = _moved(images, generator, self._flip, self._shift)
        return (images, *labels)

    def on_epoch_end(self) -> None:
        self.epoch += 1

    def _epoch_order(self) -> tuple[int, np.ndarray]:
        # Keras may ask from several threads: the pair is replaced as a whole.
        held = self._order
        if held[0] == self.epoch:
            return held
        epoch = self.epoch
        if self._shuffle:
            generator = np.random.default_rng([self._seed, epoch])
            order = generator.permutation(len(self._dataset))
        else:
            order = np.arange(len(self._dataset))
        self._order = (epoch, order)
        return self._order


def _moved(
    images: np.ndarray, generator: np.random.Generator, flip: bool, shift: int
) -> np.ndarray:
    """Each image mirrored with probability 1/2, and shifted, its edges repeated."""
    height, width = images.shape[1:3]
    margin = (shift, shift)
    padded = np.pad(images, ((0, 0), margin, margin, (0, 0)), mode="edge")
    places = generator.integers(2 * shift + 1, size=(len(images), 2))
    mirrored = generator.random(len(images)) < (0.5 if flip else 0.0)
    moved = np.empty_like(images)
    for i, (top, left) in enumerate(places):
        image = padded[i, top : top + height, left : left + width]
        moved[i] = image[:, ::-1] if mirrored[i] else image
    return moved
