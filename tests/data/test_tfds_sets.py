"""tensorflow-datasets: a real builder over images on disk, in both file formats."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image
from tiny_pictures import TinyPictures

import keras_genzoo
from keras_genzoo.data import load
from keras_genzoo.data import tfds as room
from keras_genzoo.data.records import index_records

pytestmark = pytest.mark.backend_free

FORMATS = ("array_record", "tfrecord")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """PNG files of mixed sizes: split -> {first pixel's red: (image, label)}."""
    root = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(2)
    content = {}
    for split, start, count in (("trainA", 0, 14), ("testA", 50, 5)):
        content[split] = {}
        for number in range(start, start + count):
            image = rng.integers(0, 256, (9 + number % 3, 11, 3), np.uint8)
            image[0, 0, 0] = number
            label = number % 2
            path = root / split / ("dark", "light")[label] / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(path)
            content[split][number] = image, label
    return root, content


@pytest.fixture(scope="module")
def prepared(pictures, tmp_path_factory):
    """The same set prepared in each format: format -> data_dir."""
    TinyPictures.root = pictures[0]
    folders = {}
    for file_format in FORMATS:
        folders[file_format] = tmp_path_factory.mktemp(file_format)
        builder = TinyPictures(
            data_dir=str(folders[file_format]), file_format=file_format
        )
        builder.download_and_prepare()
    return folders


def read_all(dataset):
    """Images and labels in the set's own order, through single batches."""
    images, labels = dataset.batches(len(dataset), shuffle=False, labels=True)[0]
    return images, labels


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("split", ["trainA", "testA"])
def test_pixels_and_labels_are_those_on_disk(pictures, prepared, file_format, split):
    content = pictures[1][split]
    dataset = load(
        "tfds:tiny_pictures",
        split,
        image_size=(9, 11),
        data_dir=prepared[file_format],
    )
    images, labels = read_all(dataset)
    assert len(dataset) == len(images) == len(content)
    assert dataset.label_names == ["dark", "light"]
    exact = 0
    for number, (original, label) in content.items():
        if original.shape[0] == 9:
            at = np.flatnonzero((images == original).all(axis=(1, 2, 3)))
            assert len(at) == 1, number
            assert labels[at[0]] == label
            exact += 1
    assert exact >= 1
    assert sorted(labels) == sorted(label for _, label in content.values())
    np.testing.assert_array_equal(dataset.images, images)
    np.testing.assert_array_equal(dataset.labels, labels)


@pytest.mark.parametrize("memory_limit", [1, 2**30])
def test_every_way_of_reading_gives_the_same(prepared, monkeypatch, memory_limit):
    options = {"image_size": 8, "channels": 1}
    first, second = (
        load(
            "tfds:tiny_pictures",
            "trainA",
            data_dir=prepared[file_format],
            memory_limit=memory_limit,
            **options,
        )
        for file_format in FORMATS
    )
    batches = [list(each.batches(4, seed=1, labels=True)) for each in (first, second)]
    for one, other in zip(*batches, strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])

    # The way of sets with no random access: tfds.load's own tf.data pipeline.
    monkeypatch.setattr(room, "_random_access", lambda *args: None)
    in_order = {"data_dir": prepared["tfrecord"], "memory_limit": memory_limit}
    if memory_limit == 1:
        with pytest.raises(ValueError, match=r"`memory_limit`.*array_record"):
            load("tfds:tiny_pictures", "trainA", **in_order, **options)
        return
    third = load("tfds:tiny_pictures", "trainA", **in_order, **options)
    np.testing.assert_array_equal(third.images, first.images)
    np.testing.assert_array_equal(third.labels, first.labels)


@pytest.mark.parametrize("file_format", FORMATS)
def test_slices_and_sums_of_splits(prepared, file_format):
    def numbers(split):
        dataset = load(
            "tfds:tiny_pictures",
            split,
            image_size=(9, 11),
            data_dir=prepared[file_format],
        )
        return dataset.images.tobytes()

    whole = numbers("trainA")
    assert numbers("trainA[:5]") + numbers("trainA[5:]") == whole
    assert numbers("trainA+testA") == whole + numbers("testA")


def test_an_unprepared_set_is_prepared_as_array_record(pictures, tmp_path):
    TinyPictures.root = pictures[0]
    dataset = load("tfds:tiny_pictures", "testA", image_size=8, data_dir=tmp_path)
    assert len(dataset) == 5
    assert list(tmp_path.rglob("*.array_record*"))


