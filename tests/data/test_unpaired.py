"""Pairs that are none: orders of two sides, crops, folders, errors."""

from itertools import pairwise

import keras
import numpy as np
import pytest
from PIL import Image

from keras_genzoo.data import ArrayDataset, load, unpaired


def numbered(count, side=4, channels=3, first=0):
    """Image i is filled with i."""
    images = np.arange(first, first + count, dtype="uint8")
    return np.tile(images[:, None, None, None], (1, side, side, channels))


def orders(batches):
    pairs = [
        (a[:, 0, 0, 0], b[:, 0, 0, 0])
        for a, b in map(batches.__getitem__, range(len(batches)))
    ]
    return [np.concatenate(side).tolist() for side in zip(*pairs, strict=True)]


def test_each_side_has_its_own_new_order_every_epoch():
    one, same, other = (
        unpaired(numbered(20), numbered(20), 4, seed=seed) for seed in (1, 1, 2)
    )
    seen = []
    for _ in range(3):
        a, b = orders(one)
        assert [a, b] == orders(one) == orders(same) != orders(other)
        assert sorted(a) == sorted(b) == list(range(20))
        seen += [tuple(a), tuple(b)]
        for batches in (one, same, other):
            batches.on_epoch_end()
    assert len(set(seen)) == 6
    # What stands beside an image is another each epoch: no pairing stays.
    partners = [
        dict(zip(a, b, strict=True)) for a, b in zip(seen[::2], seen[1::2], strict=True)
    ]
    kept = [sum(p[i] == q[i] for i in range(20)) for p, q in pairwise(partners)]
    assert max(kept) < 8


def test_the_shorter_side_starts_over():
    batches = unpaired(numbered(11), numbered(4), 2)
    a, b = orders(batches)
    assert len(batches) == 5
    assert len(a) == len(set(a)) == len(b) == 10
    assert sorted(b[:4]) == sorted(b[4:8]) == [0, 1, 2, 3]
    assert len(set(b[8:])) == 2
    assert orders(unpaired(numbered(3), numbered(4), 6, shuffle=False)) == [
        [0, 1, 2, 0, 1, 2],
        [0, 1, 2, 3, 0, 1],
    ]


def test_crops_and_flips_are_parts_and_are_drawn_anew():
    ramp = np.arange(36, dtype="uint8").reshape(1, 6, 6, 1)
    images = np.tile(ramp, (8, 1, 1, 1))
    batches = unpaired(images, images, 8, crop=(3, 4), flip=True)
    seen = set()
    for _ in range(40):
        for crops in batches[0]:
            assert crops.shape == (8, 3, 4, 1)
            seen |= {crop.tobytes() for crop in crops}
        batches.on_epoch_end()
    parts = [
        ramp[0, top : top + 3, left : left + 4] for top in range(4) for left in range(3)
    ]
    assert seen == {p.tobytes() for p in parts} | {p[:, ::-1].tobytes() for p in parts}


def test_one_batch_does_not_depend_on_the_others():
    noise = np.random.default_rng(0).integers(0, 256, (9, 8, 8, 3), dtype="uint8")
    one, other = (unpaired(noise, noise[:7], 2, crop=4, flip=True) for _ in "ab")
    in_order = [one[i] for i in range(4)]
    for left, right in zip(in_order[3], other[3], strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_resizing_keeps_colours_and_dtype(dtype):
    small, large = numbered(4, 8, 5), numbered(4, 12, 5)
    if dtype == "float32":
        small, large = small / 255.0, large / 255.0
    a, b = unpaired(small.astype(dtype), large.astype(dtype), 4, resize=(8, 16))[0]
    assert a.shape == b.shape == (4, 8, 16, 5)
    assert a.dtype == b.dtype == dtype
    top = 1 if dtype == "uint8" else 255
    for side in (a, b):
        levels = sorted(set(np.rint(side * top).ravel().astype(int)))
        assert levels == [0, 1, 2, 3]


def test_folders_of_the_usual_layout(tmp_path):
    for split, count in (("trainA", 3), ("trainB", 2), ("testA", 2), ("testB", 2)):
        (tmp_path / split).mkdir()
        for i in range(count):
            grey = 100 * ("B" in split) + 10 * ("test" in split) + i
            Image.new("RGB", (10, 8), (grey,) * 3).save(tmp_path / split / f"{i}.png")
    a, b = orders(unpaired(tmp_path, resize=8, shuffle=False))
    assert (a, b) == ([0, 1, 2], [100, 101, 100])
    a, b = orders(unpaired(str(tmp_path), split="test", resize=8, shuffle=False))
    assert (a, b) == ([10, 11], [110, 111])
    with pytest.raises(ValueError, match="`resize` must be given for folders"):
        unpaired(tmp_path)
    # A streamed side, another in memory.
    streamed = load(tmp_path / "trainA", image_size=12, memory_limit=1)
    a, b = unpaired(streamed, ArrayDataset(numbered(5, 8)), 3, resize=8, shuffle=False)[
        0
    ]
    assert a.shape == b.shape == (3, 8, 8, 3)
    assert a[:, 0, 0, 0].tolist() == [0, 1, 2]


def test_fit_takes_them():
    class Sum(keras.Model):
        def call(self, x):
            return keras.ops.mean(keras.ops.cast(x, "float32"), axis=(1, 2, 3))

    model = Sum()
    model.compile(loss=lambda y, z: z - keras.ops.mean(keras.ops.cast(y, "float32")))
    loss = model.evaluate(unpaired(numbered(6), numbered(6), 3), verbose=0)
    assert loss == pytest.approx(0.0, abs=1e-5)


BAD = {
    "empty": (lambda: unpaired(numbered(0), numbered(3)), "`a` must hold .* got none"),
    "one": (lambda: unpaired(numbered(3), numbered(1)), "`b` must hold .* got 1"),
    "sizes": (
        lambda: unpaired(numbered(3, 4), numbered(3, 8)),
        "`a` and `b` must have images of one size, got 4x4 and 8x8: give `resize`",
    ),
    "crop": (
        lambda: unpaired(numbered(3), numbered(3), crop=5),
        "`crop` must not exceed the images of `a`, 4x4, got 5x5",
    ),
    "crop type": (
        lambda: unpaired(numbered(3), numbered(3), crop=0),
        "`crop` must be a positive integer or a pair",
    ),
    "rank": (
        lambda: unpaired(numbered(3)[0], numbered(3)),
        "`a` must be images \\(n, height, width, channels\\)",
    ),
    "dtype": (
        lambda: unpaired(numbered(3).astype("int32"), numbered(3)),
        "`a` must be uint8 .* got dtype int32",
    ),
    "one side": (lambda: unpaired(numbered(3)), "`b` must be the images of the other"),
    "folder": (lambda: unpaired("/nowhere"), "`a` must be, .* trainA and trainB"),
    "split": (lambda: unpaired("x", split="val"), '`split` must be "train" or "test"'),
    "batch": (lambda: unpaired(numbered(3), numbered(3), 0), "`batch_size` must be"),
    "seed": (lambda: unpaired(numbered(3), numbered(3), seed=-1), "`seed` must be"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_arguments(case):
    make, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        make()
