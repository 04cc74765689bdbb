"""What `load` returns: images in memory, or images decoded when they are asked for."""

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import numpy as np

from keras_genzoo.data.batches import ImageBatches

# 1 GiB: 350,000 colour images of 32x32, or 5,000 of 256x256.
DEFAULT_MEMORY_LIMIT = 2**30


class ImageDataset(ABC):
    """A set of images, all of one shape, with labels where there are any.

    Attributes:
        image_shape: `(height, width, channels)`.
        label_names: name of each label value, or None.
        names: name of each image, or None.
        has_labels: whether `labels` is not None.
    """

    def __init__(
        self,
        length: int,
        image_shape: tuple[int, int, int],
        *,
        has_labels: bool = False,
        label_names: list[str] | None = None,
        names: list[str] | None = None,
    ):
        if length < 1:
            raise ValueError("the data set is empty: it must hold at least one image.")
        self._length = int(length)
        self.image_shape = tuple(int(side) for side in image_shape)
        self.has_labels = has_labels
        self.label_names = label_names
        self.names = names

    def __len__(self) -> int:
        return self._length

    def __repr__(self) -> str:
        labels = f"{len(self.label_names)} classes" if self.label_names else None
        labels = labels or ("yes" if self.has_labels else "none")
        return (
            f"{type(self).__name__}({len(self)} images, "
            f"image_shape={self.image_shape}, labels: {labels})"
        )

    @property
    @abstractmethod
    def images(self) -> np.ndarray:
        """All images, uint8 of shape `(n, height, width, channels)`."""

    @property
    @abstractmethod
    def labels(self) -> np.ndarray | None:
        """The label of each image, int32 of shape `(n,)`, or None."""

    @abstractmethod
    def read(self, indices: np.ndarray, *, labels: bool = False) -> tuple:
        """Reads some images.

        Args:
            indices: integers of shape `(k,)`.
            labels: whether to read the labels as well.

        Returns:
            `(images,)` or `(images, labels)`: uint8 of shape
            `(k, height, width, channels)` and int32 of shape `(k,)`, new arrays.
        """

    def batches(
        self,
        batch_size: int,
        *,
        shuffle: bool = True,
        seed: int = 0,
        labels: bool = False,
        drop_remainder: bool = False,
        flip: bool = False,
        shift: int = 0,
    ) -> ImageBatches:
        """Returns the set as batches for `fit`, `evaluate` and `predict`.

        Args:
            batch_size: images a batch.
            shuffle: whether to draw a new order each epoch.
            seed: the order depends on this and on the epoch's number alone.
            labels: whether a batch is `(images, labels)` rather than `(images,)`.
            drop_remainder: whether to leave out a last, smaller batch.
            flip: whether to mirror each image, left for right, with probability 1/2.
            shift: the most pixels by which each image is moved along both sides, at
                random; its edges are repeated.

        Raises:
            ValueError: if an argument is out of range, or the set has no labels and
                `labels` is True.
        """
        return ImageBatches(
            self,
            batch_size,
            shuffle=shuffle,
            seed=seed,
            labels=labels,
            drop_remainder=drop_remainder,
            flip=flip,
            shift=shift,
        )


