"""Folders: what is found, how it is labelled and split, in memory and streamed."""

import os

import numpy as np
import pytest
from PIL import Image

from keras_genzoo.data import load

pytestmark = pytest.mark.backend_free


def paint(path, value, size=(8, 8)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (value, value, value)).save(path)


def values(dataset):
    """The grey value that each image was painted with."""
    return dataset.images[:, 4, 4, 0].tolist()


def test_finds_files_recursively_in_the_order_of_their_paths(tmp_path):
    paint(tmp_path / "b.PNG", 1)
    paint(tmp_path / "a" / "deep" / "c.png", 2)
    paint(tmp_path / "d.webp", 3)
    paint(tmp_path / ".hidden.png", 4)
    paint(tmp_path / ".cache" / "e.png", 5)
    (tmp_path / "notes.txt").write_text("not a picture")
    dataset = load(tmp_path, image_size=8)
    assert dataset.names == ["a/deep/c.png", "b.PNG", "d.webp"]
    assert values(dataset) == [2, 1, 3]
    assert dataset.labels is None
    assert dataset.label_names is None
    assert dataset.image_shape == (8, 8, 3)


def test_mixed_sizes_and_modes_become_one_shape(tmp_path):
    paint(tmp_path / "a.png", 10, (5, 40))
    paint(tmp_path / "b.png", 20, (64, 16))
    Image.new("RGBA", (9, 9), (0, 0, 0, 0)).save(tmp_path / "c.png")
    Image.fromarray(np.full((9, 9), 65535, np.uint16)).save(tmp_path / "d.png")
    dataset = load(tmp_path, image_size=(8, 12), channels=1)
    assert dataset.images.shape == (4, 8, 12, 1)
    for image, value in zip(dataset.images, [10, 20, 255, 255], strict=True):
        assert (image == value).all()


def test_first_sub_folder_is_the_label(tmp_path):
    paint(tmp_path / "zebra" / "1.png", 1)
    paint(tmp_path / "ant" / "x" / "2.png", 2)
    paint(tmp_path / "ant" / "3.png", 3)
    dataset = load(str(tmp_path), image_size=8)
    assert dataset.label_names == ["ant", "zebra"]
    assert dataset.labels.dtype == np.int32
    found = dict(zip(values(dataset), dataset.labels.tolist(), strict=True))
    assert found == {1: 1, 2: 0, 3: 0}


def test_train_and_test_share_label_numbers(tmp_path):
    paint(tmp_path / "train" / "ant" / "1.png", 1)
    paint(tmp_path / "train" / "zebra" / "2.png", 2)
    paint(tmp_path / "test" / "zebra" / "3.png", 3)
    train, test = (load(tmp_path, split, image_size=8) for split in ("train", "test"))
    assert (values(train), train.labels.tolist()) == ([1, 2], [0, 1])
    assert (values(test), test.labels.tolist()) == ([3], [1])
    assert train.label_names == test.label_names == ["ant", "zebra"]


def test_large_folder_is_streamed_with_the_same_pixels(tmp_path):
    for value in range(12):
        paint(tmp_path / f"{value % 3}" / f"{value}.png", value)
    kept = load(tmp_path, image_size=8)
    streamed = load(tmp_path, image_size=8, memory_limit=12 * 8 * 8 * 3 - 1)
    np.testing.assert_array_equal(streamed.labels, kept.labels)
    with pytest.raises(ValueError, match=r"`memory_limit` = 2,303.*dataset\.batches"):
        _ = streamed.images
    options = {"seed": 3, "labels": True}
    for batch, expected in zip(
        streamed.batches(5, **options), kept.batches(5, **options), strict=True
    ):
        np.testing.assert_array_equal(batch[0], expected[0])
        np.testing.assert_array_equal(batch[1], expected[1])


def test_streamed_folder_reads_no_file_before_its_batch(tmp_path):
    for value in range(4):
        paint(tmp_path / f"{value}.png", value)
    dataset = load(tmp_path, image_size=8, memory_limit=1)
    for value in range(4):
        paint(tmp_path / f"{value}.png", 100 + value)
    (images,) = dataset.batches(4, shuffle=False)[0]
    assert images[:, 0, 0, 0].tolist() == [100, 101, 102, 103]


def test_damaged_file_is_named_at_once_or_at_its_batch(tmp_path):
    paint(tmp_path / "a.png", 1)
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n damaged")
    with pytest.raises(ValueError, match=r"b\.png"):
        load(tmp_path, image_size=8)
    streamed = load(tmp_path, image_size=8, memory_limit=1)
    with pytest.raises(ValueError, match=r"b\.png"):
        list(streamed.batches(2))


def test_links_are_followed_and_loops_end(tmp_path):
    paint(tmp_path / "set" / "z" / "1.png", 1)
    paint(tmp_path / "elsewhere" / "2.png", 2)
    os.symlink(tmp_path / "set", tmp_path / "set" / "z" / "loop")
    os.symlink(tmp_path / "set" / "z", tmp_path / "set" / "a_link_to_z")
    os.symlink(tmp_path / "elsewhere", tmp_path / "set" / "linked")
    os.symlink("itself", tmp_path / "set" / "itself")
    dataset = load(tmp_path / "set", image_size=8)
    assert dataset.names == ["linked/2.png", "z/1.png"]


def test_folder_prefix_reaches_a_folder_named_like_a_set(tmp_path, monkeypatch):
    paint(tmp_path / "emoji" / "1.png", 7)
    monkeypatch.chdir(tmp_path)
    assert values(load("folder:emoji", image_size=8)) == [7]
    assert len(load("emoji", "test")) == 200


def test_errors_say_what_is_missing(tmp_path):
    with pytest.raises(ValueError, match=r"must hold image files .*got none"):
        load(tmp_path, image_size=8)
    paint(tmp_path / "a.png", 1)
    with pytest.raises(ValueError, match=r"`image_size` must be given.*image_size=64"):
        load(tmp_path)
    with pytest.raises(ValueError, match=r'`split` must be "train".*sub-folders'):
        load(tmp_path, "test", image_size=8)
    with pytest.raises(ValueError, match=r"`split` must be .*got 'validation'"):
        load(tmp_path, "validation", image_size=8)
