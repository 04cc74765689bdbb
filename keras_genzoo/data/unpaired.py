"""Two sides of images that have nothing to do with each other, batch by batch."""

import os
from typing import Any

import keras
import numpy as np
from PIL import Image, ImageOps

from keras_genzoo.data.dataset import ImageDataset
from keras_genzoo.data.decode import check_image_size
from keras_genzoo.data.load import load


def unpaired(
    a: Any,
    b: Any = None,
    batch_size: int = 1,
    *,
    split: str = "train",
    resize: int | tuple[int, int] | None = None,
    crop: int | tuple[int, int] | None = None,
    flip: bool = False,
    shuffle: bool = True,
    seed: int = 0,
) -> "UnpairedBatches":
    """Batches `(images of a, images of b)` for `CycleGAN.fit` on every backend.

    ```python
    batches = unpaired("horse2zebra", resize=286, crop=256, flip=True)
    batches = unpaired("tfds:cycle_gan/horse2zebra", resize=286, crop=256, flip=True)
    batches = unpaired(noto_images, twemoji_images, batch_size=4)
    model.fit(batches, epochs=200)
    ```

    An epoch passes once through the longer side, up to a last batch that would not be
    full. The shorter side starts over, in a new order, as often as needed. Each side
    is shuffled for itself. Orders, crops and flips are drawn anew each epoch and
    depend on `seed` and the epoch's number alone.

    Args:
        a: images of one side: an array `(n, height, width, channels)`, uint8 or
            float; an `ImageDataset` as `load` returns it; the path of a folder.
            Without `b`, both sides at once: the path of a folder with the sub-folders
            `trainA` and `trainB`, for `split="test"` `testA` and `testB`, or a set of
            tensorflow-datasets with such splits.
        b: images of the other side, likewise.
        batch_size: images of each side in a batch; the paper takes 1.
        split: `"train"` or `"test"`, where `a` holds both sides.
        resize: side, or `(height, width)`, to which images are brought first: the
            shorter side is scaled (Lanczos) and the centre cropped. Folders need it.
        crop: side, or `(height, width)`, of a part cut out at random.
        flip: whether to mirror each image, left for right, with probability 1/2.
        shuffle: whether to draw new orders each epoch; without, both sides keep
            theirs.
        seed: an integer from 0 up.

    Raises:
        ValueError: an argument out of range; a side without images, or with one;
            sides whose images differ in size.
        ImportError, ConnectionError: as `load`.
    """
    resize = _size(resize, "resize")
    if b is None:
        a, b = both_sides(a, split, resize)
    sides = [
        _Side(images, name, resize, _size(crop, "crop"))
        for name, images in (("a", a), ("b", b))
    ]
    return UnpairedBatches(
        *sides, batch_size=batch_size, flip=flip, shuffle=shuffle, seed=seed
    )


