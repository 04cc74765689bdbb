"""The small classic sets that `keras.datasets` downloads and keeps."""

import pickle
import zipfile
import zlib

import keras
import numpy as np

from keras_genzoo.data.dataset import ArrayDataset
from keras_genzoo.data.label_names import (
    CIFAR10_NAMES,
    CIFAR100_NAMES,
    DIGIT_NAMES,
    FASHION_MNIST_NAMES,
)
from keras_genzoo.data.offline import download_error, is_download_failure

# Name: what its labels mean, and the host that keras.datasets fetches it from.
KERAS_SETS = {
    "mnist": (DIGIT_NAMES, "storage.googleapis.com"),
    "fashion_mnist": (FASHION_MNIST_NAMES, "storage.googleapis.com"),
    "cifar10": (CIFAR10_NAMES, "www.cs.toronto.edu"),
    "cifar100": (CIFAR100_NAMES, "www.cs.toronto.edu"),
}

# What reading a damaged cached file raises.
_READ_ERRORS = (
    OSError,
    EOFError,
    KeyError,
    ValueError,
    zlib.error,
    zipfile.BadZipFile,
    pickle.UnpicklingError,
)


def load_keras_set(name: str, split: str = "train") -> ArrayDataset:
    """Loads a set through `keras.datasets`.

    Args:
        name: `"mnist"`, `"fashion_mnist"`, `"cifar10"` or `"cifar100"` (its 100 fine
            labels).
        split: `"train"` or `"test"`.

    Returns:
        Images of shape `(n, 28, 28, 1)` or `(n, 32, 32, 3)`, uint8, with labels.

    Raises:
        ConnectionError: if the set is not there yet and cannot be downloaded.
        ValueError: if `split` is unknown, or the downloaded files are damaged.
    """
    if split not in ("train", "test"):
        raise ValueError(f'`split` must be "train" or "test", got {split!r}.')
    label_names, host = KERAS_SETS[name]
    try:
        train, test = getattr(keras.datasets, name).load_data()
    except Exception as error:
        if is_download_failure(error):
            raise download_error(name, host, error) from error
        if isinstance(error, _READ_ERRORS):
            raise ValueError(
                f'the downloaded files of "{name}" cannot be read '
                f"({type(error).__name__}: {error}). Delete them from the datasets "
                "folder of Keras (~/.keras/datasets, or under KERAS_HOME) and load "
                "again."
            ) from error
        raise
    images, labels = train if split == "train" else test
    if images.ndim == 3:
        images = images[..., None]
    elif keras.config.image_data_format() == "channels_first":
        images = images.transpose(0, 2, 3, 1)
    # A copy, because some of these arrays are read-only views of a file's bytes.
    return ArrayDataset(
        np.array(images, np.uint8, order="C"),
        labels.reshape(-1),
        label_names=list(label_names),
    )
