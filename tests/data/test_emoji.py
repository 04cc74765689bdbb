"""The bundled emoji: contents, split, pairs, and that a caller cannot change them."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

import keras_genzoo.data.emoji as emoji_package
from keras_genzoo.data import load

pytestmark = pytest.mark.backend_free

# Of the decoded pixels, so that another PNG encoder does not matter.
SHA256 = {
    (
        "noto",
        "train",
    ): "961e3241eac89fd582efecdedcd1b43f1549152085c991d932e32cde011cbce2",
    (
        "noto",
        "test",
    ): "58c7f429e0fed5a13d28575db8848f778ebc4741eed20567870324f305cadbfb",
    (
        "twemoji",
        "train",
    ): "612533511e309cbb28e7a37d13a34c3d184f4cdba142376d3a4979a45eb896a2",
    (
        "twemoji",
        "test",
    ): "e440618cfbb8c350846e5821d2a29335c19a24bd71394bebe5da7fb1bb0b2916",
}


@pytest.mark.parametrize(("style", "split"), SHA256)
def test_pixels_are_those_that_were_published(style, split):
    dataset = load("emoji", split, style=style)
    count = {"train": 1711, "test": 200}[split]
    assert dataset.images.dtype == np.uint8
    assert dataset.images.shape == (count, 32, 32, 3)
    assert len(dataset) == len(dataset.labels) == len(dataset.names) == count
    digest = hashlib.sha256(dataset.images.tobytes()).hexdigest()
    assert digest == SHA256[style, split]


def test_default_style_is_noto():
    np.testing.assert_array_equal(
        load("emoji").images, load("emoji", style="noto").images
    )


def test_splits_are_disjoint_and_complete():
    index = emoji_package._index()
    codes = np.array(index["code_points"])
    assert len(set(codes)) == 1911
    test = codes[index["test"]]
    assert len(set(test)) == 200
    # The stated rule, written a second time: the 200 smallest hashes.
    hashes = {code: hashlib.sha256(code.encode()).hexdigest() for code in codes}
    assert sorted(test, key=hashes.get) == sorted(codes, key=hashes.get)[:200]
    names = load("emoji", "train").names + load("emoji", "test").names
    assert sorted(names) == sorted(index["names"])


def test_known_emoji_have_their_name_category_and_colour():
    dataset = load("emoji", style="both")
    half = len(dataset) // 2
    assert len(dataset.label_names) == 10
    for name, category, channel in [
        ("green heart", "Smileys & Emotion", 1),
        ("blue heart", "Smileys & Emotion", 2),
        ("large red square", "Symbols", 0),
    ]:
        at = dataset.names.index(name)
        assert dataset.names[at + half] == name
        for position in (at, at + half):
            assert dataset.label_names[dataset.labels[position]] == category
            centre = dataset.images[position, 16, 16]
            assert centre.argmax() == channel
            assert centre[channel] > 120


def test_orientation():
    dataset = load("emoji", style="both")
    half = len(dataset) // 2
    up = dataset.names.index("up-pointing red triangle")
    for position in (up, up + half):
        ink = 255 - dataset.images[position, :, :, 2].astype(int)
        width_of_row = (ink > 128).sum(axis=1)
        assert width_of_row[:16].sum() < width_of_row[16:].sum()


def test_ground_is_white():
    for style, share in (("noto", 0.9), ("twemoji", 0.7)):
        images = load("emoji", style=style).images
        corners = images[:, [0, 0, -1, -1], [0, -1, 0, -1]]
        white = (corners == 255).all(axis=(1, 2))
        assert white.mean() > share
        # A halo would leave almost-white rings in empty corners.
        patch = images[white][:, :3, :3].reshape(white.sum(), -1)
        assert (patch == 255).all(axis=1).mean() > 0.8


def test_pairs_correlate_more_than_strangers():
    dataset = load("emoji", style="both")
    half = len(dataset) // 2
    flat = dataset.images.reshape(len(dataset), -1).astype(np.float64)
    flat -= flat.mean(axis=1, keepdims=True)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    noto, twemoji = flat[:half], flat[half:]
    pairs = (noto * twemoji).sum(axis=1)
    strangers = (noto * np.roll(twemoji, 600, axis=0)).sum(axis=1)
    assert pairs.mean() > strangers.mean() + 0.3
    assert (pairs > strangers).mean() > 0.9


def test_callers_changes_do_not_reach_the_next_load():
    first = load("emoji", "test")
    before = first.images.copy(), first.labels.copy(), list(first.label_names)
    first.images[:] = 0
    first.labels[:] = 9
    first.names.clear()
    first.label_names.clear()
    again = load("emoji", "test")
    np.testing.assert_array_equal(again.images, before[0])
    np.testing.assert_array_equal(again.labels, before[1])
    assert again.label_names == before[2]
    assert len(again.names) == 200


def test_files_are_small_and_carry_their_licences():
    folder = Path(emoji_package.__file__).parent
    files = {path.name: path for path in folder.iterdir() if path.is_file()}
    assert sum(path.stat().st_size for path in files.values()) <= 5_000_000
    assert "Apache License" in files["LICENSE-noto-emoji"].read_text()
    licence = files["LICENSE-twemoji"].read_text()
    assert "creativecommons.org/licenses/by/4.0" in licence
    assert "Copyright Twitter, Inc and other contributors" in licence
    attribution = files["ATTRIBUTION.md"].read_text()
    for text in ("Noto Emoji", "Twemoji", "composited on white", "32x32"):
        assert text in attribution