class UnpairedBatches(keras.utils.PyDataset):
    """What `unpaired` returns; it explains the arguments.

    Batch `i` is `(images of a, images of b)`, each of shape
    `(batch, height, width, channels)` in the dtype they came in.

    Attributes:
        epoch: number of times the orders have been redrawn; see `ImageBatches`.
    """

    def __init__(
        self,
        a: "_Side",
        b: "_Side",
        *,
        batch_size: int,
        flip: bool,
        shuffle: bool,
        seed: int,
    ):
        super().__init__()
        whole = isinstance(batch_size, int | np.integer)
        if not whole or isinstance(batch_size, bool) or batch_size < 1:
            raise ValueError(
                f"`batch_size` must be a positive integer, got {batch_size!r}."
            )
        whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
        if not whole or seed < 0:
            raise ValueError(f"`seed` must be an integer from 0 up, got {seed!r}.")
        if a.size != b.size:
            raise ValueError(
                "`a` and `b` must have images of one size, got "
                f"{a.size[0]}x{a.size[1]} and {b.size[0]}x{b.size[1]}: give `resize`."
            )
        self._sides = (a, b)
        self._batch_size = int(batch_size)
        self._flip = flip
        self._shuffle = shuffle
        self._seed = int(seed)
        self._orders = (None, None)
        self.epoch = 0

    def __len__(self) -> int:
        """Number of batches an epoch."""
        return max(max(len(s) for s in self._sides) // self._batch_size, 1)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if not 0 <= index < len(self):
            raise IndexError(f"batch {index} of {len(self)}")
        epoch, orders = self._epoch_orders()
        first = index * self._batch_size
        batch = []
        for number, (side, order) in enumerate(zip(self._sides, orders, strict=True)):
            # A generator for each batch: Keras may ask for them in any order.
            generator = np.random.default_rng([self._seed, epoch, number, 1, index])
            chosen = order[first : first + self._batch_size]
            batch.append(side.read(chosen, generator, self._flip))
        return tuple(batch)

    def on_epoch_end(self) -> None:
        self.epoch += 1

    def _epoch_orders(self) -> tuple[int, list[np.ndarray]]:
        # Keras may ask from several threads: the pair is replaced as a whole.
        held = self._orders
        if held[0] == self.epoch:
            return held
        epoch, images = self.epoch, len(self) * self._batch_size
        orders = []
        for number, side in enumerate(self._sides):
            generator = np.random.default_rng([self._seed, epoch, number, 0])
            rounds = [
                generator.permutation(len(side))
                if self._shuffle
                else np.arange(len(side))
                for _ in range(-(-images // len(side)))
            ]
            orders.append(np.concatenate(rounds)[:images])
        self._orders = (epoch, orders)
        return self._orders


class _Side:
    """The images of one side, brought to one size when they are read."""

    def __init__(self, images: Any, name: str, resize: Any, crop: Any):
        if isinstance(images, str | os.PathLike):
            images = _load(images, resize)
        if isinstance(images, ImageDataset):
            count, shape = len(images), images.image_shape
            self._read = lambda indices: images.read(indices)[0]
        else:
            array = _check_array(images, name)
            if resize is not None:
                array, resize = _resized(array, resize), None
            count, shape = len(array), array.shape[1:]
            self._read = lambda indices: array[indices]
        if count < 2:
            raise ValueError(
                f"`{name}` must hold at least two images, got {count}: a discriminator "
                "learns a single one by heart."
            )
        self._count = count
        self._resize = resize
        self._crop = crop
        source = tuple(shape[:2]) if resize is None else resize
        if crop is not None and (crop[0] > source[0] or crop[1] > source[1]):
            raise ValueError(
                f"`crop` must not exceed the images of `{name}`, "
                f"{source[0]}x{source[1]}, got {crop[0]}x{crop[1]}."
            )
        # Height and width of what `read` returns.
        self.size = source if crop is None else crop

    def __len__(self) -> int:
        return self._count

    def read(
        self, indices: np.ndarray, generator: np.random.Generator, flip: bool
    ) -> np.ndarray:
        images = self._read(indices)
        if self._resize is not None:
            images = _resized(images, self._resize)
        if self._crop is None and not flip:
            return images
        height, width = self.size
        changed = np.empty((len(images), height, width, images.shape[-1]), images.dtype)
        for i, image in enumerate(images):
            top = generator.integers(image.shape[0] - height + 1)
            left = generator.integers(image.shape[1] - width + 1)
            image = image[top : top + height, left : left + width]
            mirrored = flip and generator.random() < 0.5
            changed[i] = image[:, ::-1] if mirrored else image
        return changed


def both_sides(source: Any, split: str, resize: Any) -> tuple[Any, Any]:
    """Both sides of what holds both, as `ImageDataset`s; see `unpaired`."""
    if not isinstance(source, str | os.PathLike):
        raise ValueError("`b` must be the images of the other side, got None.")
    if split not in ("train", "test"):
        raise ValueError(f'`split` must be "train" or "test", got {split!r}.')
    if str(source).startswith("tfds:"):
        return tuple(
            load(source, split=f"{split}{side}", image_size=resize) for side in "AB"
        )
    root = os.path.expanduser(os.fspath(source).removeprefix("folder:"))
    folders = [os.path.join(root, f"{split}{side}") for side in "AB"]
    missing = [folder for folder in folders if not os.path.isdir(folder)]
    if missing:
        raise ValueError(
            "`a` must be, where `b` is None, a folder with the sub-folders "
            f'{split}A and {split}B; "{missing[0]}" does not exist.'
        )
    return tuple(_load(f"folder:{folder}", resize) for folder in folders)


def _load(path: str | os.PathLike, resize: tuple[int, int] | None) -> ImageDataset:
    folder = os.path.expanduser(os.fspath(path).removeprefix("folder:"))
    if resize is None and os.path.isdir(folder):
        raise ValueError(
            "`resize` must be given for folders of images, got None: their files may "
            "differ in size."
        )
    return load(path, image_size=resize)


def _size(value: Any, name: str) -> tuple[int, int] | None:
    try:
        return check_image_size(value)
    except ValueError as error:
        raise ValueError(str(error).replace("image_size", name)) from None


def _check_array(images: Any, name: str) -> np.ndarray:
    images = keras.ops.convert_to_numpy(images)
    if images.ndim != 4:
        raise ValueError(
            f"`{name}` must be images (n, height, width, channels), an `ImageDataset` "
            f"or a folder, got an array of shape {images.shape}."
        )
    if len(images) == 0:
        raise ValueError(f"`{name}` must hold at least two images, got none.")
    if images.dtype != np.uint8 and images.dtype.kind != "f":
        raise ValueError(
            f"`{name}` must be uint8 in [0, 255] or float in [0, 1], got dtype "
            f"{images.dtype}."
        )
    return images


def _resized(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Any number of channels, uint8 or float, each channel as a picture of its own."""
    if images.shape[1:3] == size:
        return images
    result = np.empty((len(images), *size, images.shape[-1]), images.dtype)
    integers = images.dtype == np.uint8
    for i, image in enumerate(images):
        for c in range(image.shape[-1]):
            channel = np.ascontiguousarray(image[..., c])
            picture = Image.fromarray(channel if integers else channel.astype("f4"))
            fitted = ImageOps.fit(picture, size[::-1], Image.Resampling.LANCZOS)
            result[i, ..., c] = np.asarray(fitted)
    # Lanczos overshoots at edges; of uint8 Pillow takes care itself.
    return result if integers else np.clip(result, images.min(), images.max())