class ArrayDataset(ImageDataset):
    """Images in memory.

    Args:
        images: uint8 of shape `(n, height, width, channels)`.
        labels: integers of shape `(n,)`, or None.
        label_names: name of each label value, or None.
        names: name of each image, or None.

    Raises:
        ValueError: if there is no image, or shapes or types do not fit.
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray | None = None,
        *,
        label_names: list[str] | None = None,
        names: list[str] | None = None,
    ):
        images = np.asarray(images)
        if images.ndim != 4 or images.dtype != np.uint8:
            raise ValueError(
                "`images` must be uint8 of shape (n, height, width, channels), got "
                f"{images.dtype} of shape {images.shape}."
            )
        if labels is not None:
            labels = np.asarray(labels)
            if labels.shape != (len(images),) or labels.dtype.kind not in "iu":
                raise ValueError(
                    f"`labels` must be integers of shape ({len(images)},), got "
                    f"{labels.dtype} of shape {labels.shape}."
                )
            labels = labels.astype(np.int32)
        super().__init__(
            len(images),
            images.shape[1:],
            has_labels=labels is not None,
            label_names=label_names,
            names=names,
        )
        self._images = images
        self._labels = labels

    @property
    def images(self) -> np.ndarray:
        return self._images

    @property
    def labels(self) -> np.ndarray | None:
        return self._labels

    def read(self, indices: np.ndarray, *, labels: bool = False) -> tuple:
        images = self._images[indices]
        return (images, self._labels[indices]) if labels else (images,)


class StreamedDataset(ImageDataset):
    """Images that are read and decoded one by one, when they are asked for.

    A subclass says how: `read_one` and `read_label`.

    Args:
        length: number of images.
        image_shape: `(height, width, channels)` of every decoded image.
        memory_limit: bytes that `images` may take.
        has_labels: whether `read_one` and `read_label` give labels.
        label_names: name of each label value, or None.
        names: name of each image, or None.
    """

    def __init__(
        self,
        length: int,
        image_shape: tuple[int, int, int],
        *,
        memory_limit: int = DEFAULT_MEMORY_LIMIT,
        has_labels: bool = False,
        label_names: list[str] | None = None,
        names: list[str] | None = None,
    ):
        super().__init__(
            length,
            image_shape,
            has_labels=has_labels,
            label_names=label_names,
            names=names,
        )
        self._memory_limit = memory_limit

    @abstractmethod
    def read_one(self, index: int) -> tuple[np.ndarray, int]:
        """Returns one image, uint8 of `image_shape`, and its label (-1 for none)."""

    @abstractmethod
    def read_label(self, index: int) -> int:
        """Returns one label without decoding the image."""

    @property
    def fits_in_memory(self) -> bool:
        """Whether all decoded images stay within the memory limit."""
        return image_bytes(len(self), self.image_shape) <= self._memory_limit

    @property
    def images(self) -> np.ndarray:
        """All images, uint8 of shape `(n, height, width, channels)`; decoded once.

        Raises:
            ValueError: if they would take more than the memory limit.
        """
        if not self.fits_in_memory:
            needed = image_bytes(len(self), self.image_shape)
            raise ValueError(
                f"{len(self):,} images of shape {self.image_shape} take {needed:,} "
                f"bytes, more than `memory_limit` = {self._memory_limit:,}: train on "
                "`dataset.batches(batch_size)`, which decodes them as they are "
                "needed, or load with a larger `memory_limit`."
            )
        return self._decoded

    @cached_property
    def _decoded(self) -> np.ndarray:
        return self._decode(np.arange(len(self)))[0]

    def _decode(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        images = np.empty((len(indices), *self.image_shape), np.uint8)
        labels = np.empty(len(indices), np.int32)

        def decode(position: int) -> None:
            images[position], labels[position] = self.read_one(int(indices[position]))

        # Pillow lets go of the interpreter while it decodes and resizes. The threads
        # are here and not in `PyDataset.workers`, because Keras then repeats batches
        # that it read ahead before the first epoch, and leaves out as many others.
        with ThreadPoolExecutor() as pool:
            for _ in pool.map(decode, range(len(indices))):
                pass
        return images, labels

    @property
    def labels(self) -> np.ndarray | None:
        return self._read_labels if self.has_labels else None

    @cached_property
    def _read_labels(self) -> np.ndarray:
        return np.array([self.read_label(i) for i in range(len(self))], np.int32)

    def read(self, indices: np.ndarray, *, labels: bool = False) -> tuple:
        indices = np.asarray(indices)
        if "_decoded" in self.__dict__:
            images = self._decoded[indices]
            return (images, self.labels[indices]) if labels else (images,)
        images, values = self._decode(indices)
        return (images, values) if labels else (images,)


def image_bytes(length: int, image_shape: tuple[int, int, int]) -> int:
    """Returns the bytes that `length` uint8 images of `image_shape` take."""
    return int(length) * int(np.prod(image_shape, dtype=np.int64))


def check_memory_limit(memory_limit: int) -> int:
    """Returns `memory_limit`.

    Raises:
        ValueError: if it is not a positive number of bytes.
    """
    whole = isinstance(memory_limit, int | np.integer)
    if not whole or isinstance(memory_limit, bool) or memory_limit < 1:
        raise ValueError(
            f"`memory_limit` must be a positive number of bytes, got {memory_limit!r}."
        )
    return int(memory_limit)
