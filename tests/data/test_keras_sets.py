"""Sets of keras.datasets, read from files in the published formats."""

import gzip
import io
import pickle
import struct
import tarfile
import urllib.error

import keras
import numpy as np
import pytest
from keras.src.utils import file_utils

from keras_genzoo.data import load
from keras_genzoo.data.label_names import CIFAR100_NAMES

RNG = np.random.default_rng(1)


@pytest.fixture
def datasets_folder(tmp_path, monkeypatch):
    """An empty cache, with no network and no check of the full sets' hashes."""

    def no_network(url, *args):
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(tmp_path))
    monkeypatch.setattr(file_utils, "urlretrieve", no_network)
    monkeypatch.setattr(file_utils, "validate_file", lambda *args, **kwargs: True)
    folder = tmp_path / "datasets"
    folder.mkdir()
    return folder


def grey(count):
    return RNG.integers(0, 256, (count, 28, 28), np.uint8)


def test_mnist(datasets_folder):
    x, y = {"train": grey(7), "test": grey(3)}, {"train": 7, "test": 3}
    y = {split: RNG.integers(0, 10, count, np.uint8) for split, count in y.items()}
    np.savez(
        datasets_folder / "mnist.npz",
        x_train=x["train"],
        y_train=y["train"],
        x_test=x["test"],
        y_test=y["test"],
    )
    for split in ("train", "test"):
        dataset = load("mnist", split)
        np.testing.assert_array_equal(dataset.images, x[split][..., None])
        np.testing.assert_array_equal(dataset.labels, y[split])
        assert dataset.labels.dtype == np.int32
        assert dataset.label_names == list("0123456789")
        assert dataset.names is None


def test_fashion_mnist(datasets_folder):
    folder = datasets_folder / "fashion-mnist"
    folder.mkdir()
    images, labels = {}, {}
    for split, prefix, count in (("train", "train", 6), ("test", "t10k", 4)):
        images[split] = grey(count)
        labels[split] = RNG.integers(0, 10, count, np.uint8)
        head = struct.pack(">IIII", 2051, count, 28, 28)
        with gzip.open(folder / f"{prefix}-images-idx3-ubyte.gz", "wb") as file:
            file.write(head + images[split].tobytes())
        with gzip.open(folder / f"{prefix}-labels-idx1-ubyte.gz", "wb") as file:
            file.write(struct.pack(">II", 2049, count) + labels[split].tobytes())
    for split in ("train", "test"):
        dataset = load("fashion_mnist", split)
        np.testing.assert_array_equal(dataset.images[..., 0], images[split])
        np.testing.assert_array_equal(dataset.labels, labels[split])
        # The set's own arrays are read-only views; what is handed out is not.
        dataset.images[:] = 0
    assert dataset.label_names[9] == "Ankle boot"


def test_cifar100(datasets_folder):
    content = {}
    archive = datasets_folder / "cifar-100-python-target_archive"
    with tarfile.open(archive, "w:gz") as tar:
        for split, count in (("train", 5), ("test", 2)):
            planar = RNG.integers(0, 256, (count, 3, 32, 32), np.uint8)
            fine = RNG.integers(0, 100, count).tolist()
            content[split] = planar.transpose(0, 2, 3, 1), fine
            record = {
                b"data": planar.reshape(count, -1),
                b"fine_labels": fine,
                b"coarse_labels": [0] * count,
            }
            data = pickle.dumps(record)
            member = tarfile.TarInfo(f"cifar-100-python/{split}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    for split in ("train", "test"):
        dataset = load("cifar100", split)
        np.testing.assert_array_equal(dataset.images, content[split][0])
        np.testing.assert_array_equal(dataset.labels, content[split][1])
        assert dataset.label_names == list(CIFAR100_NAMES)
    assert len(set(CIFAR100_NAMES)) == 100


def test_cifar10(monkeypatch):
    images = RNG.integers(0, 256, (4, 32, 32, 3), np.uint8)
    labels = np.array([[3], [8], [0], [8]], np.uint8)
    monkeypatch.setattr(
        keras.datasets.cifar10,
        "load_data",
        lambda: ((images, labels), (images[:1], labels[:1])),
    )
    dataset = load("cifar10")
    np.testing.assert_array_equal(dataset.images, images)
    names = [dataset.label_names[label] for label in dataset.labels]
    assert names == ["cat", "ship", "airplane", "ship"]


def test_size_and_channels_apply_to_arrays(monkeypatch):
    images = np.full((2, 28, 28), 9, np.uint8)
    images[1] = 77
    pair = images, np.zeros(2, np.uint8)
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: (pair, pair))
    dataset = load("mnist", image_size=(32, 16), channels=3)
    assert dataset.image_shape == (32, 16, 3)
    assert (dataset.images[0] == 9).all()
    assert (dataset.images[1] == 77).all()


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10", "cifar100"])
def test_offline_error_is_one_line(datasets_folder, name):
    with pytest.raises(ConnectionError) as caught:
        load(name)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f'"{name}" could not be downloaded from ')
    host = "toronto" if "cifar" in name else "storage.googleapis.com"
    assert host in message.split(" (")[0]
    assert "Name or service not known" in message
    assert '"emoji" (bundled)' in message


def test_damaged_cache_says_what_to_delete(datasets_folder):
    (datasets_folder / "mnist.npz").write_bytes(b"damaged")
    with pytest.raises(ValueError, match=r'"mnist" cannot be read.*Delete them'):
        load("mnist")