def test_a_prepared_set_is_read_without_tensorflow(prepared):
    code = """
import importlib.machinery
import sys
import types

class WithoutTensorFlow(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.split(".")[0] != "tensorflow":
            return super().find_spec(name, path, target)

finder = importlib.machinery.PathFinder
sys.meta_path = [WithoutTensorFlow if f is finder else f for f in sys.meta_path]
# Only the data room: the library's own front door insists on a training backend.
package = types.ModuleType("keras_genzoo")
package.__path__ = [sys.argv.pop(1)]
sys.modules["keras_genzoo"] = package
from keras_genzoo.data import load
for data_dir in sys.argv[1:]:
    dataset = load("tfds:tiny_pictures", "trainA", image_size=8, data_dir=data_dir)
    images, labels = dataset.batches(14, labels=True)[0]
    print(len(dataset), images.shape, sorted(labels.tolist()))
assert "tensorflow" not in sys.modules
"""
    package = str(Path(keras_genzoo.__file__).parent)
    output = subprocess.run(
        [sys.executable, "-c", code, package, *map(str, prepared.values())],
        capture_output=True,
        text=True,
        env=os.environ | {"KERAS_BACKEND": "numpy"},
    )
    assert output.returncode == 0, output.stderr
    line = f"14 (14, 8, 8, 3) {[0] * 7 + [1] * 7}"
    assert output.stdout.splitlines() == [line, line]


def test_errors_name_what_is_wrong(prepared):
    options = {"data_dir": prepared["array_record"]}
    with pytest.raises(ValueError, match=r"`image_size` must be given.*differ in size"):
        load("tfds:tiny_pictures", "trainA", **options)
    options["image_size"] = 8
    with pytest.raises(ValueError, match=r"`split`.*'trainA', 'testA'.*got 'train'"):
        load("tfds:tiny_pictures", **options)
    with pytest.raises(ValueError, match=r"`split` 'testA\[:0\]'.* is empty"):
        load("tfds:tiny_pictures", "testA[:0]", **options)
    with pytest.raises(ValueError, match=r'`name`.*knows no set "nonesuch"'):
        load("tfds:nonesuch", **options)


def test_offline_error_is_one_line(tmp_path, monkeypatch):
    def no_network(*args, **kwargs):
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr(urllib.request, "urlopen", no_network)
    with pytest.raises(ConnectionError) as caught:
        load("tfds:mnist", data_dir=tmp_path)
    message = str(caught.value)
    assert message.startswith(
        '"tfds:mnist" could not be downloaded from storage.googleapis.com '
        "(Name or service not known)."
    )
    assert '"emoji" (bundled)' in message
    assert "\n" not in message


def test_a_failed_download_is_one_line_as_well(tmp_path, monkeypatch):
    class DownloadError(Exception):
        pass

    def fail(self, **kwargs):
        raise DownloadError("403\nwhile fetching")

    monkeypatch.setattr(room, "unreachable", lambda url: None)
    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", fail)
    with pytest.raises(ConnectionError, match=r"storage.googleapis.com \(403 while"):
        load("tfds:mnist", data_dir=tmp_path)


def test_missing_packages_are_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(ImportError, match=r"pip install keras-genzoo\[tfds\]"):
        load("tfds:mnist", data_dir=tmp_path)


def test_tensorflow_is_named_where_preparing_needs_it(tmp_path, monkeypatch):
    def fail(self, **kwargs):
        raise ModuleNotFoundError("No module named 'tensorflow'", name="tensorflow")

    monkeypatch.setattr(room, "unreachable", lambda url: None)
    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", fail)
    with pytest.raises(ImportError, match=r"preparing .* needs TensorFlow.*tensorflow"):
        load("tfds:mnist", data_dir=tmp_path)


def test_a_damaged_record_file_is_named(prepared, tmp_path):
    (source,) = prepared["tfrecord"].rglob("*trainA.tfrecord*")
    assert len(index_records(source)) == 14
    damaged = tmp_path / "damaged.tfrecord"
    damaged.write_bytes(source.read_bytes()[:-3])
    with pytest.raises(ValueError, match=r"damaged\.tfrecord.*within record 13"):
        index_records(damaged)
